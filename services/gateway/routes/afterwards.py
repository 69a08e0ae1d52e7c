"""What a person does on a page with an answer that was let go: recall it, change it, delete it, hand over."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import get_args

from starlette.datastructures import FormData

from contracts.brands import Hours
from runtime.errors import Invalid
from services.gateway.deps import Deps, Release
from services.gateway.domain import timing
from services.gateway.domain.views import Viewer

LONGEST_REASON = 300
Act = Callable[[Deps, Viewer, str, FormData], Awaitable[str | None]]


async def recall(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    """Take back what has not left."""
    await deps.replies.recall(viewer.scope, viewer, message_id, revision_of(form))
    return None


async def amend(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    """Begin to change what is out."""
    await deps.replies.amend(viewer.scope, viewer, message_id, revision_of(form))
    return "Change the text; it takes the place of what is out."


async def take_back(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    """Have our answer deleted at its network."""
    reason = str(form.get("reason", ""))[:LONGEST_REASON]
    revision = revision_of(form)
    await deps.replies.take_back(viewer.scope, viewer, message_id, reason, revision)
    return None


async def handover(deps: Deps, viewer: Viewer, message_id: str, form: FormData) -> str | None:
    """Answer in public and by a private message."""
    private = text_of(form, "private_text")
    release = Release(text_of(form, "text"), revision_of(form), _named(form, "draft_id"))
    await deps.replies.handover(viewer.scope, viewer, message_id, release, private)
    return None


AFTERWARDS: dict[str, Act] = {
    "recall": recall, "amend": amend, "take-back": take_back, "handover": handover,
}  # fmt: skip


def release_of(form: FormData, hours: Hours | None, now: datetime) -> Release:
    """Return the release that a form asks for; `when` says when it leaves. Raises `Invalid`."""
    when = _named(form, "when") or "now"
    typed = str(form.get("send_at", "")).strip()
    try:
        if when not in get_args(timing.When):
            raise ValueError(when)
        send_at = timing.moment(when, hours, now, typed)  # type: ignore[arg-type]
    except ValueError as error:
        why = "Choose a time; the brand may have no opening hours in its rules."
        raise Invalid("reply.time_unread", why) from error
    is_private = form.get("is_private") == "yes"
    cancels = send_at is not None and form.get("keeps_on_reply") != "yes"
    text, revision, draft_id = text_of(form, "text"), revision_of(form), _named(form, "draft_id")
    return Release(text, revision, draft_id, is_private, send_at, cancels)


def text_of(form: FormData, name: str) -> str:
    """Return a text. A browser sends line ends as CRLF; networks count and show LF."""
    return str(form.get(name, "")).replace("\r\n", "\n").replace("\r", "\n").strip()


def revision_of(form: FormData) -> int:
    """Return the revision that the person looked at. Raises `Invalid`."""
    try:
        return int(str(form.get("revision", "")).strip())
    except ValueError:
        raise Invalid("revision.invalid", "Load the page again; nothing was changed.") from None


def _named(form: FormData, name: str) -> str | None:
    return str(form.get(name, "")).strip() or None
