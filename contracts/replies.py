"""The brand's answer to a message, from draft to receipt. Payloads of the reply topics."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.brands import Fallback, Mode
from contracts.envelope import Payload

Approval = Literal["agent", "approver", "none"]


class Source(Payload):
    """What a draft was built from."""

    kind: Literal["fact", "phrase", "saved", "hours", "policy"]
    id: str
    title: str


class Assist(Payload):
    """The call of a language model that a draft came from: what was asked, and what it cost."""

    model: str
    prompt: str
    tokens_in: int
    tokens_out: int
    cost: float
    currency: str
    seconds: float


class Draft(Payload):
    """One proposed text in the author's language, with its sources."""

    draft_id: str
    text: str
    language: str
    sources: list[Source] = Field(default_factory=list)
    assist: Assist | None = None


class ReplyTarget(Payload):
    """Which message is answered, as whom and in which slot. Slot 0 is the first answer."""

    reply_id: str
    message_id: str
    thread_id: str
    brand_id: str
    connection_id: str
    network: str
    slot: int = Field(default=0, ge=0)


class ReplyDrafted(ReplyTarget):
    """A draft, or the reason why there is none and a person must write.

    `approval` says who may release it: an agent, an approver, or nobody needs to (automatic).
    `reasons` are the stable codes of that decision, such as `policy.suggest` or `automatic.link`.
    """

    message_version: str
    mode: Mode
    approval: Approval
    drafts: list[Draft] = Field(default_factory=list)
    abstained: str | None = None
    reasons: list[str] = Field(default_factory=list)
    drafted_at: AwareDatetime


class Approver(Payload):
    """Who let a reply go: a person, or the brand's policy."""

    kind: Literal["person", "policy"]
    id: str
    name: str


class Consent(Payload):
    """One person's yes to one text, in the role they had for the brand at that moment."""

    person_id: str
    name: str
    role: str
    at: AwareDatetime


class Seal(Payload):
    """The gateway's signature: Ed25519 (RFC 8032) in base64 over `contracts.approval.sealed_bytes`."""

    key_id: str
    signature: str


class ReplyApproved(ReplyTarget):
    """A reply that shall be published as it stands here.

    `is_private`: it answers a public item by a private message, where the network can.
    `send_at`: it leaves then and not before; null: at once. `expires_at`: later it may not leave.
    `replaces`: it takes the place of our answer with this id at the network.
    `cancels_on_reply`: it does not leave when the author writes again before.
    The publisher lets it go only with a valid `seal` and the consents that the brand's rules ask for;
    `brand_revision` says which rules the gateway knew, `message_version` what was answered.
    """

    text: str
    is_private: bool = False
    send_at: AwareDatetime | None = None
    draft_id: str | None = None
    is_edited: bool = False
    approved_by: Approver
    approved_at: AwareDatetime
    consents: list[Consent] = Field(default_factory=list)
    message_version: str | None = None
    brand_revision: int = 0
    expires_at: AwareDatetime | None = None
    replaces: str | None = None
    cancels_on_reply: bool = False
    seal: Seal | None = None


class ReplyRejected(ReplyTarget):
    """A person decided that this draft shall not be sent.

    `is_recall`: it was released before, and is taken back if it has not left. Whether it has is told
    by `reply.failed` (code `reply.recalled`) or `reply.published`.
    """

    is_recall: bool = False
    reason: str
    rejected_by: Approver
    rejected_at: AwareDatetime


class ReplyExpired(ReplyTarget):
    """Nobody said yes in time, and the brand wants its holding reply to stand in.

    Nothing of the answer that waited is said; the publisher words the holding reply by the brand's
    own phrases. It is sealed as approvals are, and good until `expires_at`.
    """

    fallback: Fallback
    message_version: str | None = None
    brand_revision: int = 0
    expired_at: AwareDatetime
    expires_at: AwareDatetime
    seal: Seal | None = None


class ReplyPublished(ReplyTarget):
    """The receipt. `found` means that the network had it although its answer was lost.

    `disclosure`: the sentence in it that says that no person wrote this; null where a person let it go.
    """

    external_id: str
    permalink: str | None = None
    text: str
    approved_by: Approver
    published_at: AwareDatetime
    attempts: int
    how: Literal["sent", "found"]
    disclosure: str | None = None


FailureState = Literal["waiting", "unknown", "failed", "parked"]


class ReplyFailed(ReplyTarget):
    """An attempt that did not end in a receipt.

    waiting: tried again at `next_try_at`. unknown: sent, but the answer was lost; it is looked for.
    failed: the network refused for good. parked: a person decides what happened.
    """

    state: FailureState
    code: str
    reason: str
    attempts: int
    next_try_at: AwareDatetime | None = None
    failed_at: AwareDatetime
    revision: int
