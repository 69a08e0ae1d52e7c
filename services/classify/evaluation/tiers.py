"""Loads a tier and keeps its answers, so that a text that several figures need is read once. Measures nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from contracts.messages import HEADS, Head, Labels

TIERS = ("fast", "accurate", "cascade")
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
        """Answers in the order of the texts. Equal lengths go together: a padded batch costs its longest."""
        wanted = list(texts)
        missing = sorted(set(wanted) - self._known.keys(), key=lambda text: (len(text), text))
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
    """The model of a tier. Raises AbsentTier where this checkout has none."""
    if tier == "fast":
        from services.classify.models.linear import LinearModel  # noqa: PLC0415

        return LinearModel.load()
    raise AbsentTier(f"there is no {tier} tier in this checkout")
