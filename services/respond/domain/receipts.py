"""What a network's receipt changes about an answer, in whatever order they arrive. Pure."""

from datetime import datetime

from contracts.messages import ReceiptFields
from services.respond.domain import publication as life
from services.respond.domain.publication import Publication, State


def hear(before: Publication, receipt: ReceiptFields, now: datetime) -> Publication | None:
    """Return the next step, or None when the receipt tells nothing new.

    The receipt is about this answer: it names its key or its id. One about an id that is already
    noted says nothing of a later call, which gets an id of its own.
    """
    if before.attempts == 0 or before.state is State.REJECTED:
        return None
    is_known_id = receipt.external_id is not None and receipt.external_id == before.external_id
    if receipt.state == "failed":
        return _failed(before, receipt, is_known_id=is_known_id)
    if before.state is State.PUBLISHED or is_known_id or receipt.external_id is None:
        return None
    return life.publish(before, now, receipt.external_id, None, "found")


def _failed(
    before: Publication, receipt: ReceiptFields, *, is_known_id: bool
) -> Publication | None:
    if before.state is State.PUBLISHED:
        is_about_this = is_known_id or receipt.external_id is None
        return life.undeliver(before, why_undelivered(receipt), None) if is_about_this else None
    if before.state is State.FAILED or is_known_id:
        return None
    return life.undeliver(before, why_undelivered(receipt), receipt.external_id)


def why_undelivered(receipt: ReceiptFields) -> tuple[str, str]:
    """Return our code, and the network's own words for the person."""
    said = receipt.reason or "the network gives no reason"
    return "publish.undelivered", f"{said} ({receipt.code})" if receipt.code else said
