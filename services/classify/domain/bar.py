"""How much it takes to alarm a brand: from the false alarms it accepts, and those it had."""

from dataclasses import dataclass, field
from math import log2
from typing import Any

from services.classify.domain.storms.detector import STORM

USUAL_A_YEAR = 2.6
"""The rate at which the detector's own scale is calibrated: 0.05 a week."""
_A_DOUBLING, _A_FALSE_ALARM = 1.0, 0.5
_LOWEST, _HIGHEST = 4.5, 12.0
_YEAR_S = 365 * 86_400
_KEPT = 50


@dataclass(slots=True)
class Bar:
    """The score from which it is a storm, for one brand. Labels are those of the last year, by incident."""

    alarms_per_year: float = USUAL_A_YEAR
    labels: dict[str, tuple[int, bool]] = field(default_factory=dict)

    @property
    def height(self) -> float:
        """The detector's bar, lower by one where twice as many false alarms are accepted, higher by a
        half for every false alarm of the last year above what is accepted."""
        rejected = sum(not is_storm for _, is_storm in self.labels.values())
        above = max(rejected - self.alarms_per_year, 0.0)
        height = STORM - _A_DOUBLING * log2(self.alarms_per_year / USUAL_A_YEAR)
        return min(max(height + _A_FALSE_ALARM * above, _LOWEST), _HIGHEST)

    @property
    def gain(self) -> float:
        """What a score is multiplied by, so that the detector's own levels mean this brand's rates."""
        return STORM / self.height

    def label(self, incident: str, at: int, *, is_storm: bool) -> None:
        """Keep what a person said about an incident; the last word counts."""
        self.labels.pop(incident, None)
        self.labels[incident] = (at, is_storm)
        kept = [(name, one) for name, one in self.labels.items() if one[0] > at - _YEAR_S]
        self.labels = dict(kept[-_KEPT:])

    def to_state(self) -> list[Any]:
        """Return rate and labels."""
        return [self.alarms_per_year, [[name, *one] for name, one in self.labels.items()]]

    @classmethod
    def from_state(cls, state: list[Any]) -> "Bar":
        """Return the same bar."""
        return cls(state[0], {name: (at, is_storm) for name, at, is_storm in state[1]})
