"""Private messages by the Send API, and their finding by reading conversations back. Comments live elsewhere.

Sources: networks.md sections 2 to 4 of the contract cards; Messenger Platform, Send API.
"""

from collections.abc import Mapping
from typing import Any

from contracts.networks.table import rules
from services.respond.networks import graph
from services.respond.networks.graph import Graph
from services.respond.networks.protocol import (
    Absent,
    Account,
    Finding,
    Found,
    Outcome,
    Permanent,
    Publish,
    Search,
    Target,
    Unreadable,
)

_MESSAGES = "messages.limit(20){id,message,from,created_time}"
_CONVERSATIONS = "20"
_PAGES = 5


class Messages:
    """Writes as one network's account. `platform` is Meta's name of the network, whose limit holds."""

    def __init__(self, api: Graph, platform: str, window_closed: str, refused: str) -> None:
        self._api = api
        self._platform = platform
        self._measure = rules(platform).measure
        self._window_closed = window_closed
        self._refused = refused

    async def answer(self, account: Account, publish: Publish) -> Outcome:
        """Write to the person of a conversation; after a day only in the name of a person (HUMAN_AGENT)."""
        peer = peer_of(publish.target)
        if peer is None:
            return Permanent(self._refused, "the message does not say who wrote it")
        if not publish.is_in_window and not publish.is_by_person:
            why = "the person wrote too long ago for an answer that no person gives"
            return Permanent(self._window_closed, why)
        return await self._send(account, "me", {"id": peer}, publish)

    async def answer_privately(self, account: Account, publish: Publish, sender: str) -> Outcome:
        """Write to the author of a comment: once, within seven days."""
        recipient = {"comment_id": publish.target.external_id}
        return await self._send(account, sender, recipient, publish)

    async def _send(
        self, account: Account, sender: str, recipient: Mapping[str, str], publish: Publish
    ) -> Outcome:
        if not self._measure.fits(publish.text):
            why = f"a message takes {self._measure.limit} {self._measure.unit}"
            return Permanent("text.too_long", why)
        body: dict[str, Any] = {"recipient": recipient, "message": self._message(publish)}
        if "id" in recipient and publish.is_in_window:
            body["messaging_type"] = "RESPONSE"
        elif "id" in recipient:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        return await self._api.publish(account, f"{sender}/messages", "message_id", json=body)

    def _message(self, publish: Publish) -> dict[str, str]:
        # The metadata comes back with the echo, so that our own words are known again without an id.
        key = {"metadata": publish.key} if self._platform == "messenger" else {}
        return {"text": publish.text, **key}

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the conversation with the person, or the newest ones when the person is not known."""
        peer = peer_of(search.target) if search.target.kind == "dm" else None
        params = {"platform": self._platform, "fields": _MESSAGES, "limit": _CONVERSATIONS}
        if peer is not None:
            params["user_id"] = peer
        for _ in range(_PAGES):
            page = await self._api.rows(account, "me/conversations", params)
            if not isinstance(page, tuple):
                return graph.unreadable(page)
            rows, cursor = page
            finding = _among(rows, account, search, peer)
            if finding is not None:
                return finding
            if cursor is None or peer is not None:
                return Absent()
            params["after"] = cursor
        return Unreadable("network.too_much", "too many conversations since to look through")


def peer_of(target: Target) -> str | None:
    """Return the person of the conversation: the thread's root, the author when it is not told."""
    return target.root_id or target.author_id


def _among(
    conversations: list[Any], account: Account, search: Search, peer: str | None
) -> Finding | None:
    """Return what a page proves: found; not to be told, when a conversation is cut; else nothing."""
    is_cut, is_over = False, False
    for one in conversations:
        edge = one.get("messages") if isinstance(one, dict) else None
        messages = edge.get("data") if isinstance(edge, dict) else None
        known = [row for row in messages or [] if isinstance(row, dict)]
        for row in known:
            own_id = _own_id(row, account, peer)
            if str(row.get("id")) not in search.taken and graph.is_ours(
                row, search, own_id, "message"
            ):
                return Found(str(row["id"]))
        is_over = is_over or graph.is_before(known[:1], search)
        is_cut = is_cut or bool(
            graph.next_cursor(edge or {}) and not graph.is_before(known, search)
        )
    if is_cut:
        return Unreadable("network.too_much", "the conversation shows its newest messages only")
    # Conversations come newest first: one that has been quiet since before the call ends the search.
    return Absent() if is_over else None


def _own_id(row: Mapping[str, Any], account: Account, peer: str | None) -> str:
    """Return the id the account writes under: in a conversation of two, whoever is not the other.

    Instagram's own login names the account by another id there than elsewhere.
    """
    author = row.get("from")
    author_id = str(author.get("id")) if isinstance(author, dict) else None
    is_other = peer is None or author_id is None or author_id == peer
    return account.account_id if is_other else author_id or account.account_id
