"""Plain pages behind the permalinks, so that "open at the network" leads somewhere in a demo."""

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from sandbox.models import Item, Network
from sandbox.world import World

_STYLE = (
    "body{font:16px/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}"
    "article{border-left:2px solid #ccc;padding:.2rem 1rem;margin:.8rem 0}"
    "small{color:#666}p{white-space:pre-wrap;margin:.2rem 0}"
)


class Permalinks:
    """Shows a post with everything below it; nothing private and nothing deleted."""

    def __init__(self, world: World) -> None:
        self._world = world

    def router(self) -> APIRouter:
        """The paths of both networks' permalinks."""
        router = APIRouter()
        router.add_api_route(
            "/facebook/{page_id}/posts/{post_id}", self.facebook_post, methods=["GET"]
        )
        router.add_api_route("/mastodon/@{handle}/{status_id}", self.status, methods=["GET"])
        return router

    async def facebook_post(self, page_id: str, post_id: str) -> Response:
        """A post of a page."""
        return self._show("facebook", f"{page_id}_{post_id}")

    async def status(self, handle: str, status_id: str) -> Response:  # noqa: ARG002
        """A status; the handle in the path is decoration, as on a real server."""
        return self._show("mastodon", status_id)

    def _show(self, network: Network, item_id: str) -> Response:
        item = self._world.item(network, item_id)
        if item is None or item.is_deleted or item.visibility == "direct":
            return HTMLResponse("<h1>Not found</h1>", 404)
        head = f"<!doctype html><meta charset=utf-8><title>Sandbox</title><style>{_STYLE}</style>"
        return HTMLResponse(f"{head}<h1>Sandbox, as {network}</h1>{self._tree(item)}")

    def _tree(self, item: Item) -> str:
        below = "".join(self._tree(child) for child in self._world.children(item))
        when = item.created_at.strftime("%d %b %Y, %H:%M UTC")
        hidden = " · hidden" if item.is_hidden else ""
        edited = " · edited" if item.edited_at else ""
        return (
            f"<article id='{item.id}'><strong>{escape(item.author_name)}</strong> "
            f"<small>{when}{edited}{hidden}</small><p dir=auto>{escape(item.text)}</p>"
            f"{below}</article>"
        )
