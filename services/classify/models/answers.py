"""Builds Labels from the numbers of a batch: probabilities, labels, doubts. Weighs nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.envelope import Payload
from contracts.messages import Head
from services.classify.domain.labels import LEARNED, SPANS

_STEPS = 10_000  # probabilities are told to 4 places
P = TypeVar("P", bound=Payload)


def built(model: type[P], values: dict[str, Any]) -> P:
    """A payload whose values are right by construction; like pydantic's `model_construct`, without its search for
    aliases and defaults: every field must be given."""
    made = model.__new__(model)
    put = object.__setattr__
    put(made, "__dict__", values)
    put(made, "__pydantic_fields_set__", set(values))
    put(made, "__pydantic_extra__", None)
    put(made, "__pydantic_private__", None)
    return made


def head(label: str, shares: dict[str, float]) -> Head:
    """One answer."""
    return built(Head, {"label": label, "p": shares})


class Answered:
    """The learned heads of a batch: for each head the place of its label and the shares of all its labels."""

    def __init__(
        self, logits: NDArray[np.float32], temperatures: NDArray[np.float64], names: Sequence[str]
    ) -> None:
        self._names = names
        self._tops: dict[str, list[int]] = {}
        self._shares: dict[str, list[list[float]]] = {}
        for place, (name, labels) in enumerate(LEARNED.items()):
            if name not in names:
                continue
            shares = softmax(logits[:, SPANS[name]], temperatures[:, place, None], len(labels))
            tops = shares.argmax(axis=1)
            steps = np.rint(shares * _STEPS).astype(np.int64)
            rows = np.arange(len(steps))
            steps[rows, tops] += _STEPS - steps.sum(axis=1)
            told = steps / _STEPS
            self._tops[name] = tops.tolist()
            self._shares[name] = told.tolist()

    def heads(self, text: int) -> dict[str, Head]:
        """The learned heads of one text."""
        return {
            name: head(labels[self._tops[name][text]], dict(zip(labels, self._shares[name][text], strict=True)))
            for name, labels in ((name, LEARNED[name]) for name in self._names)
        }  # fmt: skip


def softmax(
    logits: NDArray[np.float32], temperatures: NDArray[np.float64], labels: int
) -> NDArray[np.float64]:
    """Shares of the labels of one head, float64[texts, labels]. One logit of two labels: the other's is zero."""
    scaled = logits / temperatures
    if labels == 2:
        first = 1.0 / (1.0 + np.exp(-np.clip(scaled, -60.0, 60.0)))
        return np.concatenate([first, 1.0 - first], axis=1)
    grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def doubts(
    found: Mapping[str, Head], thresholds: Mapping[str, float], *, is_strange: bool
) -> list[str]:
    """The heads whose label is less probable than its threshold asks for; all of them where the text is strange."""
    return [
        name
        for name, answer in found.items()
        if is_strange or answer.p[answer.label] < thresholds.get(name, 0.0)
    ]


def temperature_rows(
    known: Mapping[str, Mapping[str, float]], languages: Sequence[str]
) -> NDArray[np.float64]:
    """float64[texts, learned heads]: the temperature of every head in the language of each text."""
    rows = {
        language: [_temperature(known.get(name, {}), language) for name in LEARNED]
        for language in set(languages)
    }
    return np.array([rows[language] for language in languages], dtype=np.float64)


def _temperature(known: Mapping[str, float], language: str) -> float:
    return known.get(language, known.get("", 1.0))
