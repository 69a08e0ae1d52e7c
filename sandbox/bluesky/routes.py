"""The XRPC paths of the Bluesky stand-in. What records and views are lives beside."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from sandbox.bluesky.errors import XrpcError, invalid
from sandbox.bluesky.repos import LIKES, NETWORK, POSTS, Repos
from sandbox.bluesky.sessions import Session, Sessions
from sandbox.bluesky.views import Views, shown_time
from sandbox.desk import Call, Desk
from sandbox.models import Account, Item
from sandbox.world import World

LIMIT = 3000
WINDOW_S = 300
_OPERATIONS = {POSTS: "publish", LIKES: "like"}
Answer = dict[str, Any]
Handler = Callable[[Call, Account, Answer], Answer]
Made = tuple[Account, Session]


class XrpcRoutes:
    """Translates HTTP to repositories, sessions and views, and back."""

    def __init__(
        self, world: World, desk: Desk, sessions: Sessions, repos: Repos, views: Views
    ) -> None:
        self._world, self._desk = world, desk
        self._sessions, self._repos, self._views = sessions, repos, views
        self._used: dict[tuple[str, int], int] = {}

    def router(self) -> APIRouter:
        """All paths under /bluesky/xrpc."""
        router = APIRouter(prefix="/bluesky/xrpc")
        door: tuple[tuple[str, Callable[[Call, Answer], Made]], ...] = (
            ("createSession", self._create_session),
            ("refreshSession", self._refresh_session),
        )
        for name, make in door:
            path = f"/com.atproto.server.{name}"
            router.add_api_route(path, self._door(make), methods=["POST"])
        for method, nsid, handler in self._table():
            router.add_api_route(f"/{nsid}", self._endpoint(handler), methods=[method])
        return router

    def _table(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "com.atproto.server.getSession", self._get_session),
            ("GET", "app.bsky.notification.listNotifications", self._notifications),
            ("POST", "app.bsky.notification.updateSeen", lambda *_: {}),
            ("GET", "app.bsky.feed.getPosts", self._posts),
            ("GET", "app.bsky.feed.getPostThread", self._thread),
            ("GET", "app.bsky.actor.getProfile", self._profile),
            ("GET", "com.atproto.identity.resolveHandle", self._resolve),
            ("GET", "com.atproto.repo.getRecord", self._get_record),
            ("GET", "com.atproto.repo.listRecords", self._list_records),
            ("POST", "com.atproto.repo.createRecord", self._create_record),
            ("POST", "com.atproto.repo.putRecord", self._put_record),
            ("POST", "com.atproto.repo.deleteRecord", self._delete_record),
        ]

    def _door(self, make: Callable[[Call, Answer], Made]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            account = self._sessions.known(str(body.get("identifier", "")))

            async def act(call: Call) -> Response:
                try:
                    return JSONResponse(_session(*make(call, body)))
                except XrpcError as error:
                    return error.response()

            return await self._desk.serve(request, NETWORK, "session", account, act)

        return endpoint

    def _endpoint(self, handler: Handler) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            try:
                account: Account | None = self._sessions.account(_token(request))
                refusal = None
            except XrpcError as error:
                account, refusal = None, error

            async def act(call: Call) -> Response:
                if account is None:
                    return (refusal or invalid("no account")).response()
                headers, is_allowed = self._take(account)
                if not is_allowed:
                    limited = XrpcError(429, "RateLimitExceeded", "Rate Limit Exceeded")
                    return limited.response(headers)
                try:
                    return JSONResponse(handler(call, account, body), headers=headers)
                except XrpcError as error:
                    return error.response(headers)

            operation = _operation(request, body)
            return await self._desk.serve(request, NETWORK, operation, account, act)

        return endpoint

    def _take(self, account: Account) -> tuple[dict[str, str], bool]:
        window = int(self._world.now().timestamp()) // WINDOW_S
        limit = int(account.options.get("rate_limit", LIMIT))
        used = self._used[account.id, window] = self._used.get((account.id, window), 0) + 1
        headers = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(max(0, limit - used)),
            "RateLimit-Reset": str((window + 1) * WINDOW_S),
            "RateLimit-Policy": f"{limit};w={WINDOW_S}",
        }
        return headers, used <= limit

    # Sessions

    def _create_session(self, _: Call, body: Answer) -> Made:
        return self._sessions.create(str(body.get("identifier", "")), str(body.get("password", "")))

    def _refresh_session(self, call: Call, body: Answer) -> Made:
        if body:
            raise invalid("A request body was provided when none was expected")
        return self._sessions.refresh(_token(call.request))

    def _get_session(self, _: Call, account: Account, __: Answer) -> Answer:
        return {"did": account.id, "handle": account.handle, "active": True}

    # Views

    def _notifications(self, call: Call, account: Account, _: Answer) -> Answer:
        query = call.request.query_params
        reasons = query.getlist("reasons")
        mine = self._world.items(NETWORK, account.id)
        rows = [one for one in mine if one.extra.get("reason") and not one.is_deleted]
        rows = [one for one in rows if not reasons or one.extra["reason"] in reasons]
        shown, cursor = _cut(rows, query.get("cursor"), _limit(query.get("limit")))
        answer: Answer = {
            "notifications": [self._views.notification(one) for one in shown],
            "priority": False,
            "seenAt": shown_time(self._world.now()),
        }
        return answer | ({"cursor": cursor} if cursor else {})

    def _posts(self, call: Call, account: Account, _: Answer) -> Answer:
        uris = call.request.query_params.getlist("uris")
        if not uris or len(uris) > 25:
            raise invalid("Error: uris must have between 1 and 25 elements")
        found = [self._world.item(NETWORK, uri) for uri in uris]
        there = [one for one in found if one is not None and not one.is_deleted]
        return {"posts": [self._views.post(one, account) for one in there]}

    def _thread(self, call: Call, account: Account, _: Answer) -> Answer:
        uri = call.request.query_params.get("uri", "")
        node = self._views.thread(uri, account)
        if node.get("notFound"):
            raise XrpcError(400, "NotFound", f"Post not found: {uri}")
        return {"thread": node}

    def _profile(self, call: Call, _: Account, __: Answer) -> Answer:
        actor = call.request.query_params.get("actor", "")
        who = self._sessions.known(actor) or self._world.person(actor)
        if who is None:
            raise invalid("Profile not found")
        return self._views.profile(who)

    def _resolve(self, call: Call, _: Account, __: Answer) -> Answer:
        handle = call.request.query_params.get("handle", "").lower()
        account = self._sessions.known(handle)
        if account is not None:
            return {"did": account.id}
        for item in self._world.items(NETWORK):
            if item.author_handle.lower() == handle:
                return {"did": item.author_id}
        raise invalid("Unable to resolve handle")

    # Records

    def _get_record(self, call: Call, _: Account, __: Answer) -> Answer:
        query = call.request.query_params
        uri = f"at://{query.get('repo')}/{query.get('collection')}/{query.get('rkey')}"
        row = self._repos.find(uri)
        return {"uri": row.uri, "cid": row.cid, "value": row.value}

    def _list_records(self, call: Call, _: Account, __: Answer) -> Answer:
        query = call.request.query_params
        rows = self._repos.listed(query.get("repo", ""), query.get("collection", ""))
        limit = _limit(query.get("limit"))
        return {
            "records": [{"uri": r.uri, "cid": r.cid, "value": r.value} for r in rows[:limit]],
        }

    def _create_record(self, call: Call, account: Account, body: Answer) -> Answer:
        collection, value = _record(account, body)
        rkey = body.get("rkey") or self._repos.new_key(self._world.now())
        row = self._repos.find(self._repos.create(account, collection, str(rkey), value))
        if collection == POSTS:
            client = call.request.headers.get("user-agent")
            self._repos.note(account, row, call.outcome, client)
        return _written(row.uri, row.cid)

    def _put_record(self, _: Call, account: Account, body: Answer) -> Answer:
        collection, value = _record(account, body)
        rkey = str(body.get("rkey"))
        if "swapRecord" in body:
            self._repos.swap(f"at://{account.id}/{collection}/{rkey}", body["swapRecord"])
        row = self._repos.put(account, collection, rkey, value)
        return _written(row.uri, row.cid)

    def _delete_record(self, _: Call, account: Account, body: Answer) -> Answer:
        _own(account, body)
        self._repos.delete(f"at://{account.id}/{body.get('collection')}/{body.get('rkey')}")
        return {"commit": {"cid": "bafyreicommit", "rev": "3knewrev"}}


def _written(uri: str, cid: str) -> Answer:
    commit = {"cid": "bafyreicommit", "rev": "3knewrev"}
    return {"uri": uri, "cid": cid, "commit": commit, "validationStatus": "valid"}


def _record(account: Account, body: Answer) -> tuple[str, Answer]:
    _own(account, body)
    collection, value = body.get("collection"), body.get("record")
    if not isinstance(collection, str) or not isinstance(value, dict):
        raise invalid('Input must have the property "record"')
    if value.get("$type", collection) != collection:
        raise invalid(f"Invalid $type: expected {collection}")
    return collection, value


def _own(account: Account, body: Answer) -> None:
    if body.get("repo") not in (account.id, account.handle):
        raise XrpcError(401, "AuthenticationRequired", "Repo is not the session's")


def _session(account: Account, session: Session) -> Answer:
    return {
        "did": account.id,
        "handle": account.handle,
        "accessJwt": session.access,
        "refreshJwt": session.refresh,
        "active": True,
    }


def _cut(rows: list[Item], cursor: str | None, limit: int) -> tuple[list[Item], str | None]:
    """A page of rows (oldest first), newest first, and the cursor of the one behind it."""
    if cursor is not None:
        rows = [one for one in rows if _place(one) < cursor]
    rows = sorted(rows, key=_place, reverse=True)
    shown = rows[:limit]
    return shown, _place(shown[-1]) if len(rows) > limit else None


def _place(item: Item) -> str:
    return f"{item.created_at.isoformat(timespec='microseconds')}::{item.extra['rkey']}"


def _limit(told: str | None) -> int:
    return max(1, min(100, int(told) if told and told.isdigit() else 50))


def _operation(request: Request, body: Answer) -> str:
    if request.method == "GET":
        return "read"
    if request.url.path.endswith("createRecord"):
        return _OPERATIONS.get(str(body.get("collection")), "moderate")
    return "delete" if request.url.path.endswith("deleteRecord") else "moderate"


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


async def _body(request: Request) -> Answer:
    if request.method != "POST" or not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
