"""Writes messages as a Facebook Page and finds them again (Send API). Windows and counting are in contracts.

Source: networks.md section 3 of the contract cards.
"""

import httpx

from contracts.networks import messenger
from services.respond.networks.graph import Codes, Graph
from services.respond.networks.graph_messages import Messages
from services.respond.networks.protocol import (
    Account,
    Finding,
    Moderate,
    Moderated,
    Network,
    Outcome,
    Permanent,
    Publish,
    Search,
    Target,
    Tools,
)

CODES = Codes(
    throttled="messenger.throttled",
    blocked="messenger.blocked",
    grant_invalid="messenger.grant_invalid",
    permission_missing="messenger.permission_missing",
    window_closed="messenger.window_closed",
    target_gone="messenger.target_gone",
    duplicate_text="messenger.duplicate_text",
    person_unavailable="messenger.person_unavailable",
    refused="messenger.refused",
)


def build(tools: Tools) -> Network:
    """Return the writing half."""
    return Messenger(tools.client)


class Messenger:
    """Messages of a conversation. A repeat is a second message; the echo carries our key."""

    name = "messenger"
    same_key_window_s = 0.0

    def __init__(self, client: httpx.AsyncClient) -> None:
        api = Graph(client, CODES)
        self._messages = Messages(api, "messenger", CODES.window_closed, CODES.refused)

    def text_for(self, _target: Target, text: str) -> str:
        """Return the text as it stands."""
        return text

    async def limit_of(self, _account: Account, _target: Target) -> int:
        """Return the limit, which is the same for every page."""
        return messenger.LIMIT

    async def publish(self, account: Account, publish: Publish) -> Outcome:
        """POST /me/messages: RESPONSE inside the window, HUMAN_AGENT after it when a person answers."""
        return await self._messages.answer(account, publish)

    async def find(self, account: Account, search: Search) -> Finding:
        """Read the conversation with the person back."""
        return await self._messages.find(account, search)

    async def moderate(self, _account: Account, moderate: Moderate) -> Moderated:
        """Refuse: nothing can be done to a customer's message."""
        return Permanent(CODES.refused, f"Messenger has no {moderate.act}")
