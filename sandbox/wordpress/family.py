"""The WordPress stand-in as a family: its paths, its errors, and what its visitors can do."""

from collections.abc import Mapping

from fastapi import APIRouter

from sandbox.control.emission import CannotEmit, Emission
from sandbox.desk import Dialect
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network
from sandbox.wordpress.comments import Comments
from sandbox.wordpress.errors import WordPressDialect
from sandbox.wordpress.routes import WordPressRoutes


def build(common: Common) -> Family:
    """Return the stand-in."""
    return WordPressFamily(common)


class WordPressFamily:
    """Sites with comments."""

    def __init__(self, common: Common) -> None:
        self._world = common.world
        self._comments = Comments(common)
        self._routes = WordPressRoutes(common, self._comments)
        self.dialects: Mapping[Network, Dialect] = {"wordpress": WordPressDialect()}

    def routers(self) -> list[APIRouter]:
        """All paths under /wordpress."""
        return [self._routes.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a visitor comment, or a moderator change a comment on the site itself."""
        if emission.kind in ("comment", "reply"):
            under = self._target(account, emission)
            author, text = emission.author or "Robin Example", emission.text or ""
            return self._comments.write(account, under, author, text, **emission.extra)
        item = self._chosen(account, emission.id)
        if emission.kind == "edit":
            self._world.edit(item, emission.text or f"{item.text} (edited)")
        elif emission.kind == "delete":
            self._world.delete(item)
        elif emission.kind in ("hide", "unhide"):
            self._world.hide(item, emission.kind == "hide")
        else:
            raise CannotEmit(f"a WordPress site has no {emission.kind}")
        return item

    def post(self, account: Account, text: str, language: str) -> Item:  # noqa: ARG002 (a blog has one)
        """An article: its title is the first line."""
        return self._comments.write_post(account, text)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """Nothing to end."""

    def _target(self, account: Account, emission: Emission) -> Item:
        wanted = emission.id if emission.kind == "reply" else emission.post
        if wanted is not None:
            found = self._comments.known(account, wanted.rpartition("_")[2])
            if found is None:
                raise CannotEmit(f"no item {wanted}")
            return found
        if emission.kind == "reply":
            return self._chosen(account, None)
        return self._comments.post_of(account)

    def _chosen(self, account: Account, item_id: str | None) -> Item:
        if item_id is not None:
            found = self._comments.known(account, item_id)
        else:
            near = self._world.latest(account, 200)
            found = next((i for i in near if i.kind != "post" and not i.is_deleted), None)
        if found is None:
            raise CannotEmit("there is nothing yet to do this to")
        return found
