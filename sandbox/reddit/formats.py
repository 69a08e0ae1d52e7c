"""Reddit's things and listings with the keys of the recorded payloads. No rules of who may what."""

from html import escape
from typing import Any

from sandbox.models import Account, Item
from sandbox.world import World


class Things:
    """Renders comments, posts and messages as one account sees them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def thing(self, item: Item) -> dict[str, Any]:
        """A comment, post or message as a listing of its own kind shows it."""
        kind = item.id[:2]
        data = self._message(item) if kind == "t4" else self._public(item)
        return {"kind": kind, "data": data}

    def inbox(self, item: Item, account: Account) -> dict[str, Any]:
        """A thing as the inbox shows it: with its reason, without its post's id."""
        thing = self.thing(item)
        if item.id.startswith("t4_"):
            return thing
        data = thing["data"]
        del data["link_id"]
        parent = self._world.item("reddit", item.parent_id or "")
        is_mention = item.kind == "mention"
        is_top = parent is not None and parent.kind == "post"
        reason = "post_reply" if is_top else "comment_reply"
        data |= {
            "first_message": None,
            "first_message_name": None,
            "type": "username_mention" if is_mention else reason,
            "subject": "username mention" if is_mention else reason.replace("_", " "),
            "dest": account.handle,
            "was_comment": True,
            "new": True,
            "link_title": "A post",
            "num_comments": 1,
            "context": f"{self._path(item)}?context=3",
        }
        return thing

    def _public(self, item: Item) -> dict[str, Any]:
        is_gone, is_post = item.is_deleted, item.kind == "post"
        text = "[deleted]" if is_gone else item.text
        data: dict[str, Any] = {
            "id": item.id[3:],
            "name": item.id,
            "author": "[deleted]" if is_gone else item.author_handle,
            "subreddit": item.extra.get("subreddit", "sample_sub"),
            "subreddit_name_prefixed": f"r/{item.extra.get('subreddit', 'sample_sub')}",
            "likes": None,
            "score": 1,
            "created": item.created_at.timestamp(),
            "created_utc": item.created_at.timestamp(),
            "edited": item.edited_at.timestamp() if item.edited_at else False,
            "distinguished": None,
            "associated_awarding_id": None,
            "permalink": self._path(item),
            "banned_by": "moderator" if item.is_hidden else None,
            "removal_reason": None,
        }
        if not is_gone:
            data["author_fullname"] = item.author_id
        if is_post:
            return data | {"title": "A post", "selftext": text, "is_self": True, "url": ""}
        html = f'<!-- SC_OFF --><div class="md"><p>{escape(text)}</p>\n</div><!-- SC_ON -->'
        more = {"parent_id": item.parent_id, "link_id": item.root_id, "replies": ""}
        return data | more | {"body": text, "body_html": html}

    def _message(self, item: Item) -> dict[str, Any]:
        account = self._world.account("reddit", item.account_id)
        return {
            "id": item.id[3:],
            "name": item.id,
            "author": item.author_handle,
            "author_fullname": item.author_id,
            "dest": item.root_id if item.is_own else (account.handle if account else ""),
            "subject": item.topic or "hello",
            "body": item.text,
            "body_html": f"<p>{escape(item.text)}</p>",
            "type": "unknown",
            "was_comment": False,
            "context": "",
            "parent_id": item.parent_id,
            "first_message": None,
            "first_message_name": None,
            "created": item.created_at.timestamp(),
            "created_utc": item.created_at.timestamp(),
            "distinguished": None,
            "replies": "",
        }

    def _path(self, item: Item) -> str:
        room = item.extra.get("subreddit", "sample_sub")
        path = f"/r/{room}/comments/{item.root_id[3:]}/a_post/"
        return path if item.kind == "post" else f"{path}{item.id[3:]}/"


def listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    """A listing."""
    data = {
        "after": after,
        "dist": len(children),
        "modhash": None,
        "geo_filter": "",
        "children": children,
        "before": None,
    }
    return {"kind": "Listing", "data": data}
