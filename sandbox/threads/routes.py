"""The paths of the Threads stand-in. What Threads allows is in posts."""

from typing import Any

from starlette.requests import Request

from sandbox.desk import Call
from sandbox.endpoints import Row, body_of
from sandbox.models import Account, Item
from sandbox.threads.errors import bad_parameter, gone, no_token
from sandbox.threads.posts import Posts

_LASTS_S = 60 * 86400
_LISTS = {"threads": "posts", "replies": "replies", "mentions": "mentions"}


class Routes:
    """Translates HTTP to Posts and back."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    def table(self) -> list[Row]:
        """Every path a token is needed for."""
        return [
            ("POST", "/v1.0/access_token", "token", self._token),
            ("POST", "/v1.0/refresh_access_token", "token", self._token),
            ("GET", "/v1.0/{object}", "read", self._one),
            ("DELETE", "/v1.0/{object}", "delete", self._delete),
            ("GET", "/v1.0/{object}/{edge}", "read", self._edge),
            ("POST", "/v1.0/{object}/threads", "contain", self._contain),
            ("POST", "/v1.0/{object}/threads_publish", "publish", self._publish),
            ("POST", "/v1.0/{object}/manage_reply", "moderate", self._manage),
        ]

    async def _token(self, call: Call, account: Account) -> Any:
        asked = await params_of(call.request)
        if asked.get("grant_type") not in ("th_exchange_token", "th_refresh_token"):
            raise no_token()
        return {"access_token": account.token, "token_type": "bearer", "expires_in": _LASTS_S}

    async def _one(self, call: Call, account: Account) -> Any:
        object_id = call.request.path_params["object"]
        if object_id in ("me", account.id):
            told = {"id": account.id, "username": account.handle, "name": account.name}
            return _cut(told, call.request)
        return _cut(self._posts.shown(self._posts.find(object_id), account), call.request)

    async def _edge(self, call: Call, account: Account) -> Any:
        object_id, edge = (call.request.path_params[one] for one in ("object", "edge"))
        if edge == "conversation":
            return self._page(call, account, self._posts.conversation(account, object_id))
        if object_id not in ("me", account.id):
            raise gone(object_id)
        if edge == "threads_publishing_limit":
            most = int(account.options.get("reply_quota", "1000"))
            config = {"quota_total": most, "quota_duration": 86400}
            used = self._posts.used(account)
            return {"data": [{"reply_quota_usage": used, "reply_config": config}]}
        if edge not in _LISTS:
            raise bad_parameter(f"Unknown path components: /{edge}")
        return self._page(call, account, self._posts.listed(account, _LISTS[edge]))

    def _page(self, call: Call, account: Account, found: list[Item]) -> dict[str, Any]:
        asked = call.request.query_params
        size, start = asked.get("limit", "25"), asked.get("after", "0")
        if not (size.isdigit() and start.isdigit() and 1 <= int(size) <= 100):
            raise bad_parameter("Invalid cursor or limit")
        end = int(start) + int(size)
        rows = [
            _cut(self._posts.shown(one, account), call.request) for one in found[int(start) : end]
        ]
        told: dict[str, Any] = {"data": rows}
        if rows:
            told["paging"] = {"cursors": {"before": start, "after": str(end)}}
        if end < len(found):
            told["paging"]["next"] = f"{call.request.url.path}?access_token=secret&after={end}"
        return told

    async def _contain(self, call: Call, account: Account) -> Any:
        _own(call, account)
        return {"id": self._posts.contain(account, await params_of(call.request))}

    async def _publish(self, call: Call, account: Account) -> Any:
        _own(call, account)
        asked = await params_of(call.request)
        item = self._posts.publish(account, asked.get("creation_id", ""), call.outcome)
        return {"id": item.id}

    async def _manage(self, call: Call, account: Account) -> Any:
        asked = await params_of(call.request)
        is_hidden = asked.get("hide", "").lower() == "true"
        self._posts.hide(account, call.request.path_params["object"], is_hidden=is_hidden)
        return {"success": True}

    async def _delete(self, call: Call, account: Account) -> Any:
        object_id = call.request.path_params["object"]
        self._posts.delete(account, object_id)
        return {"success": True, "deleted_id": object_id}


def _own(call: Call, account: Account) -> None:
    object_id = call.request.path_params["object"]
    if object_id not in ("me", account.id):
        raise gone(object_id)


async def params_of(request: Request) -> dict[str, str]:
    """What was asked, in the query, a form or JSON."""
    # The bytes are kept, so that they can be read in both ways.
    await request.body()
    form = {name: str(value) for name, value in (await request.form()).items()}
    told = {name: str(value) for name, value in (await body_of(request)).items()}
    return {**dict(request.query_params), **form, **told}


def _cut(told: dict[str, Any], request: Request) -> dict[str, Any]:
    """Only the fields that were asked for; without a wish the id alone."""
    wanted = {one.partition("{")[0] for one in request.query_params.get("fields", "").split(",")}
    return {name: value for name, value in told.items() if name in wanted or name == "id"}
