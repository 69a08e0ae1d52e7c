"""Writes comments as a Facebook Page, finds them again and moderates (Graph API). Counting is in contracts.

Source: networks.md section 2 of the contract cards.
"""

from typing import Any

import httpx

from contracts.moderation import Act
from contracts.networks import facebook
from services.respond.networks import graph
from services.respond.networks.graph import Codes, Graph
from services.respond.networks.graph_messages import Messages
from services.respond.networks.protocol import (
    Absent,
    Account,
    Amend,
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
    Target,
    Tools,
    Unreadable,
)

CODES = Codes(
    throttled="facebook.throttled",
    blocked="facebook.blocked",
    grant_invalid="facebook.grant_invalid",
    permission_missing="facebook.permission_missing",
    window_closed="facebook.window_closed",
    target_gone="facebook.target_gone",
    duplicate_text="facebook.duplicate_text",
    person_unavailable="facebook.person_unavailable",
    refused="facebook.refused",
)
_PAGES = 40
_FIELDS = "id,message,from,created_time,parent,permalink_url"
_ACTS: dict[Act, tuple[str, str, dict[str, Any]]] = {
    "hide": ("POST", "{id}", {"data": {"is_hidden": "true"}}),
    "unhide": ("POST", "{id}", {"data": {"is_hidden": "false"}}),
    "delete": ("DELETE", "{id}", {}),
    "like": ("POST", "{id}/likes", {}),
    "unlike": ("DELETE", "{id}/likes", {}),
}


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Facebook(tools.client)


def classify(response: httpx.Response) -> Failure:
    """Class an answer that is no success."""
    return graph.classify(response, CODES)


class Facebook:
    """Comments under a post or a comment. A repeat is a second comment: there is no idempotency key."""

    name = "facebook"
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._api = Graph(client, CODES)
        self._messages = Messages(self._api, "messenger", CODES.window_closed, CODES.refused)

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands: the author of a comment is told without a mention."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every page."""
        return facebook.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /{comment or post}/comments; privately POST /{page}/messages to the comment's author."""
        if publish.is_private:
            return await self._messages.answer_privately(account, publish, account.account_id)
        path = f"{publish.target.external_id}/comments"
        return await self._api.publish(account, path, "id", data={"message": publish.text})

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hide, show, delete or like; each may be done twice."""
        if moderate.act not in _ACTS:
            return Permanent(CODES.refused, f"a page cannot {moderate.act} here")
        method, path, what = _ACTS[moderate.act]
        path = path.format(id=moderate.target.external_id)
        return await self._api.act(account, method, path, **what)

    async def amend(self, account: Account, amend: Amend) -> Moderated:
        """POST /{comment} with the new message."""
        what = {"data": {"message": amend.text}}
        return await self._api.act(account, "POST", amend.target.external_id, **what)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the comments below what was answered; an answer to an answer lands one level up."""
        if search.is_private:
            return await self._messages.find(account, search)
        places = dict.fromkeys(filter(None, (search.target.external_id, _upper(search.target))))
        for number, place in enumerate(places):
            finding = await self._find_below(account, place, search)
            if isinstance(finding, Gone) and number > 0:
                continue
            if not isinstance(finding, Absent):
                return finding
        return Absent()

    async def _find_below(self, account: Account, place: str, search: Search) -> Finding:
        params = {
            "filter": "stream", "order": "reverse_chronological", "fields": _FIELDS, "limit": "100",
        }  # fmt: skip
        for _ in range(_PAGES):
            page = await self._api.rows(account, f"{place}/comments", params)
            if not isinstance(page, tuple):
                return Gone() if page.code == CODES.target_gone else graph.unreadable(page)
            rows, cursor = page
            found = _own_among(rows, account, search)
            if found is not None:
                return found
            if cursor is None or graph.is_before(rows, search):
                return Absent()
            params["after"] = cursor
        return Unreadable("network.too_much", "too many comments since to look through")


def _own_among(rows: list[Any], account: Account, search: Search) -> Found | None:
    for row in rows:
        if not isinstance(row, dict) or str(row.get("id")) in search.taken:
            continue
        if graph.is_ours(row, search, account.account_id, "message"):
            return Found(str(row["id"]), row.get("permalink_url"))
    return None


def _upper(target: Target) -> str | None:
    return target.parent_external_id if target.kind == "comment" else None
