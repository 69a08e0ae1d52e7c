"""A thread as it is drawn: rows in order, with our answers in their places. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.gateway.domain.views import MessageView, ReplyView, ThreadView

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the thread.

    A message with `depth` (0 hangs on the post). `answer` is what we know of an own message's
    approval. `sent` is an answer that the network has not shown us yet: there is no own message.
    """

    message: MessageView
    depth: int
    answer: ReplyView | None = None
    sent: ReplyView | None = None


def rows(thread: ThreadView) -> list[Row]:
    """Return the rows; every published answer once, as the network's own item or from our receipt."""
    answers = {
        reply.external_id: reply
        for message in thread.messages
        for reply in (*message.earlier, message.reply)
        if reply.external_id and reply.state == "published"
    }
    shown = {message.external_id for message in thread.messages}
    return [row for message in thread.messages for row in _rows_of(message, answers, shown)]


def _rows_of(message: MessageView, answers: dict[str, ReplyView], shown: set[str]) -> Iterator[Row]:
    depth = min(message.depth, DEEPEST)
    yield Row(message, depth, answer=answers.get(message.external_id) if message.is_own else None)
    for reply in (*message.earlier, message.reply):
        if reply.state == "published" and reply.external_id not in shown:
            yield Row(message, min(depth + 1, DEEPEST), sent=reply)
