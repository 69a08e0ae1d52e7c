"""The storm detector of one brand: bins in, a score out. Decisions are the state machine's.

Scores are calibrated to rates: STORM is crossed by mistake about once in 25 brand-weeks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any, Self

from services.classify.domain.storms.baseline import Baseline, Prior
from services.classify.domain.storms.evidence import Evidence
from services.classify.domain.storms.growth import KEPT, Forecast, Growth, forecast, growth
from services.classify.domain.storms.network import Network, load_network
from services.classify.domain.storms.timeline import DAY_S, Timeline

CALM, WATCH, STORM = 1.5, 2.5, 7.0
# The network's log-odds at which WATCH and STORM stand; see docs/storm-benchmark.md.
_WATCH_AT, _STORM_AT = -0.6, 1.2
_WATCHED_MOST = STORM - 0.1
# So much is learnt from a bin that is out of the ordinary, or a storm becomes the usual.
_COOLED = 0.15
_STEP_S = 300.0
_MARKS = ("n", "neg", "pos", "tox", "new", "share", "authors")


@dataclass(frozen=True, slots=True)
class Reading:
    """What about the last hour of a brand shows, in messages (half-life 40 minutes: 58 in effect)."""

    t: float
    score: float
    messages: float
    expected: float
    hostile: float
    hostile_expected: float
    toxic: float
    hostile_share: float
    usual_share: float
    excess_share: float
    people_per_message: float
    growth: Growth
    forecast: Forecast


def scaled(log_odds: float) -> float:
    """The score of log-odds: WATCH and STORM at their rates, a straight line above, never negative."""
    slope = (STORM - WATCH) / (_STORM_AT - _WATCH_AT)
    above = log_odds - _WATCH_AT
    return WATCH + slope * above if above >= 0 else WATCH * exp(slope * above / WATCH)


class Storm:
    """Follows one brand. `update` takes the bins in time order, empty ones too.

    A bin is a mapping with t (its start, seconds since a Monday 00:00 UTC), n, neg, pos, tox, new,
    share, authors; it may say labelled (how many of n have labels; all unless said) and backfill (a
    connector is catching up: nothing is learnt and nothing alarms).
    """

    __slots__ = (
        "_bin", "_born", "_evidence", "_network", "_score", "_slot", "_steps", "_timeline", "_usual",
    )  # fmt: skip

    def __init__(
        self, bin_s: float = _STEP_S, prior: Prior | None = None, network: Network | None = None
    ) -> None:
        self._bin, self._network = bin_s, network or load_network()
        self._timeline, self._usual = Timeline(), Baseline(bin_s, prior)
        self._evidence = Evidence(bin_s)
        self._steps, self._slot = [0.0] * KEPT, -1
        self._born: float | None = None
        self._score = 0.0

    def update(self, counts: Mapping[str, Any]) -> float:
        """The score after this bin; a bin that is not believed changes nothing."""
        t = float(counts["t"])
        bins = self._timeline.elapsed(t, self._bin)
        if bins is None:
            return self._score
        if self._born is None or t < self._born:
            self._born = t
        if bins > 1.5:
            self._evidence.fade(bins - 1)
        self._turn(int(t // _STEP_S))
        n = counts["n"]
        labelled = counts.get("labelled", n)
        if counts.get("backfill") or (n and not labelled):
            self._evidence.fade(1)
        elif labelled < n:
            self._take_part(t, counts, labelled / n)
        else:
            self._take(t, [counts[name] for name in _MARKS])
        return self._score

    def _take(self, t: float, marks: list[float]) -> None:
        usual, evidence = self._usual, self._evidence
        season = usual.season(t)
        evidence.add(marks, usual.level * season * self._bin / _STEP_S)
        self._steps[-1] += marks[1]
        hostile_share = usual.shares[0] + usual.shares[2]
        self._score = self._judged(t, hostile_share)
        usual.learn(t, season, marks, _COOLED if evidence.is_hot(hostile_share) else 1.0)

    def _take_part(self, t: float, counts: Mapping[str, Any], part: float) -> None:
        """Messages without labels are left out on both sides of every comparison; nothing is learnt."""
        marks = [counts[name] for name in _MARKS]
        for place in (0, 4, 5, 6):
            marks[place] *= part
        usual = self._usual
        expected = usual.level * usual.season(t) * self._bin / _STEP_S
        self._evidence.add(marks, expected * part)
        self._steps[-1] += marks[1]
        self._score = self._judged(t, usual.shares[0] + usual.shares[2])

    def _judged(self, t: float, hostile_share: float) -> float:
        if not self._evidence.is_hostile(hostile_share):
            return 0.0
        score = scaled(self._network.log_odds(self._evidence.features(self._usual)))
        # What is usual is not known on the first day, a few accounts that write a lot are a raid, and
        # three angry people are no crowd: each may be watched, none is called a storm.
        is_first_day = self._born is not None and t - self._born < DAY_S
        evidence = self._evidence
        if is_first_day or evidence.is_slight() or evidence.is_by_few(self._usual.shares[5]):
            return min(score, _WATCHED_MOST)
        # The network learnt from crowds that swear; one that does not must not be missed.
        return max(score, STORM) if evidence.is_plain_crowd(self._usual.shares) else score

    def _turn(self, slot: int) -> None:
        """Open the five-minute steps up to this one."""
        if slot == self._slot:
            return
        passed = slot - self._slot if 0 < slot - self._slot < KEPT else KEPT
        self._steps = self._steps[passed:] + [0.0] * passed
        self._slot = slot

    def reading(self) -> Reading:
        """The numbers behind the score, for the state machine and the explanation."""
        n, negative, _, toxic, _, _, authors, mu = self._evidence.sums[1]
        usual_negative, _, _, _, _, distinct = self._usual.shares
        extra = max(n - mu, 1.0)
        return Reading(
            t=self._timeline.last_s or 0.0,
            score=self._score,
            messages=n,
            expected=mu,
            hostile=negative,
            hostile_expected=mu * usual_negative,
            toxic=toxic,
            hostile_share=negative / n if n else 0.0,
            usual_share=usual_negative,
            excess_share=min(1.0, max(0.0, (negative - mu * usual_negative) / extra)),
            people_per_message=authors / n if n else distinct,
            growth=growth(self._steps),
            forecast=forecast(self._steps),
        )

    def to_state(self) -> dict[str, Any]:
        """Everything that later scores depend on, as plain numbers and lists; about 1.7 KB as doubles."""
        return {
            "version": 1,
            "bin_s": self._bin,
            "timeline": self._timeline.to_state(),
            "usual": self._usual.to_state(),
            "evidence": self._evidence.to_state(),
            "steps": list(self._steps),
            "slot": self._slot,
            "born_s": self._born,
            "score": self._score,
        }

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any], prior: Prior | None = None, network: Network | None = None
    ) -> Self:
        """The detector that wrote this state; the next scores are the same to the last digit."""
        made = cls(state["bin_s"], prior, network)
        made._timeline = Timeline.from_state(state["timeline"])
        made._usual = Baseline.from_state(state["usual"], made._bin, prior)
        made._evidence = Evidence.from_state(state["evidence"], made._bin)
        made._steps, made._slot = list(state["steps"]), state["slot"]
        made._born, made._score = state["born_s"], state["score"]
        return made
