"""Where the brand's answer to a message stands, and what a person may do with it. Pure."""

from datetime import datetime
from typing import Any

from contracts.brands import BrandChanged
from contracts.replies import Draft
from language.wording.rules import Verdict
from services.gateway.domain import afterwards, approvals
from services.gateway.domain.inbox import Document, slot_name
from services.gateway.domain.networks import measure_of, private_until, rules_of, window_of
from services.gateway.domain.refusals import Refusal
from services.gateway.domain.views import ConsentGiven, ReplyState, ReplyView, WordingView

LONGEST_DRAFT = 20_000
RETRIABLE: frozenset[ReplyState] = frozenset(
    {"failed", "parked", "rejected", "published", "taken_back"}
)


_OUT = frozenset({"published", "taken_back"})


def slot_of(found: Document) -> tuple[int, Document]:
    """Return the current slot and what is known of it."""
    slot = found.get("slot") or 0
    record: Document = (found.get("slots") or {}).get(slot_name(slot)) or {}
    return slot, record


def reply_state(record: Document) -> ReplyState:
    """Say where the answer in a slot stands: what the network said weighs more than what we did."""
    if record.get("published"):
        is_gone = (record.get("removal") or {}).get("state") == "done"
        return "taken_back" if is_gone else "published"
    failed = record.get("failed")
    if failed:
        state: ReplyState = failed["state"]
        return state
    if record.get("approved"):
        return "scheduled" if record["approved"].get("send_at") else "approved"
    if record.get("rejected"):
        return "rejected"
    if (record.get("expired") or {}).get("fallback") == "holding":
        return "approved"
    drafted = record.get("drafted") or {}
    if drafted.get("approval") == "none" and drafted.get("drafts"):
        return "approved"
    return "drafted" if drafted.get("drafts") or record.get("text") else "none"


def text_of(record: Document) -> str:
    """Return the text being worked on: a person's saved edits, else the first proposal."""
    saved = record.get("text")
    if saved is not None:
        return str(saved)
    return proposal_of(record)


def proposal_of(record: Document, draft_id: str | None = None) -> str:
    """Return the proposal with this id, else the first; empty when there is none."""
    drafts: list[Document] = (record.get("drafted") or {}).get("drafts") or []
    named = [draft for draft in drafts if draft["draft_id"] == draft_id]
    return str((named or drafts)[0]["text"]) if drafts else ""


def refusal_of_text(
    network: str, kind: str, text: str, *, is_private: bool = False
) -> Refusal | None:
    """Say why this text cannot be published as an answer to an item of this kind."""
    title = rules_of(network).title
    if not rules_of(network).can_answer:
        return Refusal("reply.not_possible", f"Rapport cannot answer on {title}. Open it there.")
    if not text.strip():
        return Refusal("reply.empty", "There is no text to publish. Write an answer first.")
    measure = measure_of(network, kind, is_private=is_private)
    if not measure.fits(text):
        counted, limit = measure.length(text), measure.limit
        why = f"The text counts {counted} {measure.unit}; {title} takes {limit}. Shorten it."
        return Refusal("reply.too_long", why if counted > limit else _ALSO.format(title))
    return None


_ALSO = "The text is within the limit, but has more letters and signs than {} stores. Shorten it."


def refusal_of_way(
    content: Document, at: datetime | None, now: datetime, *, is_private: bool
) -> Refusal | None:
    """Say why the person cannot be written to in this way any more. `at`: when they wrote last.

    A private answer opens a window of its own, so it is bound by its own time only.
    """
    network, kind = content["network"], content["kind"]
    created_at = content.get("created_at") or at or now
    if is_private:
        until = private_until(network, kind, created_at, content.get("visibility"))
        if until is None:
            return Refusal("reply.private_not_possible", "This cannot be answered privately.")
        if until <= now:
            return Refusal("reply.private_too_late", "It is too old to be answered privately.")
        return None
    window = window_of(network, kind, at) if at is not None else None
    if window is not None and window.closes_at <= now:
        return Refusal("reply.window_closed", window.advice)
    return None


def refusal_of_private(found: Document) -> Refusal | None:
    """Say why no private answer can be opened: networks take one for each item."""
    for record in (found.get("slots") or {}).values():
        approved = record.get("approved") or {}
        is_over = (record.get("failed") or {}).get("state") == "failed" and not record.get(
            "published"
        )
        if approved.get("is_private") and not is_over:
            why = "It was answered by a private message already; networks take one for each."
            return Refusal("reply.private_repeated", why)
    return None


def refusal_of_release(found: Document, revision: int) -> Refusal | None:
    """Say why the answer in the current slot cannot be released, rejected or edited any more."""
    _, record = slot_of(found)
    state = reply_state(record)
    if found.get("is_deleted"):
        return Refusal("message.deleted", "The author deleted this message; nothing was sent.")
    if state not in {"none", "drafted"}:
        return Refusal(f"reply.already_{state}", _already(state, record))
    if found.get("revision", 0) != revision:
        who = found.get("revised_by") or "Somebody"
        why = f"{who} changed this answer{_when(found.get('revised_at'))}. Load it again to see it."
        return Refusal("reply.changed", why)
    return None


def refusal_of_second(found: Document) -> Refusal | None:
    """Say why this answer would be the second one: the one before arrived after all."""
    rival = rival_slot(found)
    if rival is None or not (found.get("slots") or {}).get(slot_name(rival), {}).get("published"):
        return None
    why = "The answer before this one was published after all. Nothing was sent; see the thread."
    return Refusal("reply.already_published", why)


def rival_slot(found: Document) -> int | None:
    """Return the slot before, when the current one was opened because that one seemed to fail.

    Should the network turn out to have its answer after all, another would be said twice.
    """
    slot, record = slot_of(found)
    return slot - 1 if record.get("after") in {"failed", "parked"} else None


def _already(state: ReplyState, record: Document) -> str:
    if state == "rejected":
        rejected = record["rejected"]
        return f"{rejected['by_name']} rejected this draft{_when(rejected['at'])}."
    approved = record.get("approved")
    if approved:
        who, at = approved["by_name"], approved["at"]
        return f"{who} released an answer{_when(at)}. Yours was not sent."
    published = record.get("published")
    if published:
        who, at = published["approved_by"]["name"], published["published_at"]
        return f"{who} released an answer, published{_when(at)}. Yours was not sent."
    return "The brand's rules released an answer. Yours was not sent."


def _when(at: datetime | None) -> str:
    return f" at {at:%H:%M:%S} UTC on {at:%d %B %Y}" if at else ""


def reply_view(
    found: Document,
    slot: int,
    brand: BrandChanged,
    role: str | None,
    verdict: Verdict | None = None,
) -> ReplyView:
    """Return the answer in a slot as somebody with this role sees it.

    `verdict` is what the brand's wording rules say about the text, where that was looked at.
    """
    record: Document = (found.get("slots") or {}).get(slot_name(slot)) or {}
    state = reply_state(record)
    drafted = record.get("drafted") or {}
    is_current = slot == (found.get("slot") or 0)
    can_release = is_current and state in {"none", "drafted"} and not found.get("is_deleted")
    is_routed = verdict is not None and bool(verdict.routes)
    asks = approvals.wanted(brand, found, record, is_routed=is_routed)
    text = text_of(record)
    standing = approvals.standing(found, record, asks, text)
    return ReplyView(
        state=state,
        reply_id=record.get("reply_id") or drafted.get("reply_id"),
        slot=slot,
        revision=found.get("revision", 0),
        drafts=[Draft.read(draft) for draft in drafted.get("drafts") or []],
        draft=text,
        abstained=drafted.get("abstained"),
        approval="agent" if asks == ("agent",) else "approver",
        may_release=can_release and standing.counts(role),
        may_retry=is_current and state in RETRIABLE,
        drafted_at=drafted.get("drafted_at"),
        drafted_by=record.get("text_by"),
        rejected_by=(record.get("rejected") or {}).get("by_name"),
        reasons=list(drafted.get("reasons") or []),
        is_private=bool((record.get("approved") or record).get("is_private")),
        **_proposal(state, record),
        **_outcome(state, record),
        **(_approval(standing) if can_release else _approved(record)),
        **afterwards.outlook(found.get("content") or {}, state, record, is_current=is_current),
        expired_at=(record.get("expired") or {}).get("at"),
        wording=_wording(verdict),
    )


def _approval(standing: approvals.Standing) -> dict[str, Any]:
    """Return whose yes is there and whose is missing, while the answer waits."""
    return {
        "needs": list(standing.needs),
        "consents": [ConsentGiven(c.person_id, c.name, c.role, c.at) for c in standing.consents],
        "missing": list(standing.missing),
        "voided": standing.voided,
        "expires_at": standing.expires_at,
    }


def _approved(record: Document) -> dict[str, Any]:
    """Return who let it go, all of them; and that it once expired."""
    given = (record.get("approved") or {}).get("consents") or []
    return {
        "consents": [ConsentGiven(c["person_id"], c["name"], c["role"], c["at"]) for c in given],
        "needs": list((record.get("approved") or {}).get("needs") or []),
    }


def _wording(verdict: Verdict | None) -> WordingView | None:
    if verdict is None:
        return None
    return WordingView(
        blocks=[(one.code, one.text) for one in verdict.blocks],
        routes=[(one.code, one.text) for one in verdict.routes],
        missing=list(verdict.missing),
    )


def _proposal(state: ReplyState, record: Document) -> dict[str, Any]:
    """Return who sent the draft for approval, while nothing was decided about it."""
    proposed = (record.get("proposed") or {}) if state in {"none", "drafted"} else {}
    return {
        "proposed_by": proposed.get("by_name"),
        "proposed_by_id": proposed.get("by"),
        "proposed_at": proposed.get("at"),
    }


def _outcome(state: ReplyState, record: Document) -> dict[str, Any]:
    approved = record.get("approved") or {}
    published = record.get("published") or {}
    failed = record.get("failed") or {} if state not in _OUT else {}
    by = approved.get("by_name") or (published.get("approved_by") or {}).get("name")
    reason = failed.get("reason") or (record.get("rejected") or {}).get("reason")
    return {
        "text": published.get("text") or approved.get("text"),
        "approved_by": by,
        "approved_at": approved.get("at"),
        "published_at": published.get("published_at"),
        "external_id": published.get("external_id"),
        "permalink": published.get("permalink"),
        "disclosure": published.get("disclosure"),
        "code": failed.get("code"),
        "reason": reason,
        "next_try_at": failed.get("next_try_at"),
        "attempts": published.get("attempts") or failed.get("attempts") or 0,
    }
