"""Sends answers to any other system as signed calls (Standard Webhooks). What arrives from it is read by ingest.

Source: networks.md section 20 of the contract cards; standard-webhooks, specification.
"""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import datetime
from typing import Any

import httpx

from contracts.networks import webhook
from runtime.clock import Clock
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Failure,
    Finding,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Tools,
    classify_server_error,
    classify_transport,
)

_DAY_S = 86400.0
_SLOW_DOWN = frozenset({429, 503})
_STATED: dict[int, tuple[str, str]] = {
    404: ("webhook.no_reply_url", "nobody takes answers at the account's address (HTTP 404)"),
    410: ("webhook.gone", "the system takes no more answers: connect it again with a new address"),
}


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Webhook(tools.guarded, tools.clock)


class Webhook:
    """One call for an answer. The receiver knows repeats by webhook-id, which is the answer's key."""

    name = "webhook"
    same_key_window_s = 7 * _DAY_S

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return our own limit: the receiver tells none."""
        return webhook.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST the answer to the connection's reply_url; 2xx means that it is there."""
        url = account.options.get("reply_url", "").strip()
        key = webhook.key_of(account.token)
        if not url:
            return Permanent("webhook.no_reply_url", "the account has no address for answers")
        if key is None:
            return Reauthorise("webhook.secret_invalid", "the account's secret is no whsec_ secret")
        now = self._clock.now()
        body = body_of(publish, now)
        headers = {"Content-Type": "application/json", **signed(key, publish.key, now, body)}
        try:
            answer = await self._client.post(
                url, content=body, headers=headers, follow_redirects=False
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        return _sent(answer, publish.key) if answer.is_success else classify(answer)

    async def find(self, _account: Account, _search: Search) -> Finding:
        """Say that it is not there: nobody can be asked, and a repeat under the same webhook-id is harmless."""
        return Absent()

    async def moderate(self, _account: Account, moderate: Moderate) -> Moderated:
        """Refuse: acts are not sent."""
        return Permanent("webhook.refused", f"{moderate.act} is not sent to other systems")


def body_of(publish: Publish, now: datetime) -> bytes:
    """Return the event: the form that arrives from the other system, too."""
    target = publish.target
    data = {
        "id": publish.key,
        "in_reply_to": target.external_id,
        "thread_id": target.root_id,
        "kind": target.kind,
        "text": publish.text,
        "is_private": publish.is_private,
        "recipient": {"id": target.author_id, "handle": target.author_handle},
    }
    event = {"type": "rapport.reply.created", "timestamp": now.isoformat(), "data": data}
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


def signed(key: bytes, call_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers: the id is the same at every try, time and signature are not."""
    stamp = str(int(now.timestamp()))
    digest = hmac.digest(key, f"{call_id}.{stamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": call_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success, by its status alone: bodies are anybody's."""
    status = response.status_code
    why = f"the system answered HTTP {status}"
    if status in _SLOW_DOWN and (status == 429 or _wait_s(response) is not None):
        return Backoff("webhook.throttled", why, _wait_s(response))
    trouble = classify_server_error(status)
    if isinstance(trouble, Retry):
        return trouble
    if status in (401, 403):
        return Reauthorise("webhook.signature_refused", f"{why}: its secret may be another one")
    if 300 <= status < 400:
        return Permanent("webhook.redirected", f"{why}: redirects are not followed")
    code, reason = _STATED.get(status, ("webhook.refused", why))
    return Permanent(code, reason)


def _sent(response: httpx.Response, call_id: str) -> Sent:
    told = _object(response)
    external_id, url = told.get("external_id"), told.get("url")
    is_named = isinstance(external_id, str | int) and not isinstance(external_id, bool)
    is_link = isinstance(url, str) and url.startswith(("https://", "http://"))
    named = str(external_id).strip()[:512] if is_named else ""
    return Sent(named or call_id, url if is_link else None)


def _wait_s(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    return float(after[:9]) if after.isascii() and after.isdigit() else None


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
