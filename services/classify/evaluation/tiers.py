"""Loads a tier and keeps its answers, so that a text that several figures need is read once. Measures nothing."""

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts.messages import HEADS, Head, Labels
from services.classify.models.artefact import DEFAULT_PATH
from services.classify.models.linear import LinearModel

TIERS = ("fast", "accurate", "cascade")
FOLDER = DEFAULT_PATH.parent
_BATCH = 256


class Understander(Protocol):
    """What every tier can do: labels for many texts, in order."""

    @property
    def version(self) -> str:
        """Name of the model behind the labels."""
        ...

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[tuple[Any, Labels]]:
        """How each text was read, and its labels."""
        ...


class AbsentTier(Exception):
    """The tier is not part of this checkout; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The labels of one text: heads that the model has, the tier that decided, and where it was unsure."""

    heads: dict[str, Head]
    tier: str
    unsure: frozenset[str]


class Reader:
    """Asks a model once for every text."""

    def __init__(self, model: Understander) -> None:
        self.model = model
        self._known: dict[str, Answer] = {}

    def read(self, texts: Iterable[str]) -> list[Answer]:
        """Answers in the order of the texts, 256 at a time as they come: the cascade spends by batch."""
        wanted = list(texts)
        missing = [text for text in dict.fromkeys(wanted) if text not in self._known]
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            for text, (_, labels) in zip(batch, self.model.understand(batch), strict=True):
                self._known[text] = answer(labels)
        return [self._known[text] for text in wanted]

    def heads(self, texts: Iterable[str], name: str) -> list[Head] | None:
        """One head of every text; None when the model does not have it."""
        found = [each.heads.get(name) for each in self.read(texts)]
        known = [head for head in found if head is not None]
        return known if len(known) == len(found) else None


def answer(labels: Labels) -> Answer:
    """The part of the labels that figures need."""
    given = {name: getattr(labels, name) for name in HEADS}
    heads = {name: head for name, head in given.items() if head is not None}
    return Answer(heads, labels.tier, frozenset(labels.unsure))


def load(tier: str) -> Understander:
    """The model of a tier; the cascade with 30 % for the accurate tier, whatever the time it takes.

    Raises AbsentTier where this checkout has none, ArtefactError or FileError when a file was altered.
    """
    fast = LinearModel.load()
    if tier == "fast":
        return fast
    if not (FOLDER / "english.npz").exists():
        raise AbsentTier(f"there is no {tier} tier in this checkout: english.npz is missing")
    try:
        found: Understander = importlib.import_module(f"services.classify.models.{tier}").load(fast)
    except ImportError as missing:
        raise AbsentTier(f"the {tier} tier is not installed: {missing}") from missing
    return found
