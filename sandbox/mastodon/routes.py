"""The REST paths of the Mastodon stand-in; streams are in streaming.py."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response

from sandbox.desk import Call, Desk
from sandbox.endpoints import body_of
from sandbox.mastodon import errors
from sandbox.mastodon.consent import Consent
from sandbox.mastodon.formats import Entities, relationship
from sandbox.mastodon.limits import Limits
from sandbox.mastodon.paging import Page, page
from sandbox.mastodon.statuses import Draft, Statuses
from sandbox.models import Account, Item, Notification
from sandbox.world import World

Body = dict[str, Any] | list[Any]
Handler = Callable[[Call], Awaitable[tuple[Body, dict[str, str]]]]


def token_of(headers: Headers, query: QueryParams) -> str:
    """Bearer token, else the access_token parameter."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else query.get("access_token", "")


class MastodonRoutes:
    """Translates HTTP to Statuses and back."""

    def __init__(
        self, world: World, desk: Desk, statuses: Statuses, entities: Entities, limits: Limits
    ) -> None:
        self._world, self._desk = world, desk
        self._statuses, self._entities, self._limits = statuses, entities, limits

    def router(self) -> APIRouter:
        """All REST paths under /mastodon."""
        router = APIRouter(prefix="/mastodon")
        for method, path, operation, handler in self._table():
            router.add_api_route(path, self._endpoint(operation, handler), methods=[method])
        router.include_router(Consent(self._world).router())
        return router

    def _table(self) -> list[tuple[str, str, str, Handler]]:
        one = "/api/v1/statuses/{status_id}"
        return [
            ("GET", "/api/v2/instance", "read", self._instance),
            ("GET", "/api/v1/accounts/verify_credentials", "read", self._credentials),
            ("GET", "/api/v1/accounts/lookup", "read", self._lookup),
            ("GET", "/api/v1/accounts/{account_id}", "read", self._account),
            ("GET", "/api/v1/accounts/{account_id}/statuses", "read", self._written),
            ("GET", "/api/v1/notifications", "read", self._notifications),
            ("POST", "/api/v1/statuses", "publish", self._publish),
            ("GET", one, "read", self._status),
            ("DELETE", one, "delete", self._delete),
            ("PUT", one, "edit", self._edit),
            ("GET", f"{one}/context", "read", self._context),
            ("GET", f"{one}/history", "read", self._history),
            ("POST", f"{one}/favourite", "like", self._favourite),
            ("POST", f"{one}/unfavourite", "like", self._unfavourite),
            ("POST", "/api/v1/accounts/{account_id}/block", "block", self._block),
            ("POST", "/api/v1/accounts/{account_id}/unblock", "block", self._unblock),
        ]

    def _endpoint(
        self, operation: str, handler: Handler
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            token = token_of(request.headers, request.query_params)
            account = self._world.account_by_token("mastodon", token) if token else None
            client = request.client.host if request.client else ""
            is_allowed, headers = self._limits.take(token or client)

            async def act(call: Call) -> Response:
                if not is_allowed:
                    return errors.MastodonError(429, "Too many requests", headers).response()
                return await _answer(handler, call, headers)

            return await self._desk.serve(request, "mastodon", operation, account, act)

        return endpoint

    async def _instance(self, _: Call) -> tuple[Body, dict[str, str]]:
        host = self._world.origin.partition("://")[2]
        secure = self._world.origin.startswith("https")
        statuses = {
            "max_characters": self._statuses.max_characters,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        }
        urls = {"streaming": f"{'wss' if secure else 'ws'}://{host}/mastodon"}
        body = {
            "domain": host,
            "title": "Sandbox",
            "version": "4.5.0",
            "source_url": "https://github.com/mastodon/mastodon",
            "description": "A stand-in that speaks the Mastodon API.",
            "languages": ["en"],
            "configuration": {"urls": urls, "statuses": statuses},
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "rules": [],
            "api_versions": {"mastodon": 7},
        }
        return body, {}

    async def _credentials(self, call: Call) -> tuple[Body, dict[str, str]]:
        account = signed_in(call)
        source = {
            "privacy": "public",
            "sensitive": False,
            "language": None,
            "note": "",
            "fields": [],
        }
        return self._entities.account(account) | {"source": source}, {}

    async def _lookup(self, call: Call) -> tuple[Body, dict[str, str]]:
        acct = call.request.query_params.get("acct", "").lstrip("@")
        for account in self._world.accounts("mastodon"):
            if account.handle == acct:
                return self._entities.account(account), {}
        raise errors.not_found()

    async def _account(self, call: Call) -> tuple[Body, dict[str, str]]:
        account_id = call.request.path_params["account_id"]
        found = self._world.account("mastodon", account_id) or self._world.person(account_id)
        if found is None:
            raise errors.not_found()
        return self._entities.account(found), {}

    async def _written(self, call: Call) -> tuple[Body, dict[str, str]]:
        viewer = optional(call)
        rows = self._statuses.written_by(call.request.path_params["account_id"], viewer)
        if _is_true(call.request.query_params.get("exclude_replies")):
            rows = [item for item in rows if item.parent_id is None]
        cut: Page[Item] = self._page(call, rows, most=40)
        return [self._entities.status(item, viewer) for item in cut.rows], _link(cut)

    def _page(self, call: Call, rows: list[Any], most: int) -> Page[Any]:
        url = self._world.origin + call.request.url.path
        query = call.request.query_params.multi_items()
        return page(rows, query, url, lambda row: str(row.id), most)

    async def _notifications(self, call: Call) -> tuple[Body, dict[str, str]]:
        account = signed_in(call)
        query = call.request.query_params
        wanted, unwanted = set(query.getlist("types[]")), set(query.getlist("exclude_types[]"))
        rows = [
            note
            for note in self._world.notifications(account.id)
            if (not wanted or note.type in wanted) and note.type not in unwanted
        ]
        cut: Page[Notification] = self._page(call, rows, most=80)
        return [self._entities.notification(note, account) for note in cut.rows], _link(cut)

    async def _publish(self, call: Call) -> tuple[Body, dict[str, str]]:
        account = signed_in(call)
        asked = await _fields(call.request)
        draft = Draft(
            status=asked.get("status") or "",
            in_reply_to_id=asked.get("in_reply_to_id") or None,
            visibility=asked.get("visibility") or "public",
            spoiler_text=asked.get("spoiler_text") or "",
            language=asked.get("language") or None,
            idempotency_key=call.request.headers.get("idempotency-key"),
            outcome=call.outcome,
            client=call.request.headers.get("user-agent"),
        )
        item = self._statuses.create(account, draft, self._world.now())
        return self._entities.status(item, account), {}

    async def _status(self, call: Call) -> tuple[Body, dict[str, str]]:
        viewer = optional(call)
        return self._entities.status(self._statuses.find(_id(call), viewer), viewer), {}

    async def _delete(self, call: Call) -> tuple[Body, dict[str, str]]:
        return self._statuses.delete(signed_in(call), _id(call)), {}

    async def _edit(self, call: Call) -> tuple[Body, dict[str, str]]:
        account, told = signed_in(call), await body_of(call.request)
        return self._entities.status(self._statuses.edit(account, _id(call), told), account), {}

    async def _context(self, call: Call) -> tuple[Body, dict[str, str]]:
        return self._statuses.context(optional(call), _id(call)), {}

    async def _history(self, call: Call) -> tuple[Body, dict[str, str]]:
        return self._entities.history(self._statuses.find(_id(call), optional(call))), {}

    async def _favourite(self, call: Call) -> tuple[Body, dict[str, str]]:
        account = signed_in(call)
        item = self._statuses.favourite(account, _id(call), is_liked=True)
        return self._entities.status(item, account), {}

    async def _unfavourite(self, call: Call) -> tuple[Body, dict[str, str]]:
        account = signed_in(call)
        item = self._statuses.favourite(account, _id(call), is_liked=False)
        return self._entities.status(item, account), {}

    async def _block(self, call: Call) -> tuple[Body, dict[str, str]]:
        return self._block_or_not(call, is_blocked=True), {}

    async def _unblock(self, call: Call) -> tuple[Body, dict[str, str]]:
        return self._block_or_not(call, is_blocked=False), {}

    def _block_or_not(self, call: Call, *, is_blocked: bool) -> Body:
        account, other = signed_in(call), str(call.request.path_params["account_id"])
        if self._world.person(other) is None and self._world.account("mastodon", other) is None:
            raise errors.not_found()
        blocked = {one for one in account.options.get("blocked", "").split(",") if one}
        blocked = blocked | {other} if is_blocked else blocked - {other}
        options = account.options | {"blocked": ",".join(sorted(blocked))}
        self._world.put_account(account.model_copy(update={"options": options}))
        return relationship(other, is_blocked=is_blocked)


async def _answer(handler: Handler, call: Call, headers: dict[str, str]) -> Response:
    try:
        body, more = await handler(call)
    except errors.MastodonError as error:
        return errors.MastodonError(error.status, error.message, headers).response()
    return JSONResponse(body, headers=headers | more)


def signed_in(call: Call) -> Account:
    """The account of the call's token; 401 without one."""
    account = optional(call)
    if account is None:
        raise errors.unauthorised()
    return account


def optional(call: Call) -> Account | None:
    """The account of the call's token, None without a token; a bad token is a 401 all the same."""
    has_token = bool(token_of(call.request.headers, call.request.query_params))
    is_bad = call.account is None or call.account.is_token_revoked
    if has_token and is_bad:
        raise errors.unauthorised()
    return call.account


async def _fields(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = await request.json()
        except ValueError as error:
            raise errors.MastodonError(
                400, "Error occurred while parsing request parameters"
            ) from error
        return body if isinstance(body, dict) else {}
    return dict(request.query_params) | dict(await request.form())


def _id(call: Call) -> str:
    return str(call.request.path_params["status_id"])


def _link(cut: Page[Any]) -> dict[str, str]:
    return {"Link": cut.link} if cut.link else {}


def _is_true(text: str | None) -> bool:
    return text in ("true", "1")
