"""Writes comments and messages as an Instagram account, finds them again and moderates. Counting is in contracts.

Source: networks.md section 4 of the contract cards.
"""

from typing import Any

import httpx

from contracts.moderation import Act
from contracts.networks import instagram
from services.respond.networks import graph
from services.respond.networks.graph import Codes, Graph
from services.respond.networks.graph_messages import Messages
from services.respond.networks.protocol import (
    Absent,
    Account,
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
    throttled="instagram.throttled",
    blocked="instagram.blocked",
    grant_invalid="instagram.grant_invalid",
    permission_missing="instagram.permission_missing",
    window_closed="instagram.window_closed",
    target_gone="instagram.target_gone",
    duplicate_text="instagram.duplicate_text",
    person_unavailable="instagram.person_unavailable",
    refused="instagram.refused",
)
_PAGES = 40
_FIELDS = "id,text,timestamp,username,from"
_ACTS: dict[Act, tuple[str, dict[str, Any]]] = {
    "hide": ("POST", {"params": {"hide": "true"}}),
    "unhide": ("POST", {"params": {"hide": "false"}}),
    "delete": ("DELETE", {}),
}


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Instagram(tools.client)


class Instagram:
    """Comments below a medium and messages of a conversation. A repeat is a second one."""

    name = "instagram"
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._api = Graph(client, CODES)
        self._messages = Messages(self._api, "instagram", CODES.window_closed, CODES.refused)

    def text_for(self, target: Target, text: str) -> str:
        """Name the author of a reply: the answer lands under the top comment, whose author is another."""
        handle = target.author_handle
        if not handle or not is_reply(target) or f"@{handle}".casefold() in text.casefold():
            return text
        return f"@{handle} {text}"

    async def limit_of(self, _account: Account, target: Target) -> int:
        """Return the limit, which differs between comments and messages."""
        return instagram.RULES.measure_for(target.kind).limit

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """Answer where the item stands, or by a message."""
        target = publish.target
        if target.kind == "dm":
            return await self._messages.answer(account, publish)
        if publish.is_private:
            return await self._messages.answer_privately(account, publish, "me")
        if target.kind == "mention":
            return await self._answer_mention(account, publish)
        return await self._api.publish(
            account, place_of(target), "id", data={"message": publish.text}
        )

    async def _answer_mention(self, account: Account, publish: Publish) -> Outcome:
        """POST /{account}/mentions: the medium is somebody else's, so its edges are closed to us."""
        target = publish.target
        data = {"message": publish.text, "media_id": target.root_id or target.external_id}
        if target.root_id and target.root_id != target.external_id:
            data["comment_id"] = target.external_id
        return await self._api.publish(account, f"{account.account_id}/mentions", "id", data=data)

    async def moderate(self, account: Account, moderate: Moderate) -> Moderated:
        """Hide, show or delete a comment; each may be done twice."""
        if moderate.act not in _ACTS or moderate.target.kind == "dm":
            return Permanent(CODES.refused, f"Instagram has no {moderate.act} for this")
        method, what = _ACTS[moderate.act]
        return await self._api.act(account, method, moderate.target.external_id, **what)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the replies or comments below what was answered, or the conversation."""
        target = search.target
        if target.kind == "dm" or search.is_private:
            return await self._messages.find(account, search)
        if target.kind == "mention":
            why = "the comments of somebody else's medium cannot be read"
            return Unreadable("instagram.not_shown", why)
        return await self._find_below(account, place_of(target), search)

    async def _find_below(self, account: Account, place: str, search: Search) -> Finding:
        # The order of these edges is not promised, so every page is read.
        params = {"fields": _FIELDS, "limit": "50"}
        for _ in range(_PAGES):
            page = await self._api.rows(account, place, params)
            if not isinstance(page, tuple):
                return Gone() if page.code == CODES.target_gone else graph.unreadable(page)
            rows, cursor = page
            for row in rows:
                if isinstance(row, dict) and _is_ours(row, account, search):
                    return Found(str(row["id"]))
            if cursor is None:
                return Absent()
            params["after"] = cursor
        return Unreadable("network.too_much", "too many comments to look through")


def is_reply(target: Target) -> bool:
    """Say whether a comment answers another one; the parent of a top comment is the medium."""
    parent = target.parent_external_id
    return target.kind == "comment" and parent is not None and parent != target.root_id


def place_of(target: Target) -> str:
    """Return the edge that an answer is written to: only top comments can be answered."""
    if target.kind == "post":
        return f"{target.external_id}/comments"
    above = target.parent_external_id if is_reply(target) else None
    return f"{above or target.external_id}/replies"


def _is_ours(row: dict[str, Any], account: Account, search: Search) -> bool:
    handle = account.options.get("handle", "")
    name = row.get("username")
    is_other = bool(handle) and isinstance(name, str) and name.casefold() != handle.casefold()
    if str(row.get("id")) in search.taken or is_other:
        return False
    return graph.is_ours(row, search, account.account_id, "text")
