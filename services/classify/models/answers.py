"""Builds Labels from the numbers of a batch: probabilities, labels, doubts. Weighs nothing."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from contracts.envelope import Payload
from contracts.messages import Head
from services.classify.domain.labels import LEARNED, OUTPUTS, PLACE

_WIDTHS = [len(labels) for labels in LEARNED.values()]
_STARTS = np.cumsum([0, *_WIDTHS[:-1]])
_WIDE_SPANS = {
    name: slice(int(start), int(start) + width)
    for name, start, width in zip(LEARNED, _STARTS, _WIDTHS, strict=True)
}
_HEAD_OF = np.repeat(np.arange(len(LEARNED)), _WIDTHS)
# One logit of two labels: the other's is the nought that is put behind all outputs.
_TAKEN = np.array(
    [PLACE.get((name, label), OUTPUTS) for name in LEARNED for label in LEARNED[name]]
)
_STEPS = 10_000  # probabilities are told to 4 places
P = TypeVar("P", bound=Payload)
_put = object.__setattr__


def built(model: type[P], values: dict[str, Any]) -> P:
    """A payload whose values are right by construction; like pydantic's `model_construct`, without its search for
    aliases and defaults: every field must be given."""
    made = model.__new__(model)
    _put(made, "__dict__", values)
    _put(made, "__pydantic_fields_set__", _fields(model))
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made


@functools.cache
def _fields(model: type[Payload]) -> set[str]:
    return set(model.__pydantic_fields__)


def head(label: str, shares: dict[str, float]) -> Head:
    """One answer."""
    return built(Head, {"label": label, "p": shares})


class Answered:
    """The learned heads of a batch: for each head the place of its label and the shares of all its labels.

    All heads are worked out side by side: a batch of one costs as few calls as a big one.
    """

    def __init__(
        self, logits: NDArray[np.float32], temperatures: NDArray[np.float64], names: Sequence[str]
    ) -> None:
        self._names = names
        zero = np.zeros((len(logits), 1), dtype=logits.dtype)
        scaled = np.concatenate([logits, zero], axis=1)[:, _TAKEN] / temperatures[:, _HEAD_OF]
        grown = np.exp(scaled - np.maximum.reduceat(scaled, _STARTS, axis=1)[:, _HEAD_OF])
        shares = grown / np.add.reduceat(grown, _STARTS, axis=1)[:, _HEAD_OF]
        steps = np.rint(shares * _STEPS)
        rest = _STEPS - np.add.reduceat(steps, _STARTS, axis=1)
        tops = np.stack([shares[:, span].argmax(axis=1) for span in _WIDE_SPANS.values()], axis=1)
        steps[np.arange(len(steps))[:, None], tops + _STARTS] += rest
        self._tops = tops.tolist()
        self._shares = (steps / _STEPS).tolist()

    def heads(self, text: int) -> dict[str, Head]:
        """The learned heads of one text."""
        row, tops, found = self._shares[text], self._tops[text], {}
        for place, (name, labels) in enumerate(LEARNED.items()):
            if name in self._names:
                shares = dict(zip(labels, row[_WIDE_SPANS[name]], strict=True))
                found[name] = head(labels[tops[place]], shares)
        return found


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
