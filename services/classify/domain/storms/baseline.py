"""What is usual for one brand: volume by hour and weekday, and the shares of its messages. O(1) a bin."""

from dataclasses import dataclass
from math import sqrt
from typing import Any, Self

_HOURS_A_DAY, _DAYS_A_WEEK = 24, 7
_UNIT_S = 300.0  # the level is in messages per five minutes
_LEVEL_HALF_DAYS, _SHARE_HALF_DAYS = 5.0, 7.0
_HOUR_KEPT, _WEEKDAY_KEPT = 0.5 ** (1 / 12), 0.5 ** (1 / 28)
# Shares learn from at most so many messages of a bin: a burst is not what is usual.
_BURST, _BURST_FLOOR = 6.0, 4.0


@dataclass(frozen=True, slots=True)
class Prior:
    """What is assumed of a new brand (its sector's means), worth `weight` messages."""

    per_day: float = 57.6
    negative: float = 0.20
    positive: float = 0.25
    toxic: float = 0.04
    new: float = 0.40
    shared: float = 0.30
    distinct: float = 0.93
    weight: float = 60.0

    def shares(self) -> tuple[float, ...]:
        return (self.negative, self.positive, self.toxic, self.new, self.shared, self.distinct)


class Baseline:
    """Level x hour x weekday, and six shares: negative, positive, toxic, new, shared, distinct."""

    __slots__ = (
        "_bin",
        "_day",
        "_day_mu",
        "_day_n",
        "_exposure",
        "_hour",
        "_hour_mu",
        "_hour_n",
        "_hours",
        "_hours_mu",
        "_hours_n",
        "_keep_level",
        "_keep_share",
        "_marks",
        "_messages",
        "_prior",
        "_scale",
        "_total",
        "_week",
        "_weekday_mu",
        "_weekday_n",
        "_weekdays",
        "level",
        "shares",
    )  # fmt: skip

    def __init__(self, bin_s: float = _UNIT_S, prior: Prior | None = None) -> None:
        self._prior = prior or Prior()
        self._bin, self._scale = bin_s, bin_s / _UNIT_S
        self._keep_level = 0.5 ** (bin_s / (_LEVEL_HALF_DAYS * 86_400))
        self._keep_share = 0.5 ** (bin_s / (_SHARE_HALF_DAYS * 86_400))
        self.level = self._prior.per_day * _UNIT_S / 86_400
        self.shares = list(self._prior.shares())
        self._total = self._exposure = self._messages = 0.0
        self._marks = [0.0] * 6
        self._hours, self._week = [1.0] * _HOURS_A_DAY, [1.0] * _DAYS_A_WEEK
        self._hours_n, self._hours_mu = [0.0] * _HOURS_A_DAY, [0.0] * _HOURS_A_DAY
        self._weekday_n, self._weekday_mu = [0.0] * _DAYS_A_WEEK, [0.0] * _DAYS_A_WEEK
        self._hour = self._day = -1
        self._hour_n = self._hour_mu = self._day_n = self._day_mu = 0.0

    def season(self, t: float) -> float:
        """The factor of this moment: hours interpolated between their middles, times weekday."""
        at = (t % 86_400) / 3_600 - 0.5
        low = int(at // 1)
        part = at - low
        hours = self._hours
        factor = (1 - part) * hours[low % 24] + part * hours[(low + 1) % 24]
        return factor * self._week[int(t // 86_400) % 7]

    def learn(self, t: float, season: float, marks: list[float], weight: float) -> None:
        """Take in one bin: marks are n and the six marked counts; weight under 1 while hot."""
        self._turn(t)
        n = marks[0]
        expected = self.level * season * self._scale
        taken = min(n, 4 * expected + 3) * weight
        share = season * self._scale * weight
        self._total = self._total * self._keep_level + taken
        self._exposure = self._exposure * self._keep_level + share
        prior = self._prior.per_day * _UNIT_S / 86_400
        self.level = (self._total + prior * 6) / (self._exposure + 6)
        self._hour_n += taken
        self._hour_mu += share * self.level
        self._day_n += taken
        self._day_mu += expected * weight
        if n:
            self._learn_shares(marks, expected, weight)
        else:
            self._messages *= self._keep_share
            self._marks = [kept * self._keep_share for kept in self._marks]

    def _learn_shares(self, marks: list[float], expected: float, weight: float) -> None:
        part = min(1.0, (_BURST * expected + _BURST_FLOOR) / marks[0]) * weight
        keep, prior = self._keep_share, self._prior
        self._messages = self._messages * keep + marks[0] * part
        self._marks = [
            kept * keep + mark * part for kept, mark in zip(self._marks, marks[1:], strict=True)
        ]
        total = self._messages + prior.weight
        self.shares = [
            (kept + share * prior.weight) / total
            for kept, share in zip(self._marks, prior.shares(), strict=True)
        ]

    def _turn(self, t: float) -> None:
        hour, day = int(t // 3_600), int(t // 86_400)
        if hour != self._hour:
            if self._hour >= 0:
                self._close_hour(self._hour % 24)
            self._hour = hour
        if day != self._day:
            if self._day >= 0:
                self._close_day(self._day % 7)
            self._day = day

    def _close_hour(self, hour: int) -> None:
        n, mu = self._hours_n, self._hours_mu
        n[hour] = n[hour] * _HOUR_KEPT + self._hour_n
        mu[hour] = mu[hour] * _HOUR_KEPT + self._hour_mu / max(self._hours[hour], 0.05)
        self._hours[hour] = min(6.0, max(0.02, (n[hour] + 6) / (mu[hour] + 6)))
        self._hour_n = self._hour_mu = 0.0
        if hour == 23:
            mean = sum(self._hours) / 24
            self._hours = [factor / mean for factor in self._hours]

    def _close_day(self, day: int) -> None:
        n, mu = self._weekday_n, self._weekday_mu
        n[day] = n[day] * _WEEKDAY_KEPT + self._day_n
        mu[day] = mu[day] * _WEEKDAY_KEPT + self._day_mu / max(self._week[day], 0.05)
        # Half of the weight stays with "like any other day": a few weeks are few.
        self._week[day] = min(4.0, max(0.2, (n[day] + 10 + mu[day] / 2) / (mu[day] * 1.5 + 10)))
        self._day_n = self._day_mu = 0.0

    def to_state(self) -> dict[str, Any]:
        """Plain numbers and lists, 118 in all."""
        return {
            "level": [self._total, self._exposure, self.level],
            "shares": [self._messages, *self._marks, *self.shares],
            "hours": [*self._hours, *self._hours_n, *self._hours_mu],
            "week": [*self._week, *self._weekday_n, *self._weekday_mu],
            "open": [self._hour, self._hour_n, self._hour_mu, self._day, self._day_n, self._day_mu],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], bin_s: float, prior: Prior | None) -> Self:
        made = cls(bin_s, prior)
        made._total, made._exposure, made.level = state["level"]
        shares = state["shares"]
        made._messages, made._marks, made.shares = shares[0], shares[1:7], shares[7:]
        hours, week = list(state["hours"]), list(state["week"])
        made._hours, made._hours_n, made._hours_mu = hours[:24], hours[24:48], hours[48:]
        made._week, made._weekday_n, made._weekday_mu = week[:7], week[7:14], week[14:]
        (made._hour, made._hour_n, made._hour_mu, made._day, made._day_n, made._day_mu) = state[
            "open"
        ]
        return made


def deviance(count: float, expected: float, floor: float, spread: float = 0.0) -> float:
    """Signed root deviance: how far a count lies above what was expected, in standard deviations."""
    mean = expected + floor
    return 2 * (sqrt(count + 0.4) - sqrt(mean)) / sqrt(1 + spread * mean)
