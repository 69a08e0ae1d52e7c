"""One wish to moderate, as an object and as a document. No queries here."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from contracts import topics
from contracts.envelope import Event, Origin, make_event
from contracts.moderation import ModerationRequested, ModerationSettled, ModerationTarget
from contracts.scope import BrandScope
from runtime.mongo import Document
from runtime.outbox import outbox_change
from services.respond.domain import moderation as life
from services.respond.domain.moderation import Progress, State
from services.respond.notices import SOURCE
from services.respond.records import cause_of

_PROGRESS = tuple(one.name for one in fields(Progress))
_SETTLED_AS: dict[State, Any] = {
    State.DONE: "done", State.FAILED: "failed", State.PARKED: "parked",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moderation:
    """One act from its request on."""

    wish: ModerationRequested
    agency_id: str
    progress: Progress
    cause: Document

    @property
    def moderation_id(self) -> str:
        """The act's id."""
        return self.wish.moderation_id

    @property
    def scope(self) -> BrandScope:
        """Whose account does it."""
        return BrandScope(self.agency_id, self.wish.brand_id)


def new_act(event: Event, wish: ModerationRequested, now: datetime) -> Document:
    """Return the document of a new wish."""
    state = _state(life.request(wish.requested_at, now))
    return {
        "_id": wish.moderation_id, "brand_id": wish.brand_id,
        "message_id": wish.message_id, "connection_id": wish.connection_id,
        "wish": wish.model_dump(mode="json"), "agency_id": event.agencyid, "cause": cause_of(event),
        **{name: value for name, value in state.items() if value is not None},
    }  # fmt: skip


def read_moderation(document: Mapping[str, Any]) -> Moderation:
    """Return the act in a document."""
    state = {name: document[name] for name in _PROGRESS if name in document}
    state["state"] = State(document["state"])
    state.setdefault("due_at", None)
    return Moderation(
        wish=ModerationRequested.read(document["wish"]),
        agency_id=document["agency_id"],
        progress=Progress(**state),
        cause=document["cause"],
    )


def is_unchanged(one: Moderation) -> Document:
    """Return the filter that finds the act only while nobody was faster."""
    return {
        "_id": one.moderation_id, "brand_id": one.wish.brand_id,
        "fence": one.progress.fence, "state": one.progress.state.value,
    }  # fmt: skip


def state_update(after: Progress, events: Sequence[Event], at: datetime) -> Document:
    """Return the operators that make a document hold this progress and these pending events."""
    return outbox_change(_state(after), events, at)


def settled_events(one: Moderation, after: Progress, at: datetime) -> list[Event]:
    """Return what the end of an act tells; nothing before the end."""
    if after.state not in life.ENDS:
        return []
    target = {name: getattr(one.wish, name) for name in ModerationTarget.model_fields}
    payload = ModerationSettled(
        **target,
        state=_SETTLED_AS[after.state],
        code=after.code,
        reason=after.why,
        attempts=after.attempts,
        settled_at=at,
    )
    origin = Origin(SOURCE, at, one.scope, Event.model_validate(one.cause))
    return [
        make_event(
            topics.MODERATION_SETTLED.name,
            payload,
            key=(one.moderation_id,),
            partition_key=one.wish.message_id,
            origin=origin,
        )
    ]


def _state(progress: Progress) -> Document:
    return {**asdict(progress), "state": progress.state.value}
