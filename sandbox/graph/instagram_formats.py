"""Instagram's JSON forms: media, comments, mentions. Messages live in conversations; no routes and no state."""

from typing import Any

from sandbox.graph.formats import graph_time
from sandbox.models import Account, Item

MEDIA_FIELDS = ("id",)
COMMENT_FIELDS = ("timestamp", "text", "id")


def media_json(item: Item, fields: list[str], account: Account, count: int) -> dict[str, Any]:
    """A medium of the account, with the wanted fields that it has."""
    whole: dict[str, Any] = {
        "id": item.id,
        "caption": item.text,
        "media_type": "IMAGE",
        "media_url": f"https://scontent.example/{item.id}.jpg",
        "permalink": f"https://www.instagram.com/p/{item.id}/",
        "timestamp": graph_time(item.created_at),
        "username": account.handle,
        "owner": {"id": account.id},
        "comments_count": count,
        "like_count": 0,
    }
    return {name: whole[name] for name in fields if name in whole}


def comment_json(item: Item, fields: list[str], answers: list[Item]) -> dict[str, Any]:
    """A comment as the comments and replies edges give it; the answers in it have the same fields."""
    whole: dict[str, Any] = {
        "timestamp": graph_time(item.created_at),
        "text": item.text,
        "id": item.id,
        "username": item.author_handle,
        "from": {"id": item.author_id, "username": item.author_handle},
        "hidden": item.is_hidden,
        "like_count": 0,
        "media": {"id": item.root_id},
    }
    if item.parent_id not in (None, item.root_id):
        whole["parent_id"] = item.parent_id
    if answers:
        inner = [name for name in (*fields, "parent_id") if name != "replies"]
        whole["replies"] = {"data": [comment_json(one, inner, []) for one in answers]}
    return {name: whole[name] for name in fields if name in whole}


def comment_change(item: Item) -> dict[str, Any]:
    """A comment as it is pushed: it has no time."""
    value: dict[str, Any] = {
        "from": {"id": item.author_id, "username": item.author_handle},
        "media": {"id": item.root_id, "media_product_type": "FEED"},
        "id": item.id,
        "text": item.text,
    }
    if item.parent_id not in (None, item.root_id):
        value["parent_id"] = item.parent_id
    return {"field": "comments", "value": value}


def mention_change(item: Item) -> dict[str, Any]:
    """Where the account was named: ids only."""
    value = {"media_id": item.root_id}
    if item.id != item.root_id:
        value["comment_id"] = item.id
    return {"field": "mentions", "value": value}


def mentioned_media(item: Item) -> dict[str, Any]:
    """Somebody else's medium, with the comment that names the account."""
    comment = {
        "id": item.id,
        "text": item.text,
        "timestamp": graph_time(item.created_at),
        "username": item.author_handle,
    }
    return {
        "id": item.root_id,
        "caption": "A day out",
        "media_type": "IMAGE",
        "timestamp": graph_time(item.created_at),
        "username": "someone.else",
        "permalink": f"https://www.instagram.com/p/{item.root_id}/",
        "comments": {"data": [comment]},
    }
