"""The paths of the blogs: pages, feeds with validators, and addresses that misbehave by themselves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import format_datetime
from hashlib import sha256

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from sandbox.desk import Call
from sandbox.family import Common
from sandbox.feeds import formats
from sandbox.feeds.formats import Blog
from sandbox.models import Account, Item

_ENTRIES = 20
_XML = "application/rss+xml; charset=UTF-8"
Write = Callable[[Blog, list[Item]], str]


class FeedRoutes:
    """Blogs live at /feeds/ACCOUNT/."""

    def __init__(self, common: Common) -> None:
        self._world, self._desk = common.world, common.desk

    def router(self) -> APIRouter:
        """All paths under /feeds."""
        router = APIRouter(prefix="/feeds/{blog}")
        table: dict[str, Callable[..., Awaitable[Response]]] = {
            "/": self.home,
            "/feed/": self._feed(formats.rss, _XML),
            "/atom/": self._feed(formats.atom, "application/atom+xml; charset=UTF-8"),
            "/feed.json": self._feed(formats.json_feed, "application/feed+json"),
            "/broken/": self._feed(_torn, _XML),
            "/comments/feed/": self.comments,
            "/posts/{post}/": self.post,
            "/posts/{post}/feed/": self.comments,
            "/moved/": self._redirect(301, "feed/"),
            "/away/": self._redirect(302, "feed/"),
            "/round/": self._redirect(302, "round/"),
            "/inside/": self._redirect(302, "http://169.254.169.254/latest/meta-data/"),
            "/gone/": _gone,
            "/huge/": _huge,
            "/slow/": _slow,
        }
        for path, endpoint in table.items():
            router.add_api_route(path, endpoint, methods=["GET"])
        return router

    async def home(self, blog: str) -> Response:
        """The page a person copies the address of."""
        account = self._world.account("feed", blog)
        return HTMLResponse(formats.page(self._blog(account))) if account else _nothing()

    async def post(self, blog: str, post: str) -> Response:
        """A post's page."""
        account = self._world.account("feed", blog)
        found = [one for one in self._posts(account) if formats.number_of(one.id) == post]
        return HTMLResponse(f"<h1>{len(found)}</h1>") if found else _nothing()

    async def comments(self, request: Request, blog: str, post: str | None = None) -> Response:
        """Comments of the blog or of one post, newest first."""

        def write(site: Blog) -> str:
            items = self._world.items("feed", site.account.id)
            found = [i for i in items if i.kind == "comment" and not i.is_deleted]
            if post is not None:
                found = [i for i in found if formats.number_of(i.root_id) == post]
            link = site.post(post) if post else site.home
            return formats.comments_rss(site, link, found[::-1][:_ENTRIES])

        return await self._serve(request, blog, write, _XML)

    def _feed(self, write: Write, kind: str) -> Callable[..., Awaitable[Response]]:
        async def feed(request: Request, blog: str) -> Response:
            def written(site: Blog) -> str:
                return write(site, self._posts(site.account)[::-1][:_ENTRIES])

            return await self._serve(request, blog, written, kind)

        return feed

    async def _serve(
        self, request: Request, name: str, write: Callable[[Blog], str], kind: str
    ) -> Response:
        account = self._world.account("feed", name)
        if account is None:
            return _nothing()

        async def act(_: Call) -> Response:
            return self._conditional(request, account, write(self._blog(account)).encode(), kind)

        return await self._desk.serve(request, "feed", "read", account, act)

    def _conditional(self, request: Request, account: Account, body: bytes, kind: str) -> Response:
        """304 when the caller has these bytes."""
        items = self._world.items("feed", account.id)
        newest = max((one.edited_at or one.created_at for one in items), default=self._world.now())
        headers = {
            "ETag": f'"{sha256(body).hexdigest()[:16]}"',
            "Last-Modified": format_datetime(newest, usegmt=True),
            **({"Cache-Control": told} if (told := account.options.get("cache")) else {}),
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=kind)

    def _redirect(self, status: int, where: str) -> Callable[..., Awaitable[Response]]:
        async def redirect(blog: str) -> Response:
            home = f"{self._world.origin}/feeds/{blog}/"
            return RedirectResponse(where if "://" in where else f"{home}{where}", status)

        return redirect

    def _posts(self, account: Account | None) -> list[Item]:
        return self._world.posts(account) if account else []

    def _blog(self, account: Account) -> Blog:
        return Blog(self._world.origin, account)


def _torn(blog: Blog, posts: list[Item]) -> str:
    """The feed, cut off in its last entry."""
    whole = formats.rss(blog, posts)
    return whole[: whole.rfind("</content:encoded>")]


def _nothing() -> Response:
    return HTMLResponse("<h1>Not found</h1>", 404)


async def _gone() -> Response:
    return HTMLResponse("<h1>Gone</h1>", 410)


async def _huge() -> Response:
    async def endless() -> AsyncIterator[bytes]:
        yield b'<?xml version="1.0"?><rss version="2.0"><channel><title>'
        while True:
            yield b"x" * 65_536
            # Nothing else waits here, and the server must hear that the reader hung up.
            await asyncio.sleep(0)

    return StreamingResponse(endless(), media_type=_XML)


async def _slow() -> Response:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.1)

    return StreamingResponse(drops(), media_type=_XML)
