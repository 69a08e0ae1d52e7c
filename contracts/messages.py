"""What people wrote to a brand, and how it was understood. Payloads of the message topics."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload

Kind = Literal["post", "comment", "mention", "dm", "review", "reaction"]
Action = Literal["created", "edited", "deleted", "hidden", "unhidden"]
Visibility = Literal["public", "unlisted", "private", "direct"]
HEADS = (
    "language",
    "sentiment",
    "emotion",
    "offensive",
    "irony",
    "spam",
    "intent",
    "urgency",
    "needs_human",
)
Tier = Literal["fast", "accurate"]


class Media(Payload):
    """A picture, video or file. `url` may expire: never a permanent address."""

    type: str
    url: str | None = None
    id: str | None = None
    alt: str | None = None


class ItemFields(Payload):
    """The normalised form of one item of a network, the same for every network.

    `external_id` is the item's own id, also on edits and deletes. `created_at` is when the author
    wrote it, never the delivery time. `thread_root_id` is the post (comments) or the peer (messages).
    `title`: the subject of a mail, the headline of an article.
    `is_automatic`: a machine wrote it, or another app handles the conversation: never answered by itself.
    """

    network: str
    external_id: str
    kind: Kind
    action: Action
    author_handle: str | None = None
    author_id: str | None = None
    author_name: str | None = None
    text: str | None = None
    parent_external_id: str | None = None
    thread_root_id: str | None = None
    created_at: AwareDatetime | None = None
    edited_at: AwareDatetime | None = None
    is_own: bool = False
    media: list[Media] = Field(default_factory=list)
    visibility: Visibility | None = None
    permalink: str | None = None
    is_automatic: bool = False
    title: str | None = None


class Item(ItemFields):
    """What a connector reads out of a payload. `raw` is the untouched part of it.

    `account_id` names the account it was delivered to (null: the connection's own).
    `sent_at` is when the network says it sent this notice; it only orders edits without a time.
    """

    account_id: str | None = None
    sent_at: AwareDatetime | None = None
    raw: Any = None


class MessageReceived(ItemFields):
    """One item of a brand's community, with its place in Rapport.

    `version` orders the versions of one message: compare as text, the greater is the newer.
    `is_late` marks what back-fill found.
    """

    message_id: str
    thread_id: str
    connection_id: str
    version: str
    received_at: AwareDatetime
    is_late: bool = False


ReceiptState = Literal["sent", "delivered", "read", "failed"]


class ReceiptFields(Payload):
    """What a network says about a message of ours after it was taken.

    It names the message (`external_id`, or `our_key` when the network gives our own key back), or
    all messages to `peer` before `watermark_at`. `code` and `reason` say why it failed.
    """

    network: str
    state: ReceiptState
    external_id: str | None = None
    our_key: str | None = None
    peer: str | None = None
    watermark_at: AwareDatetime | None = None
    at: AwareDatetime | None = None
    code: str | None = None
    reason: str | None = None


class Receipt(ReceiptFields):
    """What a connector reads out of a payload; `account_id` as on `Item`."""

    account_id: str | None = None


class ReceiptReceived(ReceiptFields):
    """A receipt with its place in Rapport."""

    receipt_id: str
    brand_id: str
    connection_id: str
    received_at: AwareDatetime


class Head(Payload):
    """One answer of the model: the label and the probability of every label (sums to 1)."""

    label: str
    p: dict[str, float]


class Reason(Payload):
    """A stretch of the original text (character offsets) and what it added to the head's logit."""

    head: str
    text: str
    start: int
    end: int
    weight: float


class Labels(Payload):
    """How a message was understood, by which model, and why.

    `tier`: which of the two models decided. `unsure`: the heads whose label is less probable than the
    brand asks for; such a label is a guess that a person should look at.
    """

    model: str
    language: Head
    sentiment: Head
    intent: Head
    urgency: Head
    needs_human: Head
    emotion: Head | None = None
    offensive: Head | None = None
    irony: Head | None = None
    spam: Head | None = None
    tier: Tier = "fast"
    unsure: list[str] = Field(default_factory=list)
    reasons: list[Reason] = Field(default_factory=list)
    rules: list[str] = Field(default_factory=list)


class MessageClassified(Payload):
    """A message and its labels. Labels are null where there is nothing to understand:
    deletes, hides, the brand's own messages and messages without text."""

    message: MessageReceived
    labels: Labels | None = None
    priority: int = Field(default=0, ge=0, le=100)
