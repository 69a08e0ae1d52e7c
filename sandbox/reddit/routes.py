"""The paths of the Reddit stand-in. What Reddit allows is in things, how it looks in formats."""

from typing import Any

from sandbox.desk import Call
from sandbox.endpoints import Row
from sandbox.models import Account
from sandbox.reddit.errors import refusal
from sandbox.reddit.formats import Things, listing
from sandbox.reddit.things import NETWORK, Board, answer_of, cut
from sandbox.world import World


class Routes:
    """Translates HTTP to the board and back."""

    def __init__(self, world: World, board: Board, things: Things) -> None:
        self._world, self._board, self._things = world, board, things

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("GET", "/api/v1/me", "read", self._me),
            ("GET", "/message/{place}", "read", self._messages),
            ("GET", "/user/{user}/comments", "read", self._own),
            ("GET", "/r/{room}/comments", "read", self._room),
            ("GET", "/api/info", "read", self._info),
            ("POST", "/api/comment", "publish", self._comment),
            ("POST", "/api/compose", "publish", self._compose),
            ("POST", "/api/remove", "moderate", self._remove),
            ("POST", "/api/approve", "moderate", self._approve),
            ("POST", "/api/del", "delete", self._delete),
            ("POST", "/api/editusertext", "edit", self._edit),
        ]

    async def _me(self, _call: Call, account: Account) -> Any:
        return {"id": account.id.removeprefix("t2_"), "name": account.handle}

    async def _messages(self, call: Call, account: Account) -> Any:
        place = call.request.path_params["place"]
        if place not in ("inbox", "mentions", "sent"):
            raise refusal(404, "Not Found")
        items, after = cut(self._board.listed(account, place), dict(call.request.query_params))
        return listing([self._things.inbox(one, account) for one in items], after)

    async def _own(self, call: Call, account: Account) -> Any:
        if call.request.path_params["user"] != account.handle:
            raise refusal(404, "Not Found")
        return self._listed(call, account, "own")

    async def _room(self, call: Call, account: Account) -> Any:
        room = call.request.path_params["room"]
        if room in account.options.get("closed", "").split(","):
            raise refusal(403, "Forbidden")
        return self._listed(call, account, room)

    def _listed(self, call: Call, account: Account, place: str) -> Any:
        items, after = cut(self._board.listed(account, place), dict(call.request.query_params))
        return listing([self._things.thing(one) for one in items], after)

    async def _info(self, call: Call, _account: Account) -> Any:
        names = call.request.query_params.get("id", "").split(",")
        found = [self._world.item(NETWORK, one) for one in names]
        return listing([self._things.thing(one) for one in found if one is not None])

    async def _comment(self, call: Call, account: Account) -> Any:
        item = self._board.comment(account, await _form(call), call.outcome)
        return answer_of(self._things.thing(item))

    async def _compose(self, call: Call, account: Account) -> Any:
        self._board.compose(account, await _form(call), call.outcome)
        return {"json": {"errors": []}}

    async def _remove(self, call: Call, account: Account) -> Any:
        self._board.judge(account, (await _form(call)).get("id", ""), is_removed=True)
        return {}

    async def _approve(self, call: Call, account: Account) -> Any:
        self._board.judge(account, (await _form(call)).get("id", ""), is_removed=False)
        return {}

    async def _delete(self, call: Call, account: Account) -> Any:
        self._board.delete(account, (await _form(call)).get("id", ""))
        return {}

    async def _edit(self, call: Call, account: Account) -> Any:
        item = self._board.edit(account, await _form(call))
        return answer_of(self._things.thing(item))


async def _form(call: Call) -> dict[str, str]:
    return {name: str(value) for name, value in (await call.request.form()).items()}
