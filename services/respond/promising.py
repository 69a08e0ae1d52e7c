"""The promises in an answer that is out, as events. What a promise is, language.promises knows."""

from collections.abc import Sequence
from datetime import date, datetime, time

from contracts import topics
from contracts.brands import BrandChanged, Hours
from contracts.envelope import Event, Origin, make_event
from contracts.ids import promise_id
from contracts.promises import PromiseMade
from language.promises.due import Hours as Closing
from language.promises.finding import Promise, due_at, find_promises, language_of
from services.respond.records import Reply

_UTC = "UTC"


def promises_of(reply: Reply, text: str, at: datetime, origin: Origin) -> list[Event]:
    """Return one event for each promise in a published text. A repeat gives the same events."""
    return [
        make_event(
            topics.PROMISE_MADE.name,
            _made(reply, found, text, at),
            key=(promise_id(reply.reply_id, found.start),),
            partition_key=reply.target.message_id,
            origin=origin,
        )
        for found in find_promises(text)
    ]


def hours_of(brands: Sequence[BrandChanged]) -> dict[str, Hours]:
    """Return the hours of the brands that have told theirs."""
    return {one.brand_id: one.policy.hours for one in brands if one.policy.hours is not None}


def _made(reply: Reply, found: Promise, text: str, at: datetime) -> PromiseMade:
    hours = reply.hours
    zone = hours.timezone if hours else _UTC
    return PromiseMade(
        **reply.target.model_dump(),
        promise_id=promise_id(reply.reply_id, found.start),
        text=found.text,
        due_text=found.due_text,
        due_at=due_at(found, at, zone, _closing(hours)),
        language=language_of(text),
        said_by=reply.approved_by,
        made_at=at,
    )


def _closing(hours: Hours | None) -> Closing | None:
    """When the brand closes on a day."""
    if hours is None:
        return None

    def closes(day: date) -> time | None:
        spans = hours.days[day.weekday()]
        return time.fromisoformat(max(end for _, end in spans)) if spans else None

    return closes
