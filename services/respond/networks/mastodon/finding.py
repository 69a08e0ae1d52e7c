"""Looks for an answer among the account's own statuses. Calling and classing live in answers."""

from datetime import timedelta
from typing import Any

import httpx

from contracts.networks import mastodon
from services.respond.networks.mastodon.answers import classify, headers, json_of, time_of, url
from services.respond.networks.matching import fingerprint, plain
from services.respond.networks.protocol import (
    Absent,
    Account,
    Finding,
    Found,
    Search,
    Unreadable,
    classify_transport,
    unreadable,
)

_CLOCK_SKEW = timedelta(seconds=120)
_PAGES = 5
_PAGE = 40


async def find(client: httpx.AsyncClient, account: Account, search: Search) -> Finding:
    """Read the own statuses back to the call: direct ones are among them for their author."""
    params = {"limit": str(_PAGE), "exclude_reblogs": "true"}
    where = url(account, f"accounts/{account.account_id}/statuses")
    for _ in range(_PAGES):
        try:
            response = await client.get(where, params=params, headers=headers(account))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            failure = classify_transport(error)
            return Unreadable(failure.code, failure.reason)
        if response.status_code >= 300:
            return unreadable(response, classify)
        rows = json_of(response)
        if not isinstance(rows, list):
            return Unreadable("network.answer_unreadable", "the own statuses could not be read")
        found = _own_among(rows, search)
        if found is not None:
            return found
        oldest = _oldest(rows)
        if oldest is None or _is_before(rows, search):
            return Absent()
        params["max_id"] = oldest
    return Unreadable("network.too_much", "too many own statuses since to look through")


def _own_among(rows: list[Any], search: Search) -> Found | None:
    wanted = fingerprint(search.text)
    for row in rows:
        if not isinstance(row, dict) or str(row.get("id")) in search.taken:
            continue
        created_at = time_of(row.get("created_at"))
        is_recent = created_at is None or created_at >= search.sent_at - _CLOCK_SKEW
        is_answer = str(row.get("in_reply_to_id")) == search.target.external_id
        is_text = fingerprint(plain(str(row.get("content") or ""))) == wanted
        if is_recent and is_answer and is_text and row.get("id"):
            return Found(str(row["id"]), row.get("url") or row.get("uri"))
    return None


def _is_before(rows: list[Any], search: Search) -> bool:
    times = [time_of(row.get("created_at")) for row in rows if isinstance(row, dict)]
    # Pinned statuses may be old and stand first: only the last row tells how far the page reaches.
    last = times[-1] if times else None
    return last is not None and last < search.sent_at - _CLOCK_SKEW


def _oldest(rows: list[Any]) -> str | None:
    known = [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")]
    return min(known, key=mastodon.id_order) if known else None
