"""Runs a drill: paces a rehearsal for people, and lets nothing out but its own marked decisions.

What is rehearsed is in domain/drills; where past messages come from is the caller's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from contracts.envelope import Event, Origin, make_event
from contracts.messages import Labels, MessageReceived
from contracts.scope import BrandScope
from contracts.storms import StormChanged
from contracts.topics import STORM_CHANGED
from runtime.clock import Clock
from runtime.errors import Forbidden
from services.classify.domain.copies import CopyWindow, Sketcher
from services.classify.domain.drills import MINUTE_S, Retold, Script
from services.classify.domain.signals import (
    COPY,
    HOSTILE,
    LATE,
    UNKNOWN,
    Fact,
    Tally,
    author_hash,
    emotions_of,
    flags_of,
    message_hash,
    place,
)
from services.classify.domain.topics import TopicBook, terms_of
from services.classify.models.linear import LinearModel, Reading

SOURCE = "/classify/drill"
_BATCH = 256


class Sends(Protocol):
    """The bus, as far as a drill knows it."""

    async def send(self, events: Iterable[Event]) -> None:
        """Publish. Raises `Unavailable`."""
        ...


class SealedDoor:
    """The only way out of a drill: `storm.changed.v1`, marked, of one incident of one brand."""

    def __init__(self, bus: Sends, scope: BrandScope, drill_id: str) -> None:
        self._bus = bus
        self._scope = scope
        self._drill_id = drill_id

    async def tell(self, change: StormChanged) -> None:
        """Publish a decision of the drill. Raises `Forbidden` for anything else, `Unavailable`."""
        is_ours = change.brand_id == self._scope.brand_id and change.incident_id == self._drill_id
        if not (isinstance(change, StormChanged) and change.is_drill and is_ours):
            raise Forbidden("drill.sealed", "A drill tells its own marked decisions and no more.")
        event = make_event(
            STORM_CHANGED.name,
            change,
            key=(self._drill_id, str(change.revision)),
            partition_key=change.brand_id,
            origin=Origin(SOURCE, change.decided_at, self._scope),
        )
        await self._bus.send([event])


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a drill. `onset_to_alarm_min` is in the time of the script, None without an alarm."""

    drill_id: str
    told: int
    onset_to_alarm_min: float | None


class Drill:
    """One drill. `run` may be cancelled; `end` then closes its incident."""

    def __init__(self, retold: Retold, door: SealedDoor, clock: Clock) -> None:
        self._retold = retold
        self._rehearsal = retold.rehearsal
        self._door = door
        self._clock = clock
        self._told = 0

    async def run(self) -> Played:
        """Play the script to its end at its speed, and close the incident."""
        while not self._rehearsal.is_over:
            due_at = self._retold.due_at(self._rehearsal.minute + MINUTE_S)
            wait_s = (due_at - self._clock.now()).total_seconds()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
            for change in self._rehearsal.step():
                await self._tell(self._retold.tell(change, self._clock.now()))
        return await self.end()

    async def end(self) -> Played:
        """Close the drill's incident, if there is one. A second time does nothing."""
        await self._tell(self._retold.end(self._clock.now()))
        return Played(self._retold.drill_id, self._told, self._rehearsal.onset_to_alarm_min)

    async def _tell(self, change: StormChanged | None) -> None:
        if change is not None:
            await self._door.tell(change)
            self._told += 1


class Recount:
    """Counts stored messages once more, in minutes: as the signals of that time, by the same rules.

    Labels are those that were given then; swear words, copies and topics are read from the text anew.
    """

    def __init__(self, brand_id: str, model: LinearModel) -> None:
        self._brand_id = brand_id
        self._model = model
        self._sketch = Sketcher().sketch
        self._copies = CopyWindow()
        self._book = TopicBook()
        self._met: set[int] = set()
        self._tallies: dict[int, Tally] = {}

    def add(self, messages: Sequence[tuple[MessageReceived, Labels | None]]) -> None:
        """Count messages, oldest first."""
        others = [one for one in messages if not one[0].is_own]
        for start in range(0, len(others), _BATCH):
            part = others[start : start + _BATCH]
            readings = self._model.read([message.text or "" for message, _ in part])
            for (message, labels), reading in zip(part, readings, strict=True):
                self._count(message, labels, reading)

    def script(
        self, about: str, begins_at: datetime, onset_at: datetime, ends_at: datetime
    ) -> Script:
        """Return what was counted as a script."""
        signals = []
        for minute in sorted(self._tallies):
            tally = self._tallies[minute]
            tally.written()
            signals.append(tally.signal(datetime.fromtimestamp(minute + MINUTE_S, UTC)))
        begins, onset, ends = (int(at.timestamp()) for at in (begins_at, onset_at, ends_at))
        begins, ends = begins // MINUTE_S * MINUTE_S, -(-ends // MINUTE_S) * MINUTE_S
        return Script(self._brand_id, about, signals, begins, onset, ends)

    def _count(self, message: MessageReceived, labels: Labels | None, reading: Reading) -> None:
        cues = reading.cues
        at = place(message)
        flags = flags_of(message, labels, cues) | (LATE if at.is_late else 0)
        number, author = message_hash(message.message_id), author_hash(message)
        sketch = self._sketch(reading.tokens)
        if sketch and self._copies.is_copy(self._brand_id, sketch, number, at.bucket):
            flags |= COPY
        topic = None
        if flags & HOSTILE or self._book.has_formed:
            terms, is_hostile = terms_of(reading.tokens), bool(flags & HOSTILE)
            topic = self._book.assign(terms, message.message_id, at.bucket, is_hostile=is_hostile)
        fact = Fact(
            number, author, flags, message.network, message.thread_id, message.message_id,
            emotions_of(labels, cues), topic,
        )  # fmt: skip
        minute = at.bucket // MINUTE_S * MINUTE_S
        tally = self._tallies.setdefault(minute, Tally((self._brand_id, minute, 0)))
        is_new = not flags & UNKNOWN and author not in self._met
        self._met.add(author)
        tally.fold(fact, is_new_author=is_new)
