"""Discord's JSON with the keys of the recorded payloads. No rules of who may what."""

import re
from datetime import datetime
from typing import Any

from sandbox.discord.messages import NETWORK, guild_of
from sandbox.models import Account, Item
from sandbox.world import World

_NAMED = re.compile(r"<@(\d+)>")
_REPLY = 19


def discord_time(at: datetime) -> str:
    """2017-07-11T17:27:07.299000+00:00."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


class Objects:
    """Renders messages and the events about them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def message(self, item: Item) -> dict[str, Any]:
        """A message as a page shows it: without its server."""
        edited_at = discord_time(item.edited_at) if item.edited_at else None
        told: dict[str, Any] = {
            "id": item.id,
            "channel_id": item.root_id,
            "author": {
                "username": item.author_handle,
                "discriminator": "0",
                "global_name": item.author_name,
                "id": item.author_id,
                "avatar": None,
            },
            "content": item.text,
            "timestamp": discord_time(item.created_at),
            "edited_timestamp": edited_at,
            "tts": False,
            "mention_everyone": False,
            "mentions": self._mentions(item),
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": _REPLY if item.parent_id else 0,
        }
        if item.is_own:
            told["author"]["bot"] = True
        if item.parent_id:
            told["message_reference"] = {
                "type": 0, "message_id": item.parent_id, "channel_id": item.root_id,
            }  # fmt: skip
        return told

    def told(self, account: Account, item: Item) -> dict[str, Any]:
        """A message as the gateway tells of it."""
        return {**self.message(item), **self._place(account, item)}

    def gone(self, account: Account, item: Item) -> dict[str, Any]:
        """What the gateway tells of a deleted message: ids only."""
        return {"id": item.id, "channel_id": item.root_id, **self._place(account, item)}

    def _place(self, account: Account, item: Item) -> dict[str, str]:
        return {} if item.kind == "dm" else {"guild_id": guild_of(account)}

    def _mentions(self, item: Item) -> list[dict[str, Any]]:
        accounts = (self._world.account(NETWORK, one) for one in _NAMED.findall(item.text))
        return [
            {"id": one.id, "username": one.handle, "discriminator": "0000", "bot": True}
            for one in accounts
            if one is not None
        ]
