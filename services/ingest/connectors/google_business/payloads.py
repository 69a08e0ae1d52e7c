"""Google Business reviews to normalised items: the review, and the answer inside it. Notices only say what to read."""

from functools import partial
from typing import Any

from pydantic import Field

from contracts.messages import Item, Receipt
from contracts.networks.google_business import reply_id
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading, listed, nested, read_payload, unknown

NETWORK = "google_business"
VANISHED = "rapport#vanished"
"""Kind of the page that our own reader writes about reviews and answers which are no longer there."""

_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"
_REJECTED = "REJECTED"


class Reviewer(Model):
    """Who wrote a review; may be anonymous."""

    name: Text = Field(None, alias="displayName")
    is_anonymous: bool | None = Field(None, alias="isAnonymous")


class Review(Model):
    """A review. Times have nanoseconds; a later update is an edit."""

    id: Id = Field(None, alias="reviewId")
    name: Id = None
    comment: Text = None
    created_at: Time = Field(None, alias="createTime")
    updated_at: Time = Field(None, alias="updateTime")


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a page of reviews, one review, or the push that says there is one. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def original(text: str | None) -> str | None:
    """Return what the person wrote, without the translation the network puts beside it."""
    if text is None or _TRANSLATED not in text:
        return text
    if _ORIGINAL in text:
        return text.split(_ORIGINAL, 1)[1].strip() or None
    # The other form: the original first, its translation behind.
    return text.split(_TRANSLATED, 1)[0].strip() or text


def _read(reading: Reading, part: Part) -> None:
    if part.get("kind") == VANISHED:
        reading.each(part.get("reviews"), partial(_read_vanished, reading))
    elif (page := listed(part, "reviews", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif part.keys() & {"reviewId", "starRating"}:
        _read_review(reading, part)
    elif "data" in nested(part, "message"):
        # A push names the review and holds nothing of it.
        reading.ignore("push")
    elif part.keys() & {"averageRating", "totalReviewCount"}:
        # A place without reviews has no list.
        return
    else:
        raise unknown(NETWORK, part)


def _read_review(reading: Reading, part: Part) -> None:
    review = read_part(Review, part, "google_business.review")
    review_id = review.id or (review.name.rsplit("/", 1)[-1] if review.name else None)
    reviewer = read_part(Reviewer, nested(part, "reviewer"), "google_business.reviewer")
    is_edited = bool(
        review.updated_at and review.created_at and review.updated_at > review.created_at
    )
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": review_id,
        "kind": "review",
        "action": "edited" if is_edited else "created",
        "author_name": None if reviewer.is_anonymous else reviewer.name,
        "text": original(review.comment),
        "thread_root_id": review_id,
        "created_at": review.created_at,
        "edited_at": review.updated_at if is_edited else None,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "google_business.review"))
    if isinstance(part.get("reviewReply"), dict) and review_id:
        reading.each(part["reviewReply"], partial(_read_reply, reading, review_id))


def _read_reply(reading: Reading, review_id: str, part: Part) -> None:
    """Read the brand's answer: there is one at most, and it has no id of its own."""
    reply = read_part(Review, part, "google_business.reply")
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": reply_id(review_id),
        "kind": "comment",
        "action": "created",
        "text": reply.comment,
        "parent_external_id": review_id,
        "thread_root_id": review_id,
        # Writing an answer again replaces it: this is when its words were written.
        "created_at": reply.updated_at,
        "is_own": True,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "google_business.reply"))
    if _REJECTED in (part.get("reviewReplyState"), part.get("state")):
        reading.out.receipts.append(
            Receipt(
                network=NETWORK,
                state="failed",
                external_id=reply_id(review_id),
                at=reply.updated_at,
                code="google_business.reply_rejected",
                reason="Google rejected the answer for its policy",
            )
        )


def _read_vanished(reading: Reading, part: Part) -> None:
    """Read what our reader missed: a review with its answer, or the answer alone."""
    gone = read_part(Review, part, "google_business.review")
    is_reply = "reviewReply" in part
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": reply_id(gone.id) if is_reply and gone.id else gone.id,
        "kind": "comment" if is_reply else "review",
        "action": "deleted",
        "parent_external_id": gone.id if is_reply else None,
        "thread_root_id": gone.id,
        "is_own": is_reply,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "google_business.review"))
