"""What networks say about answers of ours after they took them: only ever further, never back. Pure."""

from collections.abc import Sequence
from datetime import datetime

from contracts.ids import derive
from contracts.messages import ReceiptReceived
from services.gateway.domain.inbox import Document
from services.gateway.domain.views import ReceiptView

# A message that was delivered did not fail, whatever came before.
RANKS = {"sent": 1, "failed": 2, "delivered": 3, "read": 4}
STATES = {rank: state for state, rank in RANKS.items()}


def receipt_key(connection_id: str, kind: str, value: str) -> str:
    """Return the id of what is known about one answer, our own key, or one peer."""
    return derive("rcp", connection_id, kind, value)


def keys_of(receipt: ReceiptReceived) -> list[str]:
    """Return the records that a receipt adds to."""
    named = {"id": receipt.external_id, "key": receipt.our_key}
    found = [receipt_key(receipt.connection_id, kind, v) for kind, v in named.items() if v]
    if receipt.peer and receipt.watermark_at:
        found.append(receipt_key(receipt.connection_id, "peer", receipt.peer))
    return found


def receipt_of(found: Sequence[Document], published_at: datetime | None) -> ReceiptView | None:
    """Return the furthest that any of the records says about an answer; None when they say nothing."""
    best: ReceiptView | None = None
    for record in found:
        view = _by_mark(record, published_at) if "marks" in record else _by_name(record)
        if view and (best is None or RANKS[view.state] > RANKS[best.state]):
            best = view
    return best


def _by_name(record: Document) -> ReceiptView | None:
    state = STATES.get(record.get("rank", 0))
    if state is None:
        return None
    at = (record.get("at") or {}).get(state)
    failed = record.get("failed") or {} if state == "failed" else {}
    return ReceiptView(state, at, failed.get("code"), failed.get("reason"))


def _by_mark(record: Document, published_at: datetime | None) -> ReceiptView | None:
    marks: dict[str, datetime] = record["marks"]
    passed = [s for s, mark in marks.items() if published_at is not None and mark >= published_at]
    if not passed:
        return None
    state = max(passed, key=lambda one: RANKS[one])
    return ReceiptView(state, marks[state])
