"""The paths of the WordPress stand-in: the site's page, and its API by pretty and plain permalinks."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.desk import Call
from sandbox.family import Common
from sandbox.models import Account
from sandbox.wordpress import errors, formats
from sandbox.wordpress.comments import Comments

_METHODS = ["GET", "POST", "DELETE"]
_ONE = re.compile(r"/wp/v2/(comments|posts|pages)/(\d+)\Z")
Act = Callable[[Call, Account, str], Response]


class WordPressRoutes:
    """Sites live at /wordpress/ACCOUNT/. An account's option `permalinks=plain` moves their API."""

    def __init__(self, common: Common, comments: Comments) -> None:
        self._world, self._desk, self._comments = common.world, common.desk, comments

    def router(self) -> APIRouter:
        """All paths under /wordpress."""
        router = APIRouter(prefix="/wordpress")
        router.add_api_route("/{site}/", self.site, methods=_METHODS)
        router.add_api_route("/{site}", self.site, methods=_METHODS)
        router.add_api_route("/{site}/wp-json/{path:path}", self.pretty, methods=_METHODS)
        return router

    async def site(self, request: Request, site: str) -> Response:
        """The site's page; with rest_route the API of a site with plain permalinks."""
        route = request.query_params.get("rest_route")
        account = self._world.account("wordpress", site)
        if account is None:
            return HTMLResponse("<h1>Not found</h1>", 404)
        if route is not None:
            return await self._api(request, account, route)
        api = "?rest_route=/" if _is_plain(account) else "wp-json/"
        headers = {"Link": f'<{self._site(account)}/{api}>; rel="https://api.w.org/"'}
        return HTMLResponse(f"<!doctype html><title>{account.name}</title>", headers=headers)

    async def pretty(self, request: Request, site: str, path: str) -> Response:
        """The API of a site with pretty permalinks."""
        account = self._world.account("wordpress", site)
        if account is None or _is_plain(account):
            return HTMLResponse("<h1>Not found</h1>", 404)
        return await self._api(request, account, f"/{path}")

    async def _api(self, request: Request, account: Account, path: str) -> Response:
        path = path if path == "/" else path.rstrip("/")
        body = await _body(request)

        async def act(call: Call) -> Response:
            try:
                if path == "/":
                    return JSONResponse(formats.index(self._site(account), account))
                _check(request, account)
                return self._answer(call, account, path, body)
            except errors.WordPressError as error:
                return error.response()

        operation = _operation(request.method, path)
        return await self._desk.serve(request, "wordpress", operation, account, act)

    def _answer(self, call: Call, account: Account, path: str, body: dict[str, Any]) -> Response:
        method = call.request.method
        if path == "/wp/v2/users/me":
            return JSONResponse(formats.me(account))
        if path == "/wp/v2/comments":
            return (
                self._list(call, account) if method == "GET" else self._write(call, account, body)
            )
        one = _ONE.match(path)
        if one is None:
            raise errors.no_route()
        if one[1] == "comments":
            return self._comment(call, account, one[2], body)
        return self._post(account, one[1], one[2])

    def _list(self, call: Call, account: Account) -> Response:
        query = dict(call.request.query_params)
        found = self._comments.listed(account, query)
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        pages = -(-len(found) // size)
        shown = [
            formats.comment(self._site(account), one, query.get("context", "view"))
            for one in found[(page - 1) * size : page * size]
        ]
        fields = query.get("_fields")
        if fields:
            shown = [{key: one[key] for key in fields.split(",") if key in one} for one in shown]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return JSONResponse(shown, headers=headers)

    def _write(self, call: Call, account: Account, body: dict[str, Any]) -> Response:
        item = self._comments.publish(account, call, body)
        return JSONResponse(formats.comment(self._site(account), item, "edit"), 201)

    def _comment(self, call: Call, account: Account, number: str, body: dict[str, Any]) -> Response:
        item = self._comments.known(account, number)
        if item is None or item.kind == "post":
            raise errors.no_comment()
        if call.request.method == "DELETE":
            if item.is_deleted:
                message = "The comment has already been trashed."
                raise errors.WordPressError(410, "rest_already_trashed", message)
            self._comments.set_status(item, "trash")
        elif call.request.method == "POST" and "content" in body:
            self._comments.edit(account, item, str(body["content"]))
        elif call.request.method == "POST":
            self._comments.set_status(item, str(body.get("status")))
        return JSONResponse(formats.comment(self._site(account), item, "edit"))

    def _post(self, account: Account, kind: str, number: str) -> Response:
        item = self._comments.known(account, number)
        if item is None or item.kind != "post" or item.is_deleted or kind == "pages":
            raise errors.WordPressError(404, "rest_post_invalid_id", "Invalid post ID.")
        return JSONResponse(formats.post(self._site(account), item))

    def _site(self, account: Account) -> str:
        return f"{self._world.origin}/wordpress/{account.id}"


def _is_plain(account: Account) -> bool:
    return account.options.get("permalinks") == "plain"


def _operation(method: str, path: str) -> str:
    if method == "GET":
        return "read"
    return "publish" if path == "/wp/v2/comments" else "moderate"


def _check(request: Request, account: Account) -> None:
    """Basic with user name and application password, spaces or not."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise errors.not_allowed("rest_forbidden_context")
    try:
        user, _, password = b64decode(told).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        user, password = "", ""
    is_right = password.replace(" ", "") == account.token.replace(" ", "")
    if user != account.handle or not is_right or account.is_token_revoked:
        raise errors.wrong_password()


async def _body(request: Request) -> dict[str, Any]:
    try:
        told = await request.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
