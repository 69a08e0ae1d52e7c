"""A thread as a tree: each message after its parent, and our own answers shown once. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from services.gateway.domain.views import MessageView

DEEPEST = 6


def arranged(found: Sequence[MessageView]) -> tuple[MessageView | None, list[MessageView]]:
    """Return the post and the messages in tree order. `found` is oldest first."""
    post = next((one for one in found if one.kind == "post"), None)
    answers = {
        reply.external_id
        for one in found
        for reply in (one.reply, *one.earlier)
        if reply.external_id
    }
    shown = [one for one in found if one is not post and not _is_echo(one, answers)]
    known = {one.external_id for one in shown}
    children: dict[str | None, list[MessageView]] = {}
    for one in shown:
        parent = one.parent_external_id
        hangs_on = parent if parent in known and parent != one.external_id else None
        children.setdefault(hangs_on, []).append(one)
    ordered = _walk(children)
    # A loop of parents hangs on nothing: its messages are shown at the end, never dropped.
    placed = {one.message_id for one in ordered}
    return post, [*ordered, *(one for one in shown if one.message_id not in placed)]


def focused(
    messages: Sequence[MessageView], post: MessageView | None, focus: str | None
) -> MessageView | None:
    """Return the message to look at: the named one, else the newest open, else the newest.

    None when there is nothing, or the named one is not in the thread.
    """
    candidates = [*messages, *([post] if post else [])]
    if focus is not None:
        return next((one for one in candidates if one.message_id == focus), None)
    newest = sorted(
        candidates, key=lambda one: (one.state == "open", one.kind != "post", one.created_at)
    )
    return newest[-1] if newest else None


def _is_echo(one: MessageView, answers: set[str]) -> bool:
    return one.is_own and one.external_id in answers


def _walk(children: dict[str | None, list[MessageView]]) -> list[MessageView]:
    ordered: list[MessageView] = []
    waiting = [(one, 0) for one in reversed(children.get(None, []))]
    while waiting:
        one, depth = waiting.pop()
        ordered.append(replace(one, depth=min(depth, DEEPEST)))
        below = children.get(one.external_id, [])
        waiting.extend((child, depth + 1) for child in reversed(below))
    return ordered
