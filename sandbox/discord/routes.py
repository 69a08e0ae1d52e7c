"""The paths of the Discord stand-in. What Discord allows is in messages."""

from typing import Any

from starlette.responses import Response

from sandbox.desk import Call
from sandbox.discord import errors
from sandbox.discord.formats import Objects
from sandbox.discord.gateway import Gateway
from sandbox.discord.messages import Messages, channels_of, guild_of
from sandbox.endpoints import Row, body_of
from sandbox.models import Account

_API = "/api/v10"
_MESSAGES = f"{_API}/channels/{{channel}}/messages"


class Routes:
    """Translates HTTP to Messages and back."""

    def __init__(self, messages: Messages, objects: Objects, gateway: Gateway) -> None:
        self._messages, self._objects, self._gateway = messages, objects, gateway
        self.bans: set[tuple[str, str]] = set()

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        one = f"{_MESSAGES}/{{message}}"
        thumb = f"{one}/reactions/{{emoji}}/@me"
        return [
            ("GET", f"{_API}/users/@me", "read", self._me),
            ("GET", f"{_API}/gateway/bot", "read", self._where),
            ("GET", f"{_API}/guilds/{{guild}}", "read", self._guild),
            ("GET", f"{_API}/guilds/{{guild}}/channels", "read", self._channels),
            ("GET", f"{_API}/guilds/{{guild}}/threads/active", "read", self._threads),
            ("PUT", f"{_API}/guilds/{{guild}}/bans/{{user}}", "moderate", self._ban),
            ("DELETE", f"{_API}/guilds/{{guild}}/bans/{{user}}", "moderate", self._unban),
            ("GET", _MESSAGES, "read", self._listed),
            ("POST", _MESSAGES, "publish", self._write),
            ("DELETE", one, "delete", self._delete),
            ("PATCH", one, "edit", self._edit),
            ("PUT", thumb, "like", self._like),
            ("DELETE", thumb, "like", self._unlike),
        ]

    async def _me(self, _call: Call, account: Account) -> Any:
        return {
            "id": account.id, "username": account.handle, "discriminator": "0", "bot": True,
        }  # fmt: skip

    async def _where(self, _call: Call, _account: Account) -> Any:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
        return {"url": self._gateway.url(), "shards": 1, "session_start_limit": limit}

    async def _guild(self, call: Call, account: Account) -> Any:
        guild = _at(call, account)
        return {"id": guild, "name": account.name, "owner_id": "1"}

    async def _channels(self, call: Call, account: Account) -> Any:
        guild = _at(call, account)
        rows = [
            {
                "id": channel,
                "type": 0,
                "guild_id": guild,
                "name": f"room-{channel[-2:]}",
                "last_message_id": self._newest(account, channel),
            }
            for channel in channels_of(account)
        ]
        return [{"id": "1", "type": 4, "guild_id": guild, "name": "a category"}, *rows]

    async def _threads(self, call: Call, account: Account) -> Any:
        _at(call, account)
        return {"threads": [], "members": []}

    def _newest(self, account: Account, channel: str) -> str | None:
        return next((one.id for one in reversed(self._messages.here(account, channel))), None)

    async def _ban(self, call: Call, account: Account) -> Any:
        guild = _at(call, account)
        if account.options.get("is_powerless"):
            raise errors.missing_permission()
        self.bans.add((guild, call.request.path_params["user"]))
        return Response(status_code=204)

    async def _unban(self, call: Call, account: Account) -> Any:
        ban = (_at(call, account), call.request.path_params["user"])
        if ban not in self.bans:
            raise errors.refusal(404, 10026, "Unknown Ban")
        self.bans.discard(ban)
        return Response(status_code=204)

    async def _listed(self, call: Call, account: Account) -> Any:
        asked = call.request.query_params
        limit, after = asked.get("limit", "50"), asked.get("after")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise errors.invalid_form("limit")
        rows = self._messages.listed(account, call.request.path_params["channel"])
        if after is None:
            found = rows[-int(limit) :]
        else:
            found = [one for one in rows if int(one.id) > int(after)][: int(limit)]
        return [self._objects.message(one) for one in reversed(found)]

    async def _write(self, call: Call, account: Account) -> Any:
        channel = call.request.path_params["channel"]
        told = await body_of(call.request)
        item = self._messages.write(account, channel, told, call.outcome)
        return {**self._objects.message(item), "nonce": told.get("nonce")}

    async def _delete(self, call: Call, account: Account) -> Any:
        at = call.request.path_params
        self._messages.delete(account, at["channel"], at["message"])
        return Response(status_code=204)

    async def _edit(self, call: Call, account: Account) -> Any:
        at, told = call.request.path_params, await body_of(call.request)
        item = self._messages.edit(account, at["channel"], at["message"], told)
        return self._objects.message(item)

    async def _like(self, call: Call, account: Account) -> Any:
        return self._react(call, account, is_liked=True)

    async def _unlike(self, call: Call, account: Account) -> Any:
        return self._react(call, account, is_liked=False)

    def _react(self, call: Call, account: Account, *, is_liked: bool) -> Response:
        at = call.request.path_params
        self._messages.react(account, at["channel"], at["message"], is_liked=is_liked)
        return Response(status_code=204)


def _at(call: Call, account: Account) -> str:
    guild: str = call.request.path_params["guild"]
    if guild != guild_of(account):
        raise errors.refusal(404, 10004, "Unknown Guild")
    return guild
