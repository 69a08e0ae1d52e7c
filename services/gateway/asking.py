"""Asking for approval by mail: the loop that sends, and what the link in the mail can do."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from runtime.logs import get_logger
from runtime.mongo import Document
from services.gateway.deps import Release, Replies
from services.gateway.domain import approvals, replies
from services.gateway.domain.asking import AskCard, Asking, mail_of
from services.gateway.domain.networks import rules_of
from services.gateway.domain.views import Viewer
from services.gateway.mailing import deliver
from services.gateway.settings import GatewaySettings
from services.gateway.store.asks import AskStore, is_current, names_of
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.brands import BrandStore
from services.gateway.store.cases import Case, Cases
from services.gateway.store.nothing import nothing_here
from services.gateway.store.people import PeopleStore, viewer_of

USED = "This link was used already."
TOO_OLD = "This link is too old."
VOID = "The answer was decided about, or it or the message changed. This link is void."
NOT_YOURS = "You may no longer approve for this brand."
log = get_logger("gateway.asking")


class Asker:
    """Sends the mails that are due, one at a time."""

    def __init__(
        self,
        settings: GatewaySettings,
        clock: Clock,
        asks: AskStore,
        cases: Cases,
        brands: BrandStore,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._asks = asks
        self._cases = cases
        self._brands = brands

    async def sweep(self) -> bool:
        """Send one mail that is due; say whether there was one."""
        scope = await self._brands.every()
        job = await self._asks.take(scope) if scope.brand_ids else None
        if job is None:
            return False
        viewer = Viewer("policy:asking", "", "", job["agency_id"], {job["brand_id"]: "agent"})
        try:
            case = await self._cases.read(viewer.scope, viewer, job["message_id"])
        except NotFound:
            case = None
        if case is None or not is_current(case.found, case.record, job):
            await self._asks.drop(job)
            return True
        token, expires_at = await self._asks.link(job)
        link = f"{self._settings.public_url.rstrip('/')}/approve/{token}"
        told = Asking(
            job["to"], case.brand.name, title_of(case), case.found["content"].get("text") or "",
            case.record["asked"]["text"], job["by_name"], link, expires_at,
        )  # fmt: skip
        mail_id = f"{job['_id']}.{job['attempts']}"
        mail = mail_of(told, self._settings.gateway_smtp_from, mail_id, self._clock.now())
        tried = await deliver(self._settings, mail)
        if not tried.is_sent:
            log.warning("asking.failed", ask_id=job["_id"], why=tried.why)
        await self._asks.settle(job, tried)
        return True


class AskDesk:
    """The port `Asks`: what a link shows and does. It opens no session and nothing beyond one case."""

    def __init__(
        self,
        asks: AskStore,
        cases: Cases,
        replies_: Replies,
        people: PeopleStore,
        audit: AuditStore,
        clock: Clock,
    ) -> None:
        self._asks = asks
        self._cases = cases
        self._replies = replies_
        self._people = people
        self._audit = audit
        self._clock = clock

    async def shown(self, token: str) -> AskCard:
        """Return what a link shows; looking changes nothing. Raises `NotFound`."""
        _, card, _ = await self._read(token)
        return card

    async def approve_by(self, token: str, text: str | None = None) -> AskCard:
        """Say yes by a link, once; with a text: to that one. What stands in the way is on the card."""
        link, card, case = await self._read(token)
        if case is None:
            return card
        said = card.answer if text is None else text
        release = Release(
            said, case.found.get("revision") or 0, case.record.get("draft_id"), card.is_private
        )

        async def approve() -> str:
            viewer = case.viewer
            left = await self._replies.approve(viewer.scope, viewer, card.message_id, release)
            if left:
                return f"Your yes is kept. It still needs {approvals.left_over(left)}."
            return "It is approved and on its way."

        return await self._done(link, card, case, approve)

    async def reject_by(self, token: str, reason: str) -> AskCard:
        """Say no by a link, once, with a reason."""
        link, card, case = await self._read(token)
        if case is None:
            return card

        async def reject() -> str:
            revision = case.found.get("revision") or 0
            viewer = case.viewer
            await self._replies.reject(viewer.scope, viewer, card.message_id, reason, revision)
            return "It is rejected. Whoever wrote it sees your reason."

        return await self._done(link, card, case, reject)

    async def _done(
        self, link: Document, card: AskCard, case: Case, act: Callable[[], Awaitable[str]]
    ) -> AskCard:
        """Take the one use of the link and do it; what could not be done leaves the link good."""
        if not await self._asks.use(link):
            return replace(card, problem=USED)
        try:
            told = await act()
        except (Conflict, Forbidden, Invalid, Unavailable) as error:
            await self._asks.give_back(link)
            return replace(card, problem=error.why)
        subject, brand_id = case.target["reply_id"], case.scope.brand_id
        act_of = Act("reply.by_link", subject, brand_id, None, {"link": link["_id"][:12]})
        await self._audit.append(case.viewer, act_of)
        return replace(card, done=told)

    async def _read(self, token: str) -> tuple[Document, AskCard, Case | None]:
        """Return the link, what it shows, and the case while something can be done by it."""
        link = await self._asks.by_token(token)
        if link is None:
            raise nothing_here()
        if link["used_at"] is not None:
            return link, AskCard(problem=USED), None
        if link["expires_at"] <= self._clock.now():
            return link, AskCard(problem=TOO_OLD), None
        person = await self._people.by_id(link["person_id"])
        viewer = viewer_of(person) if person is not None and person["is_active"] else None
        if viewer is None or viewer.roles.get(link["brand_id"]) is None:
            return link, AskCard(problem=NOT_YOURS), None
        try:
            case = await self._cases.read(viewer.scope, viewer, link["message_id"])
        except (NotFound, Forbidden):
            return link, AskCard(problem=NOT_YOURS), None
        is_open = (
            replies.reply_state(case.record) in {"none", "drafted"} and case.slot == link["slot"]
        )
        if not is_open or not is_current(case.found, case.record, link):
            return link, AskCard(problem=VOID), None
        return link, self._card(link, case), case

    def _card(self, link: Document, case: Case) -> AskCard:
        content, asked = case.found["content"], case.record["asked"]
        return AskCard(
            brand=case.brand.name,
            network=title_of(case),
            person=case.viewer.name,
            author=content.get("author_name") or content.get("author_handle") or "",
            message=content.get("text") or "",
            answer=asked["text"],
            written_by=case.record.get("text_by") or "",
            needs=tuple(approvals.words_of(approvals.wanted(case.brand, case.found, case.record))),
            given=names_of(asked.get("consents") or []),
            message_id=case.found["_id"],
            expires_at=link["expires_at"],
            is_private=bool(case.record.get("is_private")),
        )


def title_of(case: Case) -> str:
    """Return the network's name as people know it."""
    return rules_of(case.target["network"]).title
