"""Graph's JSON forms: posts, comments, webhook changes, cursors. No routes and no state."""

import base64
from datetime import datetime
from typing import Any

from sandbox.models import Change, Doing, Item, Person

POST_FIELDS = ("created_time", "message", "id")
COMMENT_FIELDS = ("created_time", "from", "message", "id")
_VERBS = {
    Doing.CREATED: "add",
    Doing.EDITED: "edited",
    Doing.DELETED: "remove",
    Doing.HIDDEN: "hide",
    Doing.UNHIDDEN: "unhide",
}


def graph_time(at: datetime) -> str:
    """2015-12-03T09:30:03+0000, as Graph writes it: no colon in the zone."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


def fields_of(wanted: str | None, default: tuple[str, ...]) -> list[str]:
    """Top-level names of a `fields` parameter; what is inside braces or dots is cut off."""
    if not wanted:
        return list(default)
    names, name, depth = [], "", 0
    for char in wanted + ",":
        depth += (char in "{(") - (char in "})")
        if char == "," and depth == 0:
            names.append(name.split("{", maxsplit=1)[0].split(".", maxsplit=1)[0].strip())
            name = ""
        else:
            name += char
    return [one for one in names if one] + (["id"] if "id" not in names else [])


def post_json(item: Item, fields: list[str], origin: str) -> dict[str, Any]:
    """A post as GET /{post-id} gives it, with the wanted fields that it has."""
    whole: dict[str, Any] = {
        "id": item.id,
        "message": item.text,
        "created_time": graph_time(item.created_at),
        "updated_time": graph_time(item.edited_at or item.created_at),
        "permalink_url": permalink(item, origin),
        "from": {"name": item.author_name, "id": item.author_id},
        "is_hidden": item.is_hidden,
        "is_published": True,
        "status_type": "mobile_status_update",
    }
    return {name: whole[name] for name in fields if name in whole}


def comment_json(
    item: Item,
    fields: list[str],
    origin: str,
    *,
    parent: Item | None,
    answers: int,
    is_private: bool,
) -> dict[str, Any]:
    """A comment as the comments edge gives it; `from` is left out for people who hide their name."""
    whole: dict[str, Any] = {
        "id": item.id,
        "message": item.text,
        "created_time": graph_time(item.created_at),
        "comment_count": answers,
        "is_hidden": item.is_hidden,
        "can_hide": not item.is_own,
        "can_remove": True,
        "can_comment": True,
        "can_reply_privately": not item.is_own,
        "like_count": len(item.likes),
        "user_likes": item.account_id in item.likes,
        "permalink_url": permalink(item, origin),
    }
    if not is_private:
        whole["from"] = {"name": item.author_name, "id": item.author_id}
    if parent is not None and parent.kind != "post":
        whole["parent"] = {"id": parent.id, "created_time": graph_time(parent.created_at)}
    return {name: whole[name] for name in fields if name in whole}


def permalink(item: Item, origin: str) -> str:
    """A page of the sandbox that shows the item, where facebook.com would."""
    post = item.root_id.rpartition("_")[2]
    link = f"{origin}/facebook/{item.account_id}/posts/{post}"
    return link if item.kind == "post" else f"{link}?comment_id={item.id.rpartition('_')[2]}"


def change_value(change: Change, now: datetime) -> dict[str, Any]:
    """The `value` of one feed change, with the keys Meta sends for that verb."""
    item, is_post = change.item, change.item.kind == "post"
    value: dict[str, Any] = {"from": {"id": item.author_id, "name": item.author_name}}
    if change.doing is Doing.DELETED:
        # Meta leaves the name out when something is removed.
        value["from"] = {"id": item.author_id}
    value["item"] = "status" if is_post and change.doing is not Doing.DELETED else item.kind
    if not is_post:
        value["comment_id"] = item.id
        value["parent_id"] = item.parent_id
    value["post_id"] = item.root_id
    value["verb"] = _VERBS[change.doing]
    moment = now if change.doing is Doing.DELETED else item.created_at
    value["created_time"] = int(moment.timestamp())
    if change.doing is not Doing.DELETED and item.text:
        value["message"] = item.text
    return value


def change_json(change: Change, now: datetime) -> dict[str, Any]:
    """One element of entry.changes. A mention names no author, as Meta sends it."""
    if change.item.kind == "review":
        return {"field": "ratings", "value": rating_value(change)}
    if change.item.kind != "mention":
        return {"field": "feed", "value": change_value(change, now)}
    value = {
        "message": change.item.text,
        "post_id": change.item.id,
        "created_time": int(change.item.created_at.timestamp()),
        "item": "post",
        "verb": _VERBS[change.doing],
    }
    return {"value": value, "field": "mention"}


def rating_value(change: Change) -> dict[str, Any]:
    """The `value` of a review: ids are numbers, and there is no comment."""
    item = change.item
    return {
        "item": "rating",
        "verb": _VERBS[change.doing].replace("edited", "edit"),
        "open_graph_story_id": int(item.id),
        "reviewer_id": int(item.author_id),
        "reviewer_name": item.author_name,
        "rating": int(item.extra["rating"]),
        "review_text": item.text,
        "recommendation_type": _recommendation(item),
        "comment_id": None,
        "created_time": int(item.created_at.timestamp()),
    }


def rating_json(item: Item) -> dict[str, Any]:
    """A review as the ratings edge gives it."""
    return {
        "created_time": graph_time(item.created_at),
        "reviewer": {"name": item.author_name, "id": item.author_id},
        "rating": int(item.extra["rating"]),
        "recommendation_type": _recommendation(item).lower(),
        "review_text": item.text,
        "open_graph_story": {"id": item.id},
    }


def _recommendation(item: Item) -> str:
    return "POSITIVE" if int(item.extra["rating"]) > 3 else "NEGATIVE"


def tagged_json(item: Item, fields: list[str], origin: str) -> dict[str, Any]:
    """Somebody's post that names the page, as the tagged edge gives it."""
    whole = {**post_json(item, fields, origin), "tagged_time": graph_time(item.created_at)}
    return {name: whole[name] for name in fields if name in whole}


def cursor(item: Item) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(item.id.encode()).decode().rstrip("=")


def cursor_id(text: str) -> str | None:
    """The item id of a cursor, None when it is none of ours."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None


def is_private(person: Person | None) -> bool:
    """Whether this author hides the name from an app's reads."""
    return person is not None and person.is_private
