"""A rehearsal: signals of another day, or made ones, through the brand's own rules in a copy of its own. Pure.

Nothing here knows the brand's real state, a store or the bus. Who publishes is classify's drilling.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args

from contracts.ids import derive
from contracts.replies import Approver
from contracts.storms import (
    DrillKind,
    Level,
    SignalObserved,
    StormChanged,
    StormNumbers,
    StormSteered,
    TopicCount,
)
from services.classify.domain.brand import Brand

Kind = DrillKind
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_AN_HOUR = 600.0
"""A larger brand is rehearsed as one of this size: the clocks are the same, the making is quick."""
MINUTE_S, DAY_S = 60, 86_400
WARM_DAYS = 7
_CALM_MIN = 30
_USUAL_SHARE = 0.15
_NETWORKS = ("facebook", "instagram", "x")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a made storm runs: minutes to its peak and to its end, times the usual rate, hostile share."""

    rise_min: int
    lasts_min: int
    times: float
    share: float


SHAPES: dict[Kind, Shape] = {
    "flash": Shape(15, 150, 30.0, 0.9),
    "wave": Shape(60, 300, 12.0, 0.85),
    "smoulder": Shape(180, 600, 5.0, 0.8),
}


@dataclass(frozen=True, slots=True)
class Script:
    """What is replayed, in the order of time. `begins`, `onset` and `ends` in seconds since 1970.

    Signals before `begins` only teach what is usual; `onset` is when the storm truly began.
    """

    brand_id: str
    about: str
    signals: Sequence[SignalObserved]
    begins: int
    onset: int
    ends: int


def generated(
    brand_id: str, kind: Kind, seed: int, begins_at: datetime, an_hour: float = 12.0
) -> Script:
    """Return a made storm over a made week of `an_hour` messages. The same arguments, the same script."""
    chance, shape = Random(f"{brand_id}:{kind}:{seed}"), SHAPES[kind]  # noqa: S311 - not a secret
    begins = int(begins_at.timestamp()) // MINUTE_S * MINUTE_S
    onset = begins + _CALM_MIN * MINUTE_S
    ends = onset + shape.lasts_min * MINUTE_S
    usual = min(max(an_hour, 6.0), MOST_AN_HOUR) / 60
    signals = []
    for minute in range(begins - WARM_DAYS * DAY_S, ends, MINUTE_S):
        since_min = (minute - onset) / 60
        angry = max(usual, 0.5) * shape.times * _height(shape, since_min)
        calm, hostile = _poisson(chance, usual), _poisson(chance, angry * shape.share)
        calm += _poisson(chance, angry * (1 - shape.share))
        if calm + hostile:
            signals.append(_made(brand_id, minute, (calm, hostile), chance))
    return Script(brand_id, f"a made {kind} storm, seed {seed}", signals, begins, onset, ends)


class Rehearsal:
    """Runs a script minute by minute. `onset_to_alarm_min` is in the script's time, None without alarm."""

    def __init__(self, script: Script, alarms_per_year: float | None = None) -> None:
        self.script = script
        self.minute = script.begins
        self.level: Level = "calm"
        self.onset_to_alarm_min: float | None = None
        self._signals = iter(script.signals)
        self._next = next(self._signals, None)
        first = self._next.bucket_at if self._next else _at(script.begins)
        self._brand = Brand(script.brand_id, first)
        if alarms_per_year is not None:
            self._brand.accept(alarms_per_year)

    def warm(self) -> None:
        """Learn what is usual from before the beginning; an alarm of that time is over by then."""
        changes: list[StormChanged] = []
        first = self._next.bucket_at if self._next else _at(self.script.begins)
        minute = int(first.timestamp()) // MINUTE_S * MINUTE_S
        while minute < self.script.begins:
            minute += MINUTE_S
            changes = [*self._to(minute)] or changes
        if changes and changes[-1].level != "calm":
            list(self._brand.steer(_ended(self.script)))

    @property
    def is_over(self) -> bool:
        """Say whether the script has been played to its end."""
        return self.minute >= self.script.ends

    def step(self) -> Iterator[StormChanged]:
        """Play the next minute: yield what the rules decide in it."""
        self.minute += MINUTE_S
        for change in self._to(self.minute):
            self.level = change.level
            is_alarm = change.level == "storm" and change.severity > 0
            if is_alarm and self.onset_to_alarm_min is None:
                end = change.changed_at.timestamp()
                self.onset_to_alarm_min = max((end - self.script.onset) / 60, 0.0)
            yield change

    def _to(self, minute: int) -> Iterator[StormChanged]:
        while self._next is not None and self._next.bucket_at.timestamp() < minute:
            self._brand.fold(self._next)
            self._next = next(self._signals, None)
        yield from self._brand.advance(_at(minute))


@dataclass(slots=True)
class Retold:
    """Decisions of a script as those of a drill: its own incident, marked, and at the clock of people.

    A script minute takes `60 / speed` seconds. `onset_at` stands as far before the alarm as it was in
    the script, so that the time to the alarm is the one the rules need, whatever the speed.
    """

    rehearsal: Rehearsal
    speed: int
    begun_at: datetime
    drill_id: str = ""
    revision: int = 0
    _last: StormChanged | None = field(default=None, init=False)
    _alarm_onset_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        stamp = self.begun_at.isoformat()
        self.drill_id = self.drill_id or derive(
            "inc", self.rehearsal.script.brand_id, "drill", stamp
        )

    def due_at(self, minute: int) -> datetime:
        """Return when a minute of the script is over for the people."""
        played_s = (minute - self.rehearsal.script.begins) / self.speed
        return self.begun_at + timedelta(seconds=played_s)

    def tell(self, change: StormChanged, now: datetime) -> StormChanged | None:
        """Return the drill's event of a decision. Calm is None: the incident lasts until the drill ends."""
        if change.level == "calm":
            return None
        opened_at = self._last.opened_at if self._last else now
        return self._told(change, now, opened_at or now)

    def end(self, now: datetime) -> StormChanged | None:
        """Return the event that closes the drill's incident, or None where none was opened."""
        last = self._last
        if last is None or last.level == "calm":
            return None
        over = last.model_copy(update={"before": last.level, "is_tick": False})
        return self._told(over, now, last.opened_at or now, is_end=True)

    def _told(
        self, change: StormChanged, now: datetime, opened_at: datetime, *, is_end: bool = False
    ) -> StormChanged:
        self.revision = max(self.revision + 1, int(now.timestamp() * 1000))
        about = f"Drill at {self.speed}x of {self.rehearsal.script.about}"
        fields = {
            "incident_id": self.drill_id, "is_drill": True, "revision": self.revision,
            "changed_at": now, "decided_at": now, "opened_at": opened_at,
            "onset_at": self._onset(change.level, now), "snoozed_until": None, "is_manual": False,
            "sentence": f"{about} is over." if is_end else f"{about}. {change.sentence}",
            "uncertain": ["a rehearsal: nothing of it happened now, and nothing goes out"],
        }  # fmt: skip
        if is_end:
            fields |= {"level": "calm", "severity": 0, "ends_when": ""}
        self._last = change.model_copy(update=fields)
        return self._last

    def _onset(self, level: Level, now: datetime) -> datetime:
        if self._alarm_onset_at is not None:
            return self._alarm_onset_at
        behind_min = max((self.rehearsal.minute - self.rehearsal.script.onset) / 60, 0.0)
        onset_at = now - timedelta(minutes=behind_min)
        if level == "storm":
            self._alarm_onset_at = onset_at
        return onset_at


def ended_by_hand(brand_id: str, drill_id: str, now: datetime) -> StormChanged:
    """Return the event that closes a drill of which nothing is known here any more."""
    nothing = dict.fromkeys(StormNumbers.model_fields, 0)
    return StormChanged(
        brand_id=brand_id, incident_id=drill_id, level="calm", before="storm", is_drill=True,
        numbers=StormNumbers.model_validate({**nothing, "parts": {}}), changed_at=now,
        decided_at=now, sentence="The drill was ended by hand.",
        revision=int(now.timestamp() * 1000),
    )  # fmt: skip


def _height(shape: Shape, since_min: float) -> float:
    """Return the share of its peak that a storm has some minutes after its onset."""
    if since_min < 0:
        return 0.0
    if since_min < shape.rise_min:
        return 0.1 + 0.9 * since_min / shape.rise_min
    left = (shape.lasts_min - since_min) / (shape.lasts_min - shape.rise_min)
    return float(max(left, 0.0) ** 1.5)


def _poisson(chance: Random, mean: float) -> int:
    """Return a Poisson number: arrivals of an exponential clock within one minute."""
    count, passed = 0, chance.expovariate(1.0)
    while passed < mean:
        count, passed = count + 1, passed + chance.expovariate(1.0)
    return count


def _made(brand_id: str, minute: int, counted: tuple[int, int], chance: Random) -> SignalObserved:
    calm, angry = counted
    usual = sum(chance.random() < _USUAL_SHARE for _ in range(calm))
    hostile = angry + usual
    whole = calm + angry

    def some(of: int, share: float) -> int:
        return sum(chance.random() < share for _ in range(of))

    people = [chance.getrandbits(52) for _ in range(whole)]
    topic = TopicCount(topic_hash="drill", name="drill", messages=angry, hostile=angry)
    return SignalObserved.model_construct(
        brand_id=brand_id, bucket_at=_at(minute), shard=0, revision=1, messages=whole,
        negative=hostile, hostile=hostile, toxic=some(usual, 0.1) + some(angry, 0.35),
        positive=some(calm - usual, 0.4),
        unlabelled=0, late=0, authors=whole, hostile_authors=hostile,
        new_authors=some(calm, 0.2) + some(angry, 0.6),
        reposts=some(angry, 0.2), near_copies=0, author_hashes=people[:64],
        hostile_hashes=people[:hostile][:64], emotions={"anger": hostile} if hostile else {},
        topics=[topic] if angry else [], threads=[], examples=[],
        networks={chance.choice(_NETWORKS): whole}, observed_at=_at(minute + MINUTE_S),
    )  # fmt: skip


def _ended(script: Script) -> StormSteered:
    who = Approver(kind="policy", id="drill", name="Drill")
    return StormSteered(
        steer_id="drill", brand_id=script.brand_id, steer="end", by=who, at=_at(script.begins)
    )


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
