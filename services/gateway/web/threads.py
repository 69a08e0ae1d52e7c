"""A thread as it is drawn: rows in order, with our answers in their places. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.gateway.domain.views import MessageView, ReplyView, ThreadView

DEEPEST = 3
MOST_MESSAGES = 80


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


@dataclass(frozen=True, slots=True)
class Window:
    """The rows around the message that is looked at.

    `before` and `after` count what is left out; `first_id` and `last_id` are the messages at the
    edges, from where one reads on.
    """

    rows: list[Row]
    before: int
    after: int
    first_id: str
    last_id: str


def window(thread: ThreadView) -> Window:
    """Return the rows of a long thread around its focus, all of a short one."""
    ids = [message.message_id for message in thread.messages]
    focus_id = thread.focus.message_id
    at = ids.index(focus_id) if focus_id in ids else 0
    start = max(0, min(at - MOST_MESSAGES // 2, len(ids) - MOST_MESSAGES))
    stop = min(len(ids), start + MOST_MESSAGES)
    shown = set(ids[start:stop])
    kept = [row for row in rows(thread) if row.message.message_id in shown]
    edges = (ids[start], ids[stop - 1]) if ids else ("", "")
    return Window(kept, start, len(ids) - stop, *edges)


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
