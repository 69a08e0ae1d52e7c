"""Builds the events respond tells: drafted, published, failed. When they are told is decided elsewhere."""

from datetime import datetime

from contracts import topics
from contracts.envelope import Event, Origin, make_event
from contracts.replies import FailureState, ReplyDrafted, ReplyFailed, ReplyPublished
from contracts.scope import BrandScope
from services.respond.domain.publication import NOTICED, Publication, State
from services.respond.promising import promises_of
from services.respond.records import Reply

SOURCE = "respond"
_TOLD_AS: dict[State, FailureState] = {
    State.WAITING: "waiting",
    State.UNKNOWN: "unknown",
    State.FAILED: "failed",
    State.REJECTED: "failed",
    State.PARKED: "parked",
}


def drafted(payload: ReplyDrafted, scope: BrandScope, cause: Event) -> Event:
    """Tell what is proposed for one version of a message."""
    return make_event(
        topics.REPLY_DRAFTED.name,
        payload,
        key=(payload.reply_id, payload.message_version),
        partition_key=payload.message_id,
        origin=Origin(SOURCE, payload.drafted_at, scope, cause),
    )


def step_events(reply: Reply, after: Publication, at: datetime) -> list[Event]:
    """Return what the step to `after` tells: a receipt, a failure, or nothing."""
    before = reply.publication
    if after.state is State.PUBLISHED and before.state is not State.PUBLISHED:
        said_at = after.published_at or at
        made = promises_of(reply, _text(reply), said_at, _origin(reply, at))
        return [_published(reply, after, at), *made]
    is_told = after.state in NOTICED or after.state is State.REJECTED
    if is_told and after.revision != before.revision:
        return [_failed(reply, after, at)]
    return []


def _published(reply: Reply, after: Publication, at: datetime) -> Event:
    assert after.external_id is not None
    assert after.how is not None
    payload = ReplyPublished(
        **reply.target.model_dump(),
        external_id=after.external_id,
        permalink=after.permalink,
        text=_text(reply),
        approved_by=reply.approved_by,
        published_at=after.published_at or at,
        attempts=after.attempts,
        how=after.how,
        disclosure=reply.disclosure,
    )
    return make_event(
        topics.REPLY_PUBLISHED.name,
        payload,
        key=(reply.reply_id,),
        partition_key=reply.target.message_id,
        origin=_origin(reply, at),
    )


def _text(reply: Reply) -> str:
    """The text as it was sent."""
    return reply.lost.text if reply.lost else reply.text


def _failed(reply: Reply, after: Publication, at: datetime) -> Event:
    payload = ReplyFailed(
        **reply.target.model_dump(),
        state=_TOLD_AS[after.state],
        code=after.code or "publish.failed",
        reason=after.reason or "no reason given",
        attempts=after.attempts,
        next_try_at=after.due_at if after.state is State.WAITING else None,
        failed_at=at,
        revision=after.revision,
    )
    return make_event(
        topics.REPLY_FAILED.name,
        payload,
        key=(reply.reply_id, str(after.revision)),
        partition_key=reply.target.message_id,
        origin=_origin(reply, at),
    )


def _origin(reply: Reply, at: datetime) -> Origin:
    return Origin(SOURCE, at, reply.scope, Event.model_validate(reply.cause))
