"""What the routes (pages and API) are given: the ports of the gateway and one bundle of them.

The adapters are in store/, auth.py and live.py; app.py puts them together.
"""

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fastapi import Request, Response

from contracts.brands import ModelUse, Need, Policy, Understanding, Voice, WordingRules
from contracts.scope import AgencyScope
from runtime.clock import Clock
from services.gateway.domain.asking import AskCard
from services.gateway.domain.views import (
    BrandDetail,
    BrandView,
    ColleagueView,
    ConnectionView,
    MessageView,
    QueueFilter,
    QueuePage,
    ThreadView,
    Viewer,
)
from services.gateway.knowledge_ports import Knowledge, Life
from services.gateway.label_ports import Corrections, Relabels
from services.gateway.ports import Accounts, Connecting, Identity, Moderation
from services.gateway.promise_ports import Promises
from services.gateway.settings import GatewaySettings
from services.gateway.storm_ports import Storms


class Inbox(Protocol):
    """Reads of the inbox. What lies outside the scope raises the same `NotFound` as nothing."""

    async def queue(
        self, scope: AgencyScope, viewer: Viewer, ask: QueueFilter, after: str | None = None
    ) -> QueuePage:
        """Return 50 items. `after` is a page's `next_key`; raises `Invalid` for any other text."""
        ...

    async def thread(
        self, scope: AgencyScope, viewer: Viewer, thread_id: str, focus: str | None = None
    ) -> ThreadView:
        """Return a thread; the focus is the named message, else the newest open one, else the newest."""
        ...

    async def message(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> MessageView:
        """Return one message."""
        ...


class Items(Protocol):
    """What a person does with an item, apart from answering it."""

    async def mark_read(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Note that this person has seen the message."""
        ...

    async def claim(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Make it the viewer's. Raises `Conflict` naming who has it."""
        ...

    async def release(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Give it back (the viewer's own, or anybody's for a lead). Raises `Conflict`."""
        ...

    async def close(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Set it aside as done."""
        ...

    async def reopen(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> None:
        """Put it back into the open queue. Raises `Conflict` for a deleted message."""
        ...


@dataclass(frozen=True, slots=True)
class Release:
    """The answer a person lets go, and the `ReplyView.revision` they looked at.

    `is_private`: it answers a public item by a private message. `send_at`: it leaves then; null: at
    once. `cancels_on_reply`: it does not leave when the author writes again before.
    """

    text: str
    revision: int
    draft_id: str | None = None
    is_private: bool = False
    send_at: datetime | None = None
    cancels_on_reply: bool = False


class Replies(Protocol):
    """The brand's answer in a person's hands. All raise `NotFound`, `Forbidden` (wrong role) and
    `Conflict` (somebody else was first: the sentence names who and when)."""

    async def save_draft(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, text: str, revision: int
    ) -> int:
        """Keep the text being worked on; return the new revision. A changed text is no longer
        proposed."""
        ...

    async def propose(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> int:
        """Send this text for approval; return the new revision. Raises `Invalid` as `approve`."""
        ...

    async def approve(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release
    ) -> tuple[Need, ...]:
        """Say yes; with the last yes that the brand's rules ask for the answer goes, once. Return whose
        yes is still missing. Raises `Invalid` for a text or a way the network or the brand's wording
        rules do not take, `Forbidden` for who cannot bring it nearer."""
        ...

    async def reject(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> None:
        """Decide that the draft is not sent."""
        ...

    async def retry(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Open the next slot, with the failed text as its draft; return the new revision."""
        ...

    async def recall(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Take back what has not left; respond says whether it had. Return the new revision."""
        ...

    async def amend(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, revision: int
    ) -> int:
        """Open the next slot with the published text, to take its place; return the new revision.
        Raises `Invalid` where the network cannot change what is out."""
        ...

    async def take_back(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, reason: str, revision: int
    ) -> int:
        """Ask for our published answer to be deleted at its network; return the new revision."""
        ...

    async def handover(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, release: Release, private: str
    ) -> str:
        """Answer in public and by a private message, as one case; return its id. Both texts must be
        ones that this person can let go alone."""
        ...


@dataclass(frozen=True, slots=True)
class BrandChange:
    """What changes about a brand; None stays. `revision` is the one the person looked at."""

    revision: int
    name: str | None = None
    colour: str | None = None
    languages: list[str] | None = None
    policy: Policy | None = None
    voice: Voice | None = None
    channels: dict[str, Policy] | None = None
    wording: WordingRules | None = None
    assistant: ModelUse | None = None
    understanding: Understanding | None = None


class Brands(Protocol):
    """Brands, their rules and their accounts."""

    async def views(self, scope: AgencyScope) -> list[BrandView]:
        """Return the brands of the scope by name."""
        ...

    async def get(self, scope: AgencyScope, brand_id: str) -> BrandDetail:
        """Return one brand whole. Raises `NotFound`."""
        ...

    async def change(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, change: BrandChange
    ) -> BrandDetail:
        """Change a brand and announce it. Raises `NotFound`, `Forbidden`, `Conflict`."""
        ...

    async def connections(self, scope: AgencyScope) -> list[ConnectionView]:
        """Return the accounts of the scope's brands."""
        ...

    async def last_seen(self, scope: AgencyScope, brand_id: str) -> dict[str, datetime]:
        """Return when each account's newest item arrived, by connection id; only of late."""
        ...


class Brakes(Protocol):
    """The switch that stops all automatic answers."""

    async def brake(
        self,
        scope: AgencyScope,
        viewer: Viewer,
        *,
        is_stopped: bool,
        brand_ids: Collection[str] | None = None,
    ) -> list[str]:
        """Stop these brands' automatic answers, or let them go again; none named: all that the viewer
        leads. Return them. Raises `NotFound`, `Forbidden`."""
        ...


class Asks(Protocol):
    """What the link in a mail for approval shows and does: one person, one answer, once."""

    async def shown(self, token: str) -> AskCard:
        """Return what a link shows; looking changes nothing. Raises `NotFound`."""
        ...

    async def approve_by(self, token: str, text: str | None = None) -> AskCard:
        """Say yes by a link, with a text to that one; what stands in the way is on the card."""
        ...

    async def reject_by(self, token: str, reason: str) -> AskCard:
        """Say no by a link, with a reason."""
        ...


class Directory(Protocol):
    """Who works for the brands that a viewer leads. Both lists are empty for who leads none."""

    async def colleagues(self, viewer: Viewer) -> list[ColleagueView]:
        """Return the people with a role for one of these brands, by name."""
        ...

    async def keys(self, viewer: Viewer) -> list[ColleagueView]:
        """Return the API keys for one of these brands, by name; never their tokens."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the trail."""

    seq: int
    at: datetime
    who_id: str
    who_name: str
    action: str
    brand_id: str | None
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class Audit(Protocol):
    """The trail of what people did, append-only and chained by hash."""

    async def entries(self, scope: AgencyScope, before_seq: int | None = None) -> list[AuditEntry]:
        """Return 50 entries about the scope's brands, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session just opened. `token` exists only here and in the cookie."""

    token: str
    csrf_token: str
    expires_at: datetime
    viewer: Viewer


class Auth(Protocol):
    """Who is asking."""

    async def identify(self, request: Request) -> Identity | None:
        """Return who sent this request (cookie or API key), or None. Cached on the request."""
        ...

    async def signed_in(self, request: Request) -> Identity:
        """Return who sent this request; raises HttpError 401."""
        ...

    async def guard_write(self, request: Request, identity: Identity) -> None:
        """Check origin, CSRF token (header X-CSRF-Token or form field csrf_token) and the rate of
        writes. Raises HttpError 403 or 429. Call it in every state-changing route."""
        ...

    async def login(self, request: Request, email: str, password: str) -> NewSession:
        """Open a session. Raises HttpError 401 (wrong), 403 (foreign origin), 429 (too many)."""
        ...

    async def logout(self, identity: Identity) -> None:
        """End the session at once."""
        ...

    def set_cookie(self, response: Response, session: NewSession) -> None:
        """Put the session into the answer."""
        ...

    def clear_cookie(self, response: Response) -> None:
        """Take the session out of the browser."""
        ...


class Live(Protocol):
    """Live updates. Server-sent events of `stream`, at most ten a second, each `data` one JSON:

    `hello` {}; `items` {"items": [{"kind", "brand_id", "message_id", "thread_id"}]} with kind one of
    received, classified, drafted, published, failed, changed, receipt, brand, connection, storm,
    promise; `refresh` {}
    (too much at once: load again); `viewing` {"message_id", "thread_id", "person_id", "name"}.
    A comment line every 15 s. After a reconnect the client loads again.
    """

    def stream(self, identity: Identity, is_allowed: Callable[[], Any]) -> AsyncIterator[bytes]:
        """Yield the events of the viewer's brands; ends when `is_allowed` (awaited) says no."""
        ...

    async def note_viewing(self, viewer: Viewer, brand_id: str, item: tuple[str, str]) -> None:
        """Tell the others that this person looks at (message_id, thread_id)."""
        ...

    def viewers_of(self, message_id: str, but: str) -> list[str]:
        """Return the names of who looked at it within the last 30 s, but for one person id."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request that carried an Idempotency-Key."""

    status: int
    body: bytes
    content_type: str


class Answers(Protocol):
    """Answers kept for 24 hours by caller and Idempotency-Key."""

    async def begin(self, caller: str, key: str, fingerprint: str) -> Answer | None:
        """Return the answer kept, or None when the request shall be carried out now.

        Raises `Conflict` while the first one is running, HttpError 422 for another request.
        """
        ...

    async def finish(self, caller: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None forgets that the request was ever begun."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything a route needs. At `request.app.state.deps`."""

    settings: GatewaySettings
    clock: Clock
    inbox: Inbox
    life: Life
    items: Items
    replies: Replies
    brands: Brands
    brakes: Brakes
    asks: Asks
    knowledge: Knowledge
    promises: Promises
    corrections: Corrections
    relabels: Relabels
    directory: Directory
    audit: Audit
    accounts: Accounts
    moderation: Moderation
    connecting: Connecting
    auth: Auth
    live: Live
    answers: Answers
    storms: Storms
    nudge: Callable[[], None]


def deps_of(request: Request) -> Deps:
    """Return the bundle of the app that serves this request (a FastAPI dependency)."""
    deps: Deps = request.app.state.deps
    return deps
