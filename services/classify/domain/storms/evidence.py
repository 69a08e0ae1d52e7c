"""What the last minutes to days hold: exponentially weighted sums, and the features read from them."""

from collections.abc import Sequence
from math import log, log1p, sqrt
from typing import Self

from services.classify.domain.storms.baseline import Baseline, deviance

# Half-lives: 10 minutes (a flash), 40 minutes, 2 h 40, 10 hours, 36 hours (a smoulder).
HALF_LIVES_S = (600.0, 2_400.0, 9_600.0, 36_000.0, 129_600.0)
# Each horizon's sums: messages, negative, positive, toxic, new, shared, distinct authors, expected.
SUMS = 8
SIGNALS = (
    "hostile", "negative", "toxic", "purity", "toxic_part", "volume", "authors", "new", "shared",
    "positive", "count",
)  # fmt: skip
# How far each signal may go: beyond that, more of it says nothing more.
LOWEST = (-1.0, -1.0, -1.0, -0.5, -0.2, -1.0, -2.7, -9.0, -9.0, -9.0, 0.0)
HIGHEST = (4.0, 4.0, 4.0, 1.2, 0.8, 2.0, 0.6, 9.0, 9.0, 9.0, 9.0)
OF_BRAND = 4
FEATURES = len(HALF_LIVES_S) * len(SIGNALS) + OF_BRAND
# Below this deviance at every horizon nothing is judged: there is no excess of hostile messages.
_GATE = 1.0
# A raid: at least so many messages, by fewer than this part of the usual people per message.
_RAID_LEAST, _RAID_SHARE = 6.0, 0.6
_CROWD_LEAST = 3.5
# A crowd that is hostile beyond doubt without a word of abuse.
_PLAIN_LEAST, _PLAIN_TIMES, _PLAIN_PURITY, _PLAIN_ABOVE, _PLAIN_PEOPLE = 8.0, 3.0, 0.4, 0.2, 0.85


class Evidence:
    """Sums of one brand at five horizons."""

    __slots__ = ("_keep", "sums")

    def __init__(self, bin_s: float) -> None:
        self._keep = [0.5 ** (bin_s / half) for half in HALF_LIVES_S]
        self.sums = [[0.0] * SUMS for _ in HALF_LIVES_S]

    def fade(self, bins: float) -> None:
        """Let time pass without any messages known."""
        for sums, keep in zip(self.sums, self._keep, strict=True):
            kept = keep**bins
            sums[:] = [value * kept for value in sums]

    def add(self, marks: Sequence[float], expected: float) -> None:
        """Take in one bin: n, negative, positive, toxic, new, shared, authors; and the expected n."""
        n, negative, positive, toxic, new, shared, authors = marks
        for sums, keep in zip(self.sums, self._keep, strict=True):
            a, b, c, d, e, f, g, h = sums
            sums[:] = (
                a * keep + n, b * keep + negative, c * keep + positive, d * keep + toxic,
                e * keep + new, f * keep + shared, g * keep + authors, h * keep + expected,
            )  # fmt: skip

    def is_hostile(self, hostile_share: float) -> bool:
        """Say whether any horizon holds more hostile messages than usual, by count or by share."""
        ten, forty, long, day, _ = self.sums
        return (
            deviance(ten[1] + ten[3], ten[7] * hostile_share, 0.6) > _GATE
            or deviance(forty[1] + forty[3], forty[7] * hostile_share, 0.6) > _GATE
            or deviance(long[1] + long[3], long[7] * hostile_share, 0.6) > _GATE
            or deviance(day[1] + day[3], day[0] * hostile_share, 0.6) > _GATE
        )

    def is_hot(self, hostile_share: float) -> bool:
        """Say whether what comes in now is too unusual to learn from at full weight."""
        forty, day = self.sums[1], self.sums[3]
        return (
            deviance(forty[1] + forty[3], forty[7] * hostile_share, 2.0, 0.10) > 3
            or deviance(day[1] + day[3], day[0] * hostile_share, 2.0, 0.02) > 3
            or 2 * (sqrt(forty[0] + 0.4) - sqrt(forty[7] + 1)) > 5 * sqrt(1 + 0.12 * forty[7])
        )

    def is_by_few(self, distinct_share: float) -> bool:
        """Say whether the messages of the last hours come from far fewer people than usual."""
        return any(
            sums[0] >= _RAID_LEAST and sums[6] < _RAID_SHARE * distinct_share * sums[0]
            for sums in self.sums[:3]
        )

    def is_plain_crowd(self, usual: Sequence[float]) -> bool:
        """Say whether negative messages alone leave no doubt, however politely they are written.

        Many more than are usual, by as many people as usual, and most of what comes on top of the
        usual is negative.
        """
        share = usual[0]
        for sums in self.sums[1:3]:
            n, negative, mu = sums[0], sums[1], sums[7]
            level = mu * share
            purity = (negative - level - 2 * sqrt(negative + 1)) / max(n - mu, 1.0)
            is_many = negative >= _PLAIN_LEAST and negative > _PLAIN_TIMES * (level + 1)
            is_many = is_many and sums[6] > _PLAIN_PEOPLE * usual[5] * n
            if is_many and purity > _PLAIN_PURITY and negative > n * (share + _PLAIN_ABOVE):
                return True
        return False

    def is_slight(self) -> bool:
        """Say whether the last hours hold too few negative messages for anybody to call it a storm."""
        return self.sums[2][1] < _CROWD_LEAST

    def features(self, usual: Baseline) -> list[float]:
        """FEATURES numbers, each of the order of one: SIGNALS of every horizon, then the brand."""
        made: list[float] = []
        for sums in self.sums:
            made += _signals(sums, usual.shares)
        negative, _, toxic, *_ = usual.shares
        made += (
            log(usual.level * 288) / 5 - 0.8,
            log(self.sums[1][7] + 0.05) / 4,
            negative * 2 - 0.5,
            toxic * 8 - 0.5,
        )
        return made

    def to_state(self) -> list[list[float]]:
        return [list(sums) for sums in self.sums]

    @classmethod
    def from_state(cls, state: list[list[float]], bin_s: float) -> Self:
        made = cls(bin_s)
        made.sums = [list(sums) for sums in state]
        return made


def _signals(sums: Sequence[float], shares: Sequence[float]) -> tuple[float, ...]:
    """The signals of one horizon, not bounded yet; every one is 0 or near it in a usual hour."""
    n, negative, positive, toxic, new, shared, authors, mu = sums
    q_negative, q_positive, q_toxic, q_new, q_shared, q_distinct = shares
    hostile, usual = negative + toxic, mu * (q_negative + q_toxic)
    by_share, by_toxic = n * q_negative, n * q_toxic
    level = mu * q_negative
    excess = negative - level
    doubt = sqrt(negative + 1 + 0.02 * level * level)
    extra = n - mu if n > mu else 0.0
    share_spread = by_share * (1 - q_negative) + 1 + 0.01 * by_share * by_share
    toxic_spread = by_toxic + 1 + 0.01 * by_toxic * by_toxic
    people = n + 4
    return (
        (sqrt(hostile + 0.4) - sqrt(usual + 0.6)) / sqrt(1 + 0.06 * usual) / 2,
        (negative - by_share) / sqrt(share_spread) / 4,
        (toxic - by_toxic) / sqrt(toxic_spread) / 4,
        (excess - doubt) / (extra + 2 + 0.5 * sqrt(n)),
        (toxic - mu * q_toxic + 0.3) / ((excess if excess > 0 else 0.0) + 1.5),
        log((n + 2) / (mu + 2)) / 2,
        ((authors + 4 * q_distinct) / people - q_distinct) * 3,
        (new - n * q_new) / people * 2,
        (shared - n * q_shared) / people * 2,
        (positive - n * q_positive) / people * 2,
        log1p(hostile) / 4,
    )
