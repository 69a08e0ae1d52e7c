"""The live half of WhatsApp: whose number it is, and asking Meta to call us. There is nothing to poll."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks.whatsapp import code_of
from runtime.clock import Clock
from runtime.errors import Invalid, RapportError, Reauthorise, Unavailable
from services.ingest.connectors.http import Api, retry_after_s
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)

_FIELDS = {"fields": "display_phone_number,verified_name"}
_WAIT_S = 300.0
_WAITS = frozenset({"whatsapp.throttled", "whatsapp.spam_limit"})
_GRANTS = frozenset({"whatsapp.grant_invalid", "whatsapp.permission_missing"})


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return WhatsAppConnector(tools)


class WhatsAppConnector(Silent):
    """One business number. Its messages come by webhook only, and the past is not given."""

    def __init__(self, tools: Tools) -> None:
        self._clock = tools.clock
        self._api = Api(tools.client, "whatsapp", self._classify, tools.meter)

    async def check(self, grant: Grant) -> Identity:
        """Ask for the number (GET /{phone-number-id}). Its name is what customers see."""
        answer = await self._api.get(grant, quote(grant.account_id, safe=""), _FIELDS)
        told = _object(answer)
        if not told.get("id"):
            raise Invalid("whatsapp.refused", "the id is none of a telephone number")
        shown = told.get("display_phone_number")
        number = str(shown) if shown else None
        name = told.get("verified_name") or number or grant.account_id
        return Identity(str(told["id"]), str(name), number)

    async def subscribe(self, grant: Grant, callback: Callback) -> None:  # noqa: ARG002 (Meta calls the app's one address)
        """POST /{waba-id}/subscribed_apps: without it the number is silent. A repeat changes nothing."""
        waba_id = grant.options.get("waba_id", "").strip()
        if not waba_id:
            raise Invalid("whatsapp.no_waba", "the account needs its WhatsApp account id (waba_id)")
        await self._api.post(grant, f"{quote(waba_id, safe='')}/subscribed_apps", {})

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:  # noqa: ARG002 (nothing is read)
        """Yield nothing, but ask for the number: a grant that died is found though nobody writes."""
        await self.check(grant)
        nothing: tuple[Page, ...] = ()
        for page in nothing:
            yield page

    def _classify(self, answer: httpx.Response) -> RapportError:
        return classify(answer, self._clock)


def classify(answer: httpx.Response, clock: Clock) -> RapportError:
    """Return what an answer that is no success means. No text of the answer is kept."""
    status, now = answer.status_code, clock.now()
    number = _number(answer)
    if number is None:
        return _by_status(status, answer, now)
    code, why = code_of(number), f"HTTP {status}, code {number}"
    if code in _WAITS:
        return Unavailable("whatsapp.throttled", why, retry_after_s(answer.headers, now) or _WAIT_S)
    if code in _GRANTS:
        return Reauthorise("whatsapp.grant_refused", why)
    if code == "network.server_error" or status >= 500:
        return Unavailable("whatsapp.unavailable", why, retry_after_s(answer.headers, now))
    return Invalid(code, why)


def _by_status(status: int, answer: httpx.Response, now: datetime) -> RapportError:
    why = f"HTTP {status}"
    if status == 401:
        return Reauthorise("whatsapp.grant_refused", why)
    wait_s = retry_after_s(answer.headers, now)
    if status == 429:
        return Unavailable("whatsapp.throttled", why, wait_s or _WAIT_S)
    return Unavailable("whatsapp.unavailable", why, wait_s)


def _number(answer: httpx.Response) -> int | None:
    error = _object(answer).get("error")
    number = error.get("code") if isinstance(error, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
