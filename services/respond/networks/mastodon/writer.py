"""Writes statuses as a Mastodon account. Finding them again, acts and error answers live beside.

Sources: networks.md section 8 of the contract cards; docs.joinmastodon.org, methods/statuses.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from contracts.messages import Visibility
from contracts.networks import mastodon
from runtime.clock import Clock, SystemClock
from services.respond.networks.mastodon import acts, finding
from services.respond.networks.mastodon.answers import (
    ask,
    classify,
    headers,
    json_of,
    object_of,
    time_of,
    url,
)
from services.respond.networks.protocol import (
    Account,
    Amend,
    Failure,
    Finding,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Search,
    Sent,
    Target,
    Tools,
    Unknown,
    classify_transport,
)

_REPEAT_AGE = timedelta(seconds=2)
_CLOSEST_LAST: tuple[Visibility, ...] = ("public", "unlisted", "private", "direct")


def build(tools: Tools) -> Network:
    """Return the writing half. A person types the server's address, so calls are guarded."""
    return Mastodon(tools.guarded, tools.clock)


@dataclass(frozen=True, slots=True)
class Parent:
    """What an answer takes over from the status it answers."""

    visibility: Visibility | None = None
    warning: str = ""


class Mastodon:
    """Statuses in answer to a status, never more public than it."""

    name = "mastodon"
    # Five minutes short of the documented hour: clocks differ.
    same_key_window_s = mastodon.IDEMPOTENCY_S - 300.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock or SystemClock()

    def text_for(self, target: Target, text: str) -> str:
        """Return the text with the author's mention: without it nobody is told."""
        handle = target.author_handle
        if not handle or f"@{handle}".casefold() in text.casefold():
            return text
        return f"@{handle} {text}"

    async def limit_of(self, account: Account, _target: Target) -> int:
        """Return what the account's server allows; the default where it does not say."""
        address = f"{account.base_url.rstrip('/')}/api/v2/instance"
        try:
            response = await self._client.get(address)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return mastodon.LIMIT
        told = json_of(response)
        for name in ("configuration", "statuses", "max_characters"):
            told = told.get(name) if isinstance(told, dict) else None
        return told if isinstance(told, int) and told > 0 else mastodon.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /api/v1/statuses under the answer's own Idempotency-Key."""
        parent = await self._parent(account, publish.target)
        if not isinstance(parent, Parent):
            return parent
        if trouble := await self._too_long(account, publish, parent):
            return trouble
        return await self._write(account, publish, parent)

    async def find(self, account: Account, search: Search) -> Finding:
        """Look among the account's own statuses."""
        return await finding.find(self._client, account, search)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Favourite, block, or delete an own status."""
        return await acts.moderate(self._client, account, moderate)

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """PUT the status with its new text."""
        return await acts.amend(self._client, account, amend)

    async def _parent(self, account: Account, target: Target) -> Parent | Failure:
        """Read what is answered: it may have been closed, or put behind a warning, since it came."""
        place = f"statuses/{quote(target.external_id, safe='')}"
        answer = await ask(self._client, account, "GET", place)
        if not isinstance(answer, httpx.Response):
            return answer
        status = object_of(answer)
        warning, visibility = status.get("spoiler_text"), status.get("visibility")
        shown = warning if isinstance(warning, str) else ""
        return Parent(_known(visibility), shown.encode("utf-8", "replace").decode())

    async def _too_long(
        self, account: Account, publish: Publish, parent: Parent
    ) -> Permanent | None:
        """A warning counts with the text; the courier counted without it."""
        length = mastodon.length(publish.text, parent.warning)
        if not parent.warning or length <= mastodon.LIMIT:
            return None
        limit = await self.limit_of(account, publish.target)
        if length <= limit:
            return None
        why = f"{length} characters with the content warning, the server takes {limit}"
        return Permanent("text.too_long", why)

    async def _write(self, account: Account, publish: Publish, parent: Parent) -> Outcome:
        started_at = self._clock.now()
        try:
            response = await self._client.post(
                url(account, "statuses"),
                json=_body(publish, parent),
                headers={**headers(account), "Idempotency-Key": publish.key},
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return classify_transport(error)
        if response.status_code >= 300:
            return classify(response)
        status = object_of(response)
        status_id = status.get("id")
        if not isinstance(status_id, str) or not status_id:
            return Unknown("network.answer_unreadable", "the network's answer named no status")
        created_at = time_of(status.get("created_at"))
        is_repeat = created_at is not None and created_at < started_at - _REPEAT_AGE
        return Sent(status_id, status.get("url") or status.get("uri"), is_repeat)


def visibility_of(
    target: Target, parent: Parent | None = None, *, is_private: bool = False
) -> Visibility:
    """Return the visibility of the answer: the closest that is known of the parent, else followers only."""
    if target.kind == "dm" or is_private:
        return "direct"
    known = [one for one in (target.visibility, parent and parent.visibility) if one]
    return max(known, key=_CLOSEST_LAST.index, default="private")


def _known(visibility: object) -> Visibility | None:
    """What we do not know counts as followers only."""
    if not visibility:
        return None
    return next((one for one in _CLOSEST_LAST if one == visibility), "private")


def _body(publish: Publish, parent: Parent) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": publish.text,
        "in_reply_to_id": publish.target.external_id,
        "visibility": visibility_of(publish.target, parent, is_private=publish.is_private),
    }
    if parent.warning:
        body |= {"spoiler_text": parent.warning, "sensitive": True}
    if publish.target.language:
        body["language"] = publish.target.language
    return body
