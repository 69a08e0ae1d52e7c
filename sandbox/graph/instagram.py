"""What a token may read and do at an Instagram account: media, comments, replies, mentions, hiding. No messages."""

import re
from typing import Any

from sandbox.graph import errors
from sandbox.graph.formats import cursor, cursor_id, fields_of
from sandbox.graph.instagram_formats import (
    COMMENT_FIELDS,
    MEDIA_FIELDS,
    comment_json,
    media_json,
    mentioned_media,
)
from sandbox.graph.pages import Ask
from sandbox.ledger import Entry, Ledger
from sandbox.models import Item
from sandbox.world import World
from sandbox.writing import Pen, Words

LONGEST_COMMENT = 2200
_MENTIONED = re.compile(r"mentioned_media\.media_id\((\d+)\)")


class Media:
    """Every object is looked up through the account whose token came with the call."""

    def __init__(self, world: World, pen: Pen, ledger: Ledger) -> None:
        self._world, self._pen, self._ledger = world, pen, ledger

    def _item(self, ask: Ask) -> Item:
        item = self._world.item("instagram", ask.object_id)
        if item is None or item.is_deleted or item.account_id != ask.account.id:
            raise errors.gone(ask.object_id)
        return item

    def read(self, ask: Ask) -> dict[str, Any]:
        """The account, a medium or a comment by its id."""
        if ask.object_id == ask.account.id:
            return self.account(ask)
        item = self._item(ask)
        if item.kind == "mention":
            raise errors.gone(ask.object_id)
        return self._json(item, ask)

    def account(self, ask: Ask) -> dict[str, Any]:
        """The account itself, and where it was named."""
        account, wanted = ask.account, ask.params.get("fields")
        whole: dict[str, Any] = {
            "id": account.id,
            "user_id": account.id,
            "username": account.handle,
            "name": account.name,
            "account_type": "BUSINESS",
        }
        asked = _MENTIONED.search(wanted or "")
        if asked is not None:
            whole["mentioned_media"] = self._mentioned(ask, asked.group(1))
        names = fields_of(wanted, ("id",))
        return {name: whole[name] for name in names if name in whole}

    def _mentioned(self, ask: Ask, media_id: str) -> dict[str, Any]:
        items = self._world.items("instagram", ask.account.id)
        found = [one for one in items if one.kind == "mention" and one.root_id == media_id]
        if not found:
            raise errors.gone(media_id)
        return mentioned_media(found[-1])

    def _json(self, item: Item, ask: Ask) -> dict[str, Any]:
        wanted, children = ask.params.get("fields"), self._world.children(item)
        if item.kind == "post":
            return media_json(item, fields_of(wanted, MEDIA_FIELDS), ask.account, len(children))
        return comment_json(item, fields_of(wanted, COMMENT_FIELDS), children)

    def media(self, ask: Ask) -> dict[str, Any]:
        """The account's media, newest first."""
        if ask.object_id != ask.account.id:
            raise errors.gone(ask.object_id)
        posts = self._world.posts(ask.account)
        posts.sort(key=lambda item: (item.created_at, item.id), reverse=True)
        return self._page(posts, ask)

    def comments(self, ask: Ask) -> dict[str, Any]:
        """Top comments of a medium, or the replies of a comment, newest first."""
        found = self._world.children(self._item(ask))
        found.sort(key=lambda item: (item.created_at, item.id), reverse=True)
        return self._page(found, ask)

    def _page(self, items: list[Item], ask: Ask) -> dict[str, Any]:
        limit = int(ask.params.get("limit", "25"))
        after = cursor_id(ask.params["after"]) if "after" in ask.params else None
        start = next((n + 1 for n, item in enumerate(items) if item.id == after), 0)
        shown = items[start : start + limit]
        page: dict[str, Any] = {"data": [self._json(item, ask) for item in shown]}
        if shown:
            page["paging"] = {"cursors": {"before": cursor(shown[0]), "after": cursor(shown[-1])}}
            if start + limit < len(items):
                page["paging"]["next"] = f"{self._world.origin}/graph/{ask.object_id}?next"
        return page

    # Doing

    def comment(self, ask: Ask) -> dict[str, Any]:
        """A comment of the account's own below its medium."""
        item = self._item(ask)
        if item.kind != "post":
            raise errors.bad_parameter("Use the replies edge of a comment")
        return self._publish(ask, item)

    def reply(self, ask: Ask) -> dict[str, Any]:
        """An answer to a top comment; a reply cannot be answered, nor what is hidden."""
        item = self._item(ask)
        if item.kind != "comment" or item.parent_id != item.root_id:
            raise errors.bad_parameter("Only top-level comments can be replied to")
        if item.is_hidden:
            raise errors.bad_parameter("Hidden comments cannot be replied to")
        return self._publish(ask, item)

    def mention(self, ask: Ask) -> dict[str, Any]:
        """An answer to a comment or caption of somebody else's medium that names the account."""
        wanted = ask.params.get("comment_id") or ask.params.get("media_id", "")
        item = self._world.item("instagram", wanted)
        if item is None or item.kind != "mention" or item.account_id != ask.account.id:
            raise errors.gone(wanted)
        return self._publish(ask, item)

    def _publish(self, ask: Ask, under: Item) -> dict[str, Any]:
        text = ask.params.get("message", "").strip()
        if not text or len(text) > LONGEST_COMMENT:
            raise errors.bad_parameter("The message is missing or too long")
        item = self._pen.answer(ask.account, under, Words(text=text, language=under.language))
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="instagram",
                account=ask.account.id,
                in_reply_to=under.id,
                text=text,
                id=item.id,
                at=item.created_at,
                outcome=ask.call.outcome,
                client=ask.call.request.headers.get("user-agent"),
            )
        )
        return {"id": item.id}

    def update(self, ask: Ask) -> dict[str, Any]:
        """Hide or show a comment of somebody else."""
        item, wanted = self._item(ask), ask.params.get("hide")
        if item.kind != "comment" or wanted is None:
            raise errors.bad_parameter("Nothing to update")
        if item.is_own:
            raise errors.bad_parameter("Own comments cannot be hidden")
        self._world.hide(item, wanted.lower() == "true")
        return {"success": True}

    def delete(self, ask: Ask) -> dict[str, Any]:
        """Delete a comment below the account's media."""
        item = self._item(ask)
        if item.kind != "comment":
            raise errors.GraphError(403, 200, "(#200) Permissions error")
        self._world.delete(item)
        return {"success": True}
