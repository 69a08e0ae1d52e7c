"""Writes replies as a Threads profile in two steps, finds them again, hides and deletes. Counting is in contracts.

Sources: networks.md section 6 of the contract cards; Threads API, posts, reply management, publishing limit.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from contracts.networks import threads
from runtime.clock import Clock
from services.respond.networks.calls import harmless, objects, within
from services.respond.networks.graph import CLOCK_SKEW, Codes, Graph, body_of, is_before, time_of
from services.respond.networks.matching import fingerprint
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Failure,
    Finding,
    Found,
    Gone,
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
    Unreadable,
    unreadable_because,
)

CODES = Codes(
    throttled="threads.throttled",
    blocked="threads.blocked",
    grant_invalid="threads.grant_invalid",
    permission_missing="threads.permission_missing",
    window_closed="threads.refused",
    target_gone="threads.target_gone",
    duplicate_text="threads.duplicate_text",
    person_unavailable="threads.refused",
    refused="threads.refused",
)
NEAR = 50
"""With fewer replies left than this, the network is asked before each."""

_ASK_AGAIN = timedelta(hours=1)
_QUOTA_WAIT_S = 900.0
_FIELDS = "id,text,timestamp,replied_to,permalink"
_PAGES = 10


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Threads(tools.client, tools.clock)


@dataclass(slots=True)
class Allowance:
    """How many replies an account may still publish, as far as is known."""

    left: int
    asked_at: datetime


class Threads:
    """Replies to posts and to replies."""

    name = "threads"
    # A container may be published once, but a repeat makes a container of its own: a second reply.
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient, clock: Clock) -> None:
        self._graph = Graph(client, CODES)
        self._clock = clock
        self._allowances: dict[str, Allowance] = {}

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it is: whoever is answered is told."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit: it is the same for everybody."""
        return threads.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Make a container, which nobody sees, then publish it."""
        if publish.is_private or publish.target.kind not in ("post", "comment", "mention"):
            return Permanent("network.unsupported", "Threads only takes public replies")
        spent = await self._spent(account)
        if spent is not None:
            return spent
        told = {
            "media_type": "TEXT", "text": publish.text, "reply_to_id": publish.target.external_id,
        }  # fmt: skip
        container = await self._post(account, "threads", told)
        if not isinstance(container, str):
            return harmless(container)
        written = await self._post(account, "threads_publish", {"creation_id": container})
        if not isinstance(written, str):
            return written
        allowance = self._allowances.get(account.account_id)
        if allowance is not None:
            allowance.left -= 1
        return Sent(written)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the own replies back to when the call began."""
        params = {"fields": _FIELDS, "limit": "100"}
        path = f"{_me(account)}/replies"
        for _ in range(_PAGES):
            page = await self._graph.rows(account, path, params)
            if not isinstance(page, tuple):
                return unreadable_because(page)
            rows, after = page
            mine = next((one for one in objects(rows) if _is_ours(one, search)), None)
            if mine is not None:
                link = mine.get("permalink")
                return Found(str(mine["id"]), link if isinstance(link, str) else None)
            if after is None or is_before(rows, search):
                return await self._absent(account, search)
            params["after"] = after
        return Unreadable("network.too_much", "too many replies to look through")

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hide a reply, show it again, or delete an own one."""
        item = quote(moderate.target.external_id, safe="")
        if moderate.act in ("hide", "unhide"):
            told = {"hide": "true" if moderate.act == "hide" else "false"}
            return await self._graph.act(account, "POST", f"{item}/manage_reply", data=told)
        if moderate.act == "delete":
            return await self._graph.act(account, "DELETE", item)
        return Permanent("network.unsupported", f"Threads has no way to {moderate.act}")

    async def _absent(self, account: Account, search: Search) -> Finding:
        """Say whether what was answered is still there: its answers go with it."""
        path = quote(search.target.external_id, safe="")
        there = await self._graph.call(account, "GET", path, params={"fields": "id"})
        if isinstance(there, httpx.Response):
            return Absent()
        is_gone = isinstance(there, Permanent) and there.code == CODES.target_gone
        return Gone() if is_gone else unreadable_because(there)

    async def _spent(self, account: Account) -> Failure | None:
        """Return a backoff when the day's replies are spent. Asks at first, hourly, and when few are left."""
        known, now = self._allowances.get(account.account_id), self._clock.now()
        if known is not None and known.left > NEAR and now - known.asked_at < _ASK_AGAIN:
            return None
        params = {"fields": "reply_quota_usage,reply_config"}
        path = f"{_me(account)}/threads_publishing_limit"
        page = await self._graph.rows(account, path, params)
        if not isinstance(page, tuple):
            # Only what forbids every call ends it here: the quota itself is told by the publish, too.
            return None if isinstance(page, Permanent | Unknown) else harmless(page)
        left = _left(objects(page[0]))
        self._allowances[account.account_id] = Allowance(left, now.astimezone(UTC))
        if left > 0:
            return None
        reason = "the profile published all replies that a day allows"
        return Backoff("threads.quota_spent", reason, _QUOTA_WAIT_S)

    async def _post(self, account: Account, edge: str, told: dict[str, str]) -> str | Failure:
        """Return the id that a POST gave."""
        answer = await self._graph.call(account, "POST", f"{_me(account)}/{edge}", data=told)
        if not isinstance(answer, httpx.Response):
            return answer
        made = body_of(answer).get("id")
        if isinstance(made, str | int) and str(made):
            return str(made)
        return Unknown("network.answer_unreadable", "the answer of Threads named nothing")


def _me(account: Account) -> str:
    return quote(account.account_id, safe="")


def _left(rows: list[dict[str, Any]]) -> int:
    told = rows[0] if rows else {}
    used, total = told.get("reply_quota_usage"), within(told, "reply_config", "quota_total")
    most = total if isinstance(total, int) else threads.REPLIES_PER_DAY
    return most - used if isinstance(used, int) else most


def _is_ours(row: dict[str, Any], search: Search) -> bool:
    at, answered = time_of(row), within(row, "replied_to", "id")
    return (
        bool(row.get("id"))
        and str(row["id"]) not in search.taken
        and (answered is None or str(answered) == search.target.external_id)
        and (at is None or at >= search.sent_at - CLOCK_SKEW)
        and fingerprint(str(row.get("text") or "")) == fingerprint(search.text)
    )
