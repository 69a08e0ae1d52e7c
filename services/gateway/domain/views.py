"""What a page or the API shows of the inbox: plain read models, built by the store, drawn by routes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.brands import ModelUse, Policy, Understanding, Voice, WordingRules
from contracts.messages import Labels, Media
from contracts.moderation import Act
from contracts.replies import Draft
from contracts.scope import AgencyScope

ReplyState = Literal[
    "none", "drafted", "approved", "scheduled", "rejected", "waiting", "unknown", "published",
    "failed", "parked", "taken_back",
]  # fmt: skip
ItemState = Literal["open", "answered", "done"]
Role = Literal["owner", "lead", "agent", "approver", "client_approver", "auditor"]


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand as it is drawn: chip and composer banner."""

    brand_id: str
    name: str
    initials: str
    colour: str
    mode: str
    is_automatic_stopped: bool


@dataclass(frozen=True, slots=True)
class BrandDetail:
    """A brand with its rules and its voice. `revision` is what a change must name."""

    brand: BrandView
    agency_id: str
    languages: list[str]
    policy: Policy
    voice: Voice
    revision: int
    changed_at: datetime
    channels: dict[str, Policy] = field(default_factory=dict)
    wording: WordingRules = field(default_factory=WordingRules)
    assistant: ModelUse | None = None
    understanding: Understanding = field(default_factory=Understanding)


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """The brand's account at the network."""

    connection_id: str
    network: str
    name: str
    handle: str | None
    state: str
    reason: str | None
    brand_id: str = ""
    has_template: bool = False


@dataclass(frozen=True, slots=True)
class ActView:
    """The last act of its family on a message. waiting: asked for; done, failed, parked: settled.

    `why` is the network's reason for a failure, `undo` the act that takes this one back.
    """

    act: Act
    moderation_id: str
    state: str
    reason: str
    by_name: str
    at: datetime
    settled_at: datetime | None = None
    code: str | None = None
    why: str | None = None
    undo: Act | None = None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What the network said last about an answer: sent, delivered, read or failed."""

    state: str
    at: datetime | None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WindowView:
    """Until when the person may be written to: by a person, and automatically."""

    last_from_person_at: datetime
    closes_at: datetime
    automatic_closes_at: datetime
    code: str
    advice: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """Somebody's yes to the answer as it stands, and the role they had then."""

    person_id: str
    name: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WordingView:
    """What the brand's wording rules say about the text: (code, phrase) of what cannot leave or needs
    an approver, and the words that must be added."""

    blocks: list[tuple[str, str]] = field(default_factory=list)
    routes: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReplyView:
    """Where the brand's answer to a message stands, and who may do what with it.

    `draft` is the text being worked on (a person's saved edits, else the first proposal).
    `approval` says who may release it; `may_release` whether this viewer may.
    `revision` is what every change must name: it grows with each thing a person does to the reply.
    `may_retry` says that the next slot may be opened (after failed, parked, rejected, published).
    `send_at`: it leaves then; `recalled_by` took it back, if it had not left. `replaces`: the id of the
    answer whose place it takes. `removal`: our answer was asked to be deleted at the network.
    `reasons` are the policy's codes. `proposed_by` sent the draft as it stands for approval.
    `needs` are the consents that the brand's rules ask for, `consents` those given to this very text,
    `missing` those still needed; `voided` says why an earlier yes no longer counts, `expires_at` when
    it gives up waiting. `expired_at`: it did, and a lead must look. `wording`: null in lists.
    `disclosure`: the sentence in what was sent that says that no person wrote it.
    """

    state: ReplyState
    reply_id: str | None
    slot: int
    revision: int
    drafts: list[Draft]
    draft: str
    abstained: str | None
    approval: str
    may_release: bool
    text: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    published_at: datetime | None = None
    external_id: str | None = None
    permalink: str | None = None
    code: str | None = None
    reason: str | None = None
    next_try_at: datetime | None = None
    attempts: int = 0
    drafted_by: str | None = None
    drafted_at: datetime | None = None
    rejected_by: str | None = None
    may_retry: bool = False
    reasons: list[str] = field(default_factory=list)
    proposed_by: str | None = None
    proposed_by_id: str | None = None
    proposed_at: datetime | None = None
    is_private: bool = False
    receipt: ReceiptView | None = None
    send_at: datetime | None = None
    cancels_on_reply: bool = False
    recalled_by: str | None = None
    replaces: str | None = None
    may_recall: bool = False
    may_amend: bool = False
    may_take_back: bool = False
    removal: ActView | None = None
    needs: list[str] = field(default_factory=list)
    consents: list[ConsentGiven] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    voided: str | None = None
    expires_at: datetime | None = None
    expired_at: datetime | None = None
    wording: WordingView | None = None
    disclosure: str | None = None


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message, in the queue or in its thread.

    `depth` is its place in the thread's tree (0 hangs on the post). `earlier` are the answers of
    slots before the current one. `mine` is the name of who claimed it, `mine_id` the person's id.
    `version` names the version of the text that is shown. `may_act` lists what can be done to it at
    the network, `deleted_by` who of the brand had it deleted there.
    """

    message_id: str
    thread_id: str
    brand: BrandView
    connection: ConnectionView
    network: str
    kind: str
    external_id: str
    parent_external_id: str | None
    author_handle: str | None
    author_name: str | None
    text: str | None
    media: list[Media]
    visibility: str | None
    permalink: str | None
    created_at: datetime
    received_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    is_hidden: bool
    is_late: bool
    is_own: bool
    labels: Labels | None
    priority: int
    state: ItemState
    is_unread: bool
    mine: str | None
    reply: ReplyView
    mine_id: str | None = None
    depth: int = 0
    version: str = ""
    earlier: list[ReplyView] = field(default_factory=list)
    author_id: str | None = None
    is_automatic: bool = False
    acts: list[ActView] = field(default_factory=list)
    may_act: list[Act] = field(default_factory=list)
    deleted_by: str | None = None
    case_id: str | None = None
    corrected: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkedView:
    """The other side of a case: the public message, or the private conversation it was taken to."""

    message_id: str
    thread_id: str
    network: str
    is_private: bool
    author_name: str | None


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A post or conversation with its messages in tree order (each after its parent, else oldest
    first), and the one that is looked at. `post` is not among the messages.

    `window`: until when the person may be written to. `private_until`: until when the message may be
    answered by a private one. Both null where the network has no such rule.
    """

    thread_id: str
    brand: BrandView
    connection: ConnectionView
    network: str
    post: MessageView | None
    messages: list[MessageView]
    focus: MessageView
    window: WindowView | None = None
    private_until: datetime | None = None
    can_answer: bool = True
    case_id: str | None = None
    linked: list[LinkedView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A keyset page of the queue. `next_key` asks for the page after it, None at the end."""

    items: list[MessageView]
    next_key: str | None
    open_count: int


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which items, in which order. Empty means all the viewer may see."""

    brand_ids: frozenset[str] = frozenset()
    state: ItemState | Literal["all"] = "open"
    intent: str | None = None
    network: str | None = None
    sort: Literal["priority", "newest"] = "priority"
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """Somebody, or a key for a machine, who may see brands of ours: their roles for those only."""

    name: str
    email: str
    roles: dict[str, Role]
    is_active: bool = True
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person: which brands, in which roles."""

    person_id: str
    name: str
    email: str
    agency_id: str
    roles: dict[str, Role] = field(default_factory=dict)

    @property
    def scope(self) -> AgencyScope:
        """Return what this person may see: the first argument of every store method."""
        return AgencyScope(self.agency_id, frozenset(self.roles))

    def may_release(self, brand_id: str, approval: str) -> bool:
        """Say whether this person may let a reply of the brand go."""
        role = self.roles.get(brand_id)
        if approval == "approver":
            return role in {"owner", "lead", "approver", "client_approver"}
        return role in {"owner", "lead", "agent", "approver"}

    def may_write(self, brand_id: str) -> bool:
        """Say whether this person may edit drafts of the brand."""
        return self.roles.get(brand_id) in {"owner", "lead", "agent", "approver", "client_approver"}

    def may_moderate(self, brand_id: str) -> bool:
        """Say whether this person may hide, delete or like what people wrote to the brand."""
        return self.roles.get(brand_id) in {"owner", "lead", "agent", "approver"}

    def may_manage(self, brand_id: str) -> bool:
        """Say whether this person may change the brand's rules and accounts."""
        return self.roles.get(brand_id) in {"owner", "lead"}
