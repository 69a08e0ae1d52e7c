"""The blogs as a family: their paths, how they fail, and what their readers can do."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Dialect
from sandbox.family import Common, Family
from sandbox.feeds.formats import Blog
from sandbox.feeds.routes import FeedRoutes
from sandbox.misbehaviour import Wish
from sandbox.models import Account, Item, Network


def build(common: Common) -> Family:
    """Return the stand-in."""
    return FeedFamily(common)


class FeedDialect:
    """How misbehaviour shows at a blog: it has no errors of its own, only those of its server."""

    def revoked(self) -> Response:
        """The blog is private now."""
        return HTMLResponse("<h1>403 Forbidden</h1>", 403)

    def rate_limited(self, wish: Wish) -> Response:
        """Too many readers."""
        headers = {"Retry-After": str(int(wish.retry_after_s))}
        return HTMLResponse("<h1>429 Too Many Requests</h1>", 429, headers)

    def server_error(self) -> Response:
        """The server is broken."""
        return HTMLResponse("<h1>500 Internal Server Error</h1>", 500)

    def proxy_page(self) -> Response:
        """The server in front of it is."""
        return HTMLResponse("<h1>502 Bad Gateway</h1>", 502)


class FeedFamily:
    """Blogs with posts and comments. Options of an account: feed, cache."""

    def __init__(self, common: Common) -> None:
        self._world = common.world
        self._routes = FeedRoutes(common)
        self.dialects: Mapping[Network, Dialect] = {"feed": FeedDialect()}

    def routers(self) -> list[APIRouter]:
        """All paths under /feeds."""
        return [self._routes.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a reader comment, or somebody change or delete a comment or post."""
        if emission.kind in ("comment", "reply"):
            return self._comment(account, emission)
        item = self._chosen(account, emission.id)
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        elif emission.kind == "delete":
            self._world.delete(item)
        else:
            raise CannotEmit(f"a feed has no {emission.kind}")
        return item

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Nothing to end."""

    def _comment(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        under = self._chosen(account, wanted) if wanted else self._newest_post(account)
        at = self._world.now()
        number = self._world.numbering.graph(at)
        item = Item(
            network="feed", id=number, account_id=account.id, author_id="",
            author_name=emission.author or "Robin Example", author_handle="", kind="comment",
            text=emission.text or "", created_at=at, parent_id=under.id, root_id=under.root_id,
        )  # fmt: skip
        # The id a feed gives it, so that what was read can be compared with what was written.
        item.id = Blog(self._world.origin, account).guid(item)
        self._world.create(item)
        return item

    def _newest_post(self, account: Account) -> Item:
        posts = self._world.posts(account)
        if not posts:
            raise CannotEmit("there is no post yet")
        return posts[-1]

    def _chosen(self, account: Account, item_id: str | None) -> Item:
        near = self._world.latest(account, 200)
        found = [one for one in near if not one.is_deleted and item_id in (None, one.id)]
        if not found:
            raise CannotEmit("there is no such item")
        return found[0]
