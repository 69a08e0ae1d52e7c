"""One record on its way through the stage loop: what a handler gets, what it answers, and what
that means for the record. The loop itself is in stage.py."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from contracts.envelope import Event, Payload, Undecodable
from contracts.topics import TOPICS, Topic
from runtime.dead_letters import Dead
from runtime.errors import Invalid, Unavailable

P = TypeVar("P", bound=Payload)
ATTEMPTS = 3
FRAMING_BYTES = 4 * 1024


@dataclass(slots=True, eq=False)  # not frozen: that costs a microsecond for every record
class Received(Generic[P]):
    """One event with its payload, as a handler gets it, and the partition it came in."""

    event: Event
    payload: P
    partition: int = 0


@dataclass(slots=True)
class Outcome:
    """What became of one event: events to publish, and then done, retry later or dead."""

    events: tuple[Event, ...] = ()
    dead: Dead | None = None
    retry: Unavailable | None = None


DONE = Outcome()
Handler = Callable[[Sequence[Received[Any]]], Awaitable[Sequence[Outcome]]]


@dataclass(slots=True)
class Slot:
    """One record on its way through the loop."""

    record: Any
    received: Received[Any] | None = None
    outcome: Outcome | None = None
    attempts: int = 0


async def call_handler(handle: Handler, slots: Sequence[Slot]) -> None:
    """Hand the slots' events to the handler and note its outcomes. Raises what the handler raises."""
    for slot in slots:
        slot.attempts += 1
    outcomes = await handle([slot.received for slot in slots if slot.received is not None])
    if len(outcomes) != len(slots):
        raise RuntimeError(f"{len(outcomes)} outcomes for {len(slots)} events")
    for slot, outcome in zip(slots, outcomes, strict=True):
        slot.outcome = outcome


def room_of(topic: str) -> int:
    """Return how many bytes a value on this topic may have, framing left aside."""
    known = TOPICS.get(topic)
    return (known.max_message_bytes if known else 1024 * 1024) - FRAMING_BYTES


def decode_slot(topic: Topic, slot: Slot) -> None:
    """Read the record, or note why it is dead."""
    try:
        event = Event.decode_as(slot.record.value, topic.payload)
        if event.type != topic.name:
            raise Undecodable(f"type {event.type} on topic {topic.name}")
        slot.received = Received(event, event.data, slot.record.partition)
    except Undecodable as error:
        slot.outcome = Outcome(dead=Dead("event.undecodable", str(error)))


def is_final(slot: Slot, error: Exception) -> bool:
    """Give up on an event that only we can mend: at once when `Invalid`, else after the tries."""
    if isinstance(error, Invalid):
        slot.outcome = Outcome(dead=Dead(error.code, error.why))
    elif slot.attempts >= ATTEMPTS:
        slot.outcome = Outcome(dead=Dead("bug.unexpected", f"{type(error).__name__}: {error}"))
    return slot.outcome is not None


def is_dead(slot: Slot) -> bool:
    """Say whether the record is to be put aside."""
    return slot.outcome is not None and slot.outcome.dead is not None


def is_settled(slot: Slot) -> bool:
    """Say whether the record has an outcome that is not a retry."""
    return slot.outcome is not None and slot.outcome.retry is None


def wait_of(slot: Slot) -> float:
    """Return how many seconds to wait before the next try."""
    asked = slot.outcome.retry.retry_after_s if slot.outcome and slot.outcome.retry else None
    return float(2 ** (slot.attempts - 1)) * 0.5 if asked is None else asked
