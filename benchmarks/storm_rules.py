"""The plain rules that listening tools use, as anchors."""

from collections.abc import Mapping
from typing import Any

_WEEK, _HOUR, _DAY = 2016, 12, 288


class VolumeRule:
    """Last hour against the mean hour of the last seven days, with a small-count guard."""

    counted = "n"

    def __init__(self) -> None:
        self._kept = [0] * _WEEK
        self._i = self._hour = self._week = 0

    def update(self, counts: Mapping[str, Any]) -> float:
        i, n = self._i, counts[self.counted]
        self._week += n - self._kept[i % _WEEK]
        old = self._kept[(i - _HOUR) % _WEEK] if i >= _HOUR else 0
        self._kept[i % _WEEK] = n
        self._hour += n - old
        self._i += 1
        mean = self._week / min(self._i, _WEEK) * _HOUR
        return (self._hour + 1) / (mean + 5.0) if i > _DAY else 0.0


class NegativeRule(VolumeRule):
    """The usual 'negative spike' alert: the same rule on negative messages."""

    counted = "neg"
