"""What can be done with a site's comments: written by visitors, answered by the brand, listed, moderated."""

from datetime import UTC, datetime
from typing import Any

from sandbox.desk import Call
from sandbox.family import Common
from sandbox.ledger import Entry
from sandbox.models import Account, Item
from sandbox.wordpress import errors
from sandbox.wordpress.formats import number_of, status_of

_STATUSES = {"all": ("approved", "hold"), "approve": ("approved",), "approved": ("approved",)}
_LONGEST = 65_525
_FIRST = "A new bench\nIt stands in the garden now."


class Comments:
    """The only place where comments come to be or change here."""

    def __init__(self, common: Common) -> None:
        self._world, self._ledger = common.world, common.ledger

    def post_of(self, account: Account) -> Item:
        """The newest post; a first one is written when there is none."""
        posts = self._world.posts(account)
        return posts[-1] if posts else self.write_post(account)

    def write_post(self, account: Account, text: str = _FIRST) -> Item:
        """An article of the brand itself: title, then text."""
        at = self._world.now()
        number = self._world.numbering.graph(at)
        item = Item(
            network="wordpress", id=number, account_id=account.id, author_id="3",
            author_name=account.name, author_handle=account.handle, kind="post",
            text=text, created_at=at, is_own=True, root_id=number,
        )  # fmt: skip
        self._world.create(item)
        return item

    def write(self, account: Account, under: Item, author: str, text: str, **extra: str) -> Item:
        """A visitor's comment below a post or another comment."""
        item = self._item(account, under, text)
        item.author_id, item.author_name, item.author_handle = "0", author, ""
        item.extra = dict(extra)
        self._world.create(item)
        return item

    def known(self, account: Account, number: str) -> Item | None:
        """A comment or post by its number, trashed ones too."""
        for item_id in (number, f"{account.id}_{number}"):
            item = self._world.item("wordpress", item_id)
            if item is not None and item.account_id == account.id:
                return item
        return None

    def listed(self, account: Account, query: dict[str, str]) -> list[Item]:
        """Comments by the API's query: status, after, parent, post, author, order."""
        status = query.get("status", "approve")
        wanted = _STATUSES.get(status, (status,))
        items = [i for i in self._world.items("wordpress", account.id) if i.kind != "post"]
        found = [i for i in items if status_of(i) in wanted and _fits(i, query)]
        is_falling = query.get("order", "desc") == "desc"
        return sorted(found, key=lambda i: (i.created_at, number_of(i.id)), reverse=is_falling)

    def publish(self, account: Account, call: Call, body: dict[str, Any]) -> Item:
        """The brand's own comment. Raises `WordPressError` as a site does."""
        post = self.known(account, str(body.get("post", "")))
        if post is None or post.kind != "post":
            raise errors.WordPressError(403, "rest_comment_invalid_post_id", "Invalid post ID.")
        if post.extra.get("comments") == "closed":
            message = "Sorry, comments are closed for this item."
            raise errors.WordPressError(403, "rest_comment_closed", message)
        text = str(body.get("content") or "")
        if not text.strip():
            message = "Invalid comment content."
            raise errors.WordPressError(400, "rest_comment_content_invalid", message)
        if len(text.encode()) > _LONGEST:
            message = "Comment field exceeds maximum length allowed."
            raise errors.WordPressError(400, "comment_content_column_length", message)
        under = self.known(account, str(body.get("parent") or "")) or post
        self._refuse_repeat(account, under, text)
        item = self._item(account, under, text)
        item.extra = {"html": "yes"}
        item.author_id, item.is_own = account.options.get("user_id", "3"), True
        item.is_hidden = account.options.get("holds") == "yes"
        self._world.create(item)
        self._note(account, call, under, item)
        return item

    def edit(self, account: Account, item: Item, text: str) -> None:
        """Change what the brand wrote; the same text again changes nothing."""
        if not item.is_own or item.author_id != account.options.get("user_id", "3"):
            message = "Sorry, you are not allowed to edit this comment."
            raise errors.WordPressError(403, "rest_cannot_edit", message)
        if not text.strip():
            message = "Invalid comment content."
            raise errors.WordPressError(400, "rest_comment_content_invalid", message)
        if text != item.text:
            self._world.edit(item, text)

    def set_status(self, item: Item, status: str) -> None:
        """Hold, approve or trash. A status that it has already is a failure, as on a real site."""
        if status_of(item) == {"approve": "approved"}.get(status, status):
            message = "Updating comment status failed."
            raise errors.WordPressError(500, "rest_comment_failed_edit", message)
        if status in ("trash", "spam"):
            self._world.delete(item)
        else:
            self._world.hide(item, status == "hold")

    def _refuse_repeat(self, account: Account, under: Item, text: str) -> None:
        for item in self._world.items("wordpress", account.id):
            if item.is_own and item.parent_id == under.id and item.text == text:
                message = "Duplicate comment detected; it looks as though you’ve already said that!"
                raise errors.WordPressError(409, "comment_duplicate", message)

    def _item(self, account: Account, under: Item, text: str) -> Item:
        at = self._world.now()
        return Item(
            network="wordpress", id=self._world.numbering.graph(at), account_id=account.id,
            author_id="3", author_name=account.name, author_handle=account.handle, kind="comment",
            text=text, created_at=at, parent_id=under.id, root_id=under.root_id,
        )  # fmt: skip

    def _note(self, account: Account, call: Call, under: Item, item: Item) -> None:
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network="wordpress",
                account=account.id,
                in_reply_to=under.id,
                text=item.text,
                id=item.id,
                at=item.created_at,
                outcome=call.outcome,
            )
        )


def _fits(item: Item, query: dict[str, str]) -> bool:
    parent = 0 if item.parent_id in (None, item.root_id) else number_of(item.parent_id or "0")
    told = {
        "parent": str(parent),
        "post": str(number_of(item.root_id)),
        "author": item.author_id,
    }
    if any(query.get(name) not in (None, value) for name, value in told.items()):
        return False
    after = query.get("after")
    if after is None:
        return True
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    return item.created_at.replace(microsecond=0) > moment
