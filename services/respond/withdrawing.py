"""Answers that stay here because their author wrote again, or changed what is answered, before they left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.messages import MessageReceived
from contracts.scope import AgencyScope
from services.respond.domain.publication import Why
from services.respond.records import Context, Reply, digest_of
from services.respond.store import Store

WROTE_AGAIN: Why = ("reply.author_wrote_again", "the author wrote again before it left")
EDITED: Why = ("message.edited", "the author changed what this was written for")
# What arrived in the last moments before the release was not yet seen by whoever released it.
_UNSEEN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that has not left, and the message it answers as it was known."""

    reply: Reply
    context: Context


async def waiting_in(
    store: Store, scope: AgencyScope, messages: Sequence[MessageReceived]
) -> list[Waiting]:
    """Return what waits in the threads of these messages and cares for what its author does."""
    threads = {one.thread_id for one in messages if not one.is_own}
    if not threads:
        return []
    replies = await store.cancelling(scope, threads)
    if not replies:
        return []
    contexts = await store.contexts(scope, {one.target.message_id for one in replies})
    return [
        Waiting(one, contexts[one.target.message_id])
        for one in replies
        if one.target.message_id in contexts
    ]


def why_stay(waiting: Waiting, message: MessageReceived) -> Why | None:
    """Say why the answer stays here after this message, or None."""
    reply, context = waiting.reply, waiting.context
    if message.is_own or message.thread_id != reply.target.thread_id:
        return None
    if message.message_id == reply.target.message_id:
        return EDITED if _is_edited(waiting, message) else None
    if message.action != "created" or not _is_same_author(context, message):
        return None
    is_later = context.written_at is None or (message.created_at or message.received_at) > (
        context.written_at
    )
    is_unseen = message.received_at > reply.publication.decided_at - _UNSEEN
    return WROTE_AGAIN if is_later and is_unseen else None


async def has_written_since(store: Store, reply: Reply, context: Context) -> bool:
    """Say whether the person wrote in this conversation since the release. Public threads hold many
    people: there only the message itself tells, when it comes."""
    if not reply.cancels_on_reply or context.kind != "dm":
        return False
    last_at = await store.threads.last_from_person_at(reply.scope, context.thread_id)
    return last_at is not None and last_at > reply.publication.decided_at


def _is_edited(waiting: Waiting, message: MessageReceived) -> bool:
    approval, said = waiting.reply.approval, waiting.context.said
    answered = (approval.message_version if approval else None) or waiting.context.version
    is_new_text = said is None or digest_of(message.text) != said
    return message.action == "edited" and message.version > answered and is_new_text


def _is_same_author(context: Context, message: MessageReceived) -> bool:
    if context.author_id is not None:
        return message.author_id == context.author_id
    return context.author_handle is not None and message.author_handle == context.author_handle
