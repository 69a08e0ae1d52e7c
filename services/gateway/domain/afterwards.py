"""What can be done with an answer after it was let go: take it back, change it, delete it. Pure."""

from collections.abc import Mapping
from typing import Any

from contracts.messages import Kind
from services.gateway.domain.inbox import Document
from services.gateway.domain.networks import acts_for_own, rules_of
from services.gateway.domain.refusals import Refusal
from services.gateway.domain.views import ActView, ReplyState

RECALLABLE: frozenset[ReplyState] = frozenset({"approved", "scheduled", "waiting"})
_STANDING = frozenset({"waiting", "done"})


def refusal_of_recall(state: ReplyState, record: Document) -> Refusal | None:
    """Say why an answer cannot be taken back any more."""
    if record.get("recall"):
        who = record["recall"]["by_name"]
        return Refusal("reply.already_recalled", f"{who} takes it back already.")
    if state not in RECALLABLE:
        return Refusal(
            "reply.not_waiting", "It is not waiting to leave, so nothing can be recalled."
        )
    return None


def refusal_of_change(content: Document, state: ReplyState, record: Document) -> Refusal | None:
    """Say why the text of an answer that is out cannot be changed."""
    title, kind = rules_of(content["network"]).title, content["kind"]
    if state != "published" or _is_leaving(record):
        return Refusal("reply.not_out", "There is no published answer to change.")
    if kind not in rules_of(content["network"]).can_amend:
        return Refusal(
            "reply.cannot_change",
            f"{title} has no way to change an answer. Delete it and write again.",
        )
    if _is_aside(kind, record):
        return Refusal("reply.cannot_change", "A private message cannot be changed once it is out.")
    return None


def refusal_of_removal(content: Document, state: ReplyState, record: Document) -> Refusal | None:
    """Say why our answer cannot be deleted at its network."""
    title = rules_of(content["network"]).title
    if state != "published":
        return Refusal("reply.not_out", "There is no published answer to delete.")
    if _is_leaving(record):
        return Refusal("moderation.stands", "It is being deleted already.")
    if "delete" not in acts_for_own(content["network"]):
        return Refusal("moderation.unsupported", f"{title} has no way to delete what was sent.")
    return None


def outlook(
    content: Document, state: ReplyState, record: Document, *, is_current: bool
) -> dict[str, Any]:
    """Return the fields of a `ReplyView` that say when it leaves and what can still be done."""
    approved, removal = record.get("approved") or {}, record.get("removal")
    is_known = is_current and "network" in content
    return {
        "send_at": approved.get("send_at"),
        "cancels_on_reply": bool(approved.get("cancels_on_reply")),
        "recalled_by": (record.get("recall") or {}).get("by_name"),
        "replaces": record.get("replaces"),
        "may_recall": is_known and refusal_of_recall(state, record) is None,
        "may_amend": is_known and refusal_of_change(content, state, record) is None,
        "may_take_back": "network" in content
        and refusal_of_removal(content, state, record) is None,
        "removal": _act(removal) if removal else None,
    }


def _act(record: Mapping[str, Any]) -> ActView:
    told: dict[str, Any] = {name: record.get(name) for name in ActView.__dataclass_fields__}
    return ActView(**told | {"undo": None})


def _is_leaving(record: Document) -> bool:
    return (record.get("removal") or {}).get("state") in _STANDING


def _is_aside(kind: Kind, record: Document) -> bool:
    """Say whether it was a private answer to a public item: a message of another kind than its item."""
    return kind != "dm" and bool((record.get("approved") or {}).get("is_private"))
