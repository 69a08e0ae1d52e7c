"""What a Page's token may read and do at the Graph stand-in: feed, comments, publish, moderate, like."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sandbox.desk import Call
from sandbox.graph import errors
from sandbox.graph.formats import (
    COMMENT_FIELDS,
    POST_FIELDS,
    comment_json,
    cursor,
    cursor_id,
    fields_of,
    is_private,
    post_json,
    rating_json,
    tagged_json,
)
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item
from sandbox.world import World
from sandbox.writing import Pen, Words

LONGEST_COMMENT = 8000
Params = dict[str, str]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call for one object by the page whose token came with it; `call` is for the ledger."""

    account: Account
    object_id: str
    params: Params
    call: Call


class Pages:
    """Every object is looked up through the page whose token came with the call."""

    def __init__(self, world: World, pen: Pen, ledger: Ledger) -> None:
        self._world, self._pen, self._ledger = world, pen, ledger

    def _own(self, ask: Ask) -> None:
        """Refuse a page this token does not manage."""
        if ask.object_id != ask.account.id:
            raise errors.GraphError(403, 200, "(#200) Permissions error")

    def _item(self, ask: Ask) -> Item:
        item = self._world.item("facebook", ask.object_id)
        if item is None or item.is_deleted or item.account_id != ask.account.id:
            raise errors.gone(ask.object_id)
        root = self._world.item("facebook", item.root_id)
        if root is None or root.is_deleted:
            raise errors.gone(ask.object_id)
        return item

    # Reading

    def account(self, ask: Ask) -> dict[str, Any]:
        """The page itself."""
        account = ask.account
        whole: dict[str, Any] = {
            "id": account.id,
            "name": account.name,
            "username": account.handle,
            "link": f"{self._world.origin}/facebook/{account.id}",
        }
        linked = next(
            (
                a
                for a in self._world.accounts("instagram")
                if a.options.get("page_id") == account.id
            ),
            None,
        )
        if linked is not None:
            names_of = {"id": linked.id, "username": linked.handle, "name": linked.name}
            whole["instagram_business_account"] = names_of
        names = fields_of(ask.params.get("fields"), ("name", "id"))
        return {name: whole[name] for name in names if name in whole}

    def read(self, ask: Ask) -> dict[str, Any]:
        """A page, a post or a comment by its id."""
        if ask.object_id == ask.account.id:
            return self.account(ask)
        return self._json(self._item(ask), ask.params.get("fields"))

    def _json(self, item: Item, wanted: str | None) -> dict[str, Any]:
        if item.kind == "review":
            return rating_json(item)
        if item.kind == "mention" and "tagged_time" in (wanted or ""):
            return tagged_json(item, fields_of(wanted, POST_FIELDS), self._world.origin)
        if item.kind in ("post", "mention"):
            return post_json(item, fields_of(wanted, POST_FIELDS), self._world.origin)
        return comment_json(
            item,
            fields_of(wanted, COMMENT_FIELDS),
            self._world.origin,
            parent=self._world.item("facebook", item.parent_id or ""),
            answers=len(self._world.children(item)),
            is_private=is_private(self._world.person(item.author_id)),
        )

    def feed(self, ask: Ask) -> dict[str, Any]:
        """The page's posts, newest first."""
        self._own(ask)
        posts = self._world.posts(ask.account)
        posts.sort(key=lambda item: (item.created_at, item.id), reverse=True)
        return self._page(posts, ask.params, path=f"{ask.object_id}/feed")

    def tagged(self, ask: Ask) -> dict[str, Any]:
        """Other people's posts that name the page, newest first."""
        return self._edge(ask, "mention", "tagged")

    def ratings(self, ask: Ask) -> dict[str, Any]:
        """Reviews of the page, newest first."""
        return self._edge(ask, "review", "ratings")

    def _edge(self, ask: Ask, kind: str, name: str) -> dict[str, Any]:
        self._own(ask)
        items = self._world.items("facebook", ask.account.id)
        found = [one for one in items if one.kind == kind and not one.is_deleted]
        found.sort(key=lambda item: (item.created_at, item.id), reverse=True)
        return self._page(found, ask.params, path=f"{ask.object_id}/{name}")

    def comments(self, ask: Ask) -> dict[str, Any]:
        """Comments under a post or a comment: toplevel or stream, either order."""
        parent, params = self._item(ask), ask.params
        is_stream = params.get("filter") == "stream"
        found = self._below(parent) if is_stream else self._world.children(parent)
        is_newest_first = params.get("order") == "reverse_chronological"
        found.sort(key=lambda item: (item.created_at, item.id), reverse=is_newest_first)
        return self._page(found, params, path=f"{ask.object_id}/comments")

    def _below(self, parent: Item) -> list[Item]:
        found = []
        for child in self._world.children(parent):
            found += [child, *self._below(child)]
        return found

    def _page(self, items: list[Item], params: Params, path: str) -> dict[str, Any]:
        limit = _limit(params.get("limit"))
        start = _place(items, params.get("after")) + 1
        if "before" in params and "after" not in params:
            end = max(0, _place(items, params["before"]))
            start = max(0, end - limit)
            limit = end - start
        shown = items[start : start + limit]
        data = [self._json(item, params.get("fields")) for item in shown]
        if not shown:
            return {"data": data}
        cursors = {"before": cursor(shown[0]), "after": cursor(shown[-1])}
        paging: dict[str, Any] = {"cursors": cursors}
        kept = {k: v for k, v in params.items() if k not in ("after", "before")}
        url = f"{self._world.origin}/graph/v23.0/{path}?"
        if start + limit < len(items):
            paging["next"] = url + urlencode(kept | {"limit": limit, "after": cursors["after"]})
        if start > 0:
            paging["previous"] = url + urlencode(
                kept | {"limit": limit, "before": cursors["before"]}
            )
        return {"data": data, "paging": paging}

    # Doing

    def publish(self, ask: Ask) -> dict[str, Any]:
        """A comment by the page; written to the ledger the moment it is applied."""
        account, params, parent = ask.account, ask.params, self._item(ask)
        text = params.get("message", "").strip()
        if not text:
            raise errors.bad_parameter("One of the following is required: message, attachment_id")
        if len(text) > LONGEST_COMMENT:
            raise errors.bad_parameter("Param message is too long")
        item = self._pen.answer(account, parent, Words(text=text, language=parent.language))
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="facebook",
                account=account.id,
                in_reply_to=ask.object_id,
                text=text,
                id=item.id,
                at=item.created_at,
                outcome=ask.call.outcome,
                client=ask.call.request.headers.get("user-agent"),
            )
        )
        return {"id": item.id}

    def update(self, ask: Ask) -> dict[str, Any]:
        """Hide or show a visitor's comment, or edit the page's own."""
        item, params = self._item(ask), ask.params
        if "is_hidden" in params:
            if item.is_own:
                raise errors.bad_parameter("A page's own comment cannot be hidden")
            self._world.hide(item, is_hidden=params["is_hidden"].lower() in ("true", "1"))
        elif "message" in params:
            if not item.is_own:
                raise errors.GraphError(403, 200, "(#200) Permissions error")
            self._world.edit(item, params["message"])
        else:
            raise errors.bad_parameter("Nothing to update")
        return {"success": True}

    def delete(self, ask: Ask) -> dict[str, Any]:
        """Delete any comment on the page's posts, or a post."""
        self._world.delete(self._item(ask))
        return {"success": True}

    def like(self, ask: Ask) -> dict[str, Any]:
        """Like as the page."""
        self._world.like(self._item(ask), ask.account.id, is_liked=True)
        return {"success": True}

    def unlike(self, ask: Ask) -> dict[str, Any]:
        """Take the page's like back."""
        self._world.like(self._item(ask), ask.account.id, is_liked=False)
        return {"success": True}

    def subscribe(self, ask: Ask) -> dict[str, Any]:
        """From now on changes of this page are pushed."""
        return self._set_subscribed(ask, is_subscribed=True)

    def unsubscribe(self, ask: Ask) -> dict[str, Any]:
        """No more pushes for this page."""
        return self._set_subscribed(ask, is_subscribed=False)

    def _set_subscribed(self, ask: Ask, *, is_subscribed: bool) -> dict[str, Any]:
        self._own(ask)
        self._world.put_account(ask.account.model_copy(update={"is_subscribed": is_subscribed}))
        return {"success": True}

    def subscriptions(self, ask: Ask) -> dict[str, Any]:
        """The app that is told of this page, if it is."""
        self._own(ask)
        app = {"name": "Rapport", "id": "700000000000001", "subscribed_fields": ["feed", "mention"]}
        return {"data": [app] if ask.account.is_subscribed else []}


def _limit(text: str | None) -> int:
    if text is None:
        return 25
    if not text.isdigit() or int(text) < 1:
        raise errors.bad_parameter("Param limit must be a positive number")
    return min(int(text), 100)


def _place(items: list[Item], text: str | None) -> int:
    """Index of the cursor's item, -1 for the very start; a cursor of a deleted item starts again."""
    if text is None:
        return -1
    wanted = cursor_id(text)
    if wanted is None:
        raise errors.bad_parameter("Invalid cursors values")
    return next((n for n, item in enumerate(items) if item.id == wanted), -1)
