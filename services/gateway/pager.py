"""Calling people, and the ways it reaches them: e-mail and signed webhooks."""

import asyncio
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import httpx

from contracts.scope import AgencyScope, BrandScope
from runtime.addresses import Refused, checked_url
from runtime.clock import Clock
from runtime.logs import get_logger
from runtime.mongo import Document
from services.gateway.domain.paging import (
    LINK_GOOD_FOR,
    Call,
    Links,
    Ticket,
    webhook_headers,
    webhook_secret,
)
from services.gateway.mailing import deliver
from services.gateway.metrics import GatewayMetrics
from services.gateway.settings import GatewaySettings
from services.gateway.store.pages import PageStore, Tried

AT_ONCE = 8
# The receiver says that no later try can succeed; 408, 425 and 429 say the contrary.
_FINAL = frozenset(range(400, 500)) - {408, 425, 429}

log = get_logger("gateway.pager")


class Sender:
    """One attempt to reach one person. Never raises for a failed one."""

    def __init__(self, settings: GatewaySettings, clock: Clock, caller: httpx.AsyncClient) -> None:
        self._settings = settings
        self._clock = clock
        self._caller = caller
        self._key = settings.gateway_paging_key.get_secret_value()
        self._links = Links(self._key) if self._key else None

    async def send(self, job: Document, page: Document, brand: str) -> Tried:
        """Try once."""
        call = self._call(job, page, brand)
        if job["channel"] == "email":
            return await self._mail(job, call)
        return await self._post(job, page, call)

    def _call(self, job: Document, page: Document, brand: str) -> Call:
        home = self._settings.public_url.rstrip("/")
        link = ""
        if self._links is not None:
            ends_at = page["opened_at"] + LINK_GOOD_FOR
            ticket = Ticket(page["brand_id"], page["_id"], job["call"], ends_at)
            link = f"{home}/acknowledge/{self._links.token(ticket)}"
        room = f"{home}/storms/{page['incident_id']}"
        told = page["severity"], page["sentence"]
        return Call(brand, *told, link, room, page["is_drill"])

    async def _mail(self, job: Document, call: Call) -> Tried:
        return await deliver(self._settings, self._written(job, call))

    def _written(self, job: Document, call: Call) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._settings.gateway_smtp_from
        mail["To"] = job["target"]
        mail["Subject"] = " ".join(call.subject.split())[:200]
        mail["Date"] = format_datetime(self._clock.now())
        host = self._settings.gateway_smtp_from.rpartition("@")[2].strip("> ") or "localhost"
        mail["Message-ID"] = f"<{job['_id']}@{host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Importance"] = "high"
        mail.set_content(call.text)
        return mail

    async def _post(self, job: Document, page: Document, call: Call) -> Tried:
        if not self._key:
            why = "webhooks cannot be signed here (GATEWAY_PAGING_KEY)"
            return Tried(False, why, is_final=True)
        body = call.body(page["_id"])
        secret = webhook_secret(self._key, page["brand_id"], job["contact_id"])
        headers = webhook_headers(secret, job["_id"], self._clock.now(), body)
        try:
            url = checked_url(job["target"])
            answer = await self._caller.post(url, content=body, headers=headers)
        except Refused as error:
            return Tried(False, f"this address may not be called ({error.code})", is_final=True)
        except httpx.HTTPError as error:
            return Tried(False, f"the webhook does not answer ({type(error).__name__})")
        if answer.is_success:
            return Tried(True)
        return Tried(
            False, f"the webhook answered {answer.status_code}", answer.status_code in _FINAL
        )


class Pager:
    """Calls whoever is due."""

    def __init__(
        self,
        pages: PageStore,
        sender: Sender,
        scopes: Callable[[], Awaitable[AgencyScope]],
        brand_name: Callable[[BrandScope], Awaitable[str]],
        metrics: GatewayMetrics,
    ) -> None:
        self._pages = pages
        self._sender = sender
        self._scopes = scopes
        self._brand_name = brand_name
        self._metrics = metrics

    async def sweep(self) -> int:
        """Call whom is due and try what is due, once; return how many attempts were made."""
        scope = await self._scopes()
        if not scope.brand_ids:
            return 0
        for page in await self._pages.due(scope):
            await self._pages.call_next(page)
        made = await asyncio.gather(*(self._attempt(scope) for _ in range(AT_ONCE)))
        return sum(made)

    async def _attempt(self, scope: AgencyScope) -> int:
        taken = await self._pages.take(scope)
        if taken is None:
            return 0
        job, page = taken
        place = BrandScope(page["agency_id"], page["brand_id"])
        tried = await self._sender.send(job, page, await self._brand_name(place))
        outcome = "sent" if tried.is_sent else "failed"
        self._metrics.page_attempts.labels(job["channel"], outcome).inc()
        if not tried.is_sent:
            log.warning(
                "page.failed", delivery_id=job["_id"], channel=job["channel"], why=tried.why
            )
        await self._pages.settle(job, page, tried)
        return 1
