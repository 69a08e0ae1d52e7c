"""The live half of Telegram: long polling, or a webhook where we can be called; never both at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from contracts.networks.telegram import UPDATES
from runtime.errors import Invalid, Unavailable
from services.ingest.connectors.http import content_key
from services.ingest.connectors.protocol import (
    Callback,
    Grant,
    Identity,
    Page,
    Reader,
    Silent,
    Tools,
)
from services.ingest.connectors.telegram.bot import Bot, updates_of
from services.ingest.connectors.times import parse_time

WAIT_S = 30
"""How long Telegram holds an answer back until there is an update."""

_MOST = 50
_RECENT = timedelta(minutes=10)


def build(tools: Tools) -> Reader:
    """Return the reader."""
    return TelegramConnector(tools)


class TelegramConnector(Silent):
    """One bot. Telegram keeps the place itself: what is asked for with a higher offset is forgotten there.

    So an offset is sent only right after the page before it was taken, and never one that was stored:
    ids begin anew after a quiet week, and a stored one would make Telegram forget what nobody has read.
    """

    def __init__(self, tools: Tools, wait_s: int = WAIT_S) -> None:
        self._clock = tools.clock
        self._bot = Bot(tools.client, tools.clock, tools.meter)
        self._wait_s = wait_s

    async def check(self, grant: Grant) -> Identity:
        """Ask whose token this is (getMe)."""
        told = await self._bot.ask(grant, "getMe")
        if "id" not in told:
            raise Invalid("telegram.refused", "the token belongs to no bot")
        handle = told.get("username")
        name = told.get("first_name") or handle or told["id"]
        return Identity(str(told["id"]), str(name), str(handle) if handle else None)

    async def subscribe(self, grant: Grant, callback: Callback) -> None:
        """Make Telegram call us (setWebhook). From then on polling is refused, and not tried."""
        await self._bot.call(
            grant,
            "setWebhook",
            {
                "url": callback.url,
                "secret_token": callback.secret,
                "allowed_updates": list(UPDATES),
                "drop_pending_updates": False,
            },
        )

    async def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:  # noqa: ARG002 (Telegram keeps the place)
        """Yield what waits, oldest first. Nothing while a webhook brings it."""
        if await self._is_called(grant):
            return
        async for page in self._updates(grant, "poll", 0):
            yield page

    async def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield updates as they come, by long polling. Ends at once while a webhook brings them."""
        if await self._is_called(grant):
            return
        while True:
            async for page in self._updates(grant, "stream", self._wait_s):
                yield page

    async def _updates(self, grant: Grant, channel: str, wait_s: int) -> AsyncIterator[Page]:
        """Yield pages until one is empty. Asking for the next tells Telegram that this one was taken."""
        params: dict[str, Any] = {
            "limit": _MOST,
            "timeout": wait_s,
            "allowed_updates": list(UPDATES),
        }
        while True:
            answer = await self._bot.call(grant, "getUpdates", params, wait_s)
            ids = [one["update_id"] for one in updates_of(answer) if _is_id(one.get("update_id"))]
            if not ids:
                return
            yield Page(answer.content, channel, content_key("getUpdates", answer.content))
            params["offset"] = max(ids) + 1

    async def _is_called(self, grant: Grant) -> bool:
        """Say whether a webhook is set. Raises `Unavailable` while it does not work and updates wait."""
        told = await self._bot.ask(grant, "getWebhookInfo")
        if not told.get("url"):
            return False
        failed_at = parse_time(told.get("last_error_date"))
        is_failing = failed_at is not None and self._clock.now() - failed_at < _RECENT
        if is_failing and told.get("pending_update_count"):
            why = "Telegram cannot deliver to the webhook that is set; updates wait for 24 hours"
            raise Unavailable("telegram.webhook_failing", why)
        return True


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
