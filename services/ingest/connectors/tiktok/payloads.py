"""TikTok comments to normalised items: webhook hints and listed comments. Other events are counted, not kept."""

from functools import partial
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_json, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    cleaned,
    listed,
    nested,
    read_payload,
    shown_handle,
    unknown,
)

NETWORK = "tiktok"
_ACTIONS = {
    "insert": "created",
    "delete": "deleted",
    "set_to_hidden": "hidden",
    "set_to_friends_only": "hidden",
    "set_to_public": "unhidden",
}


class Event(Model):
    """A webhook body. `content` is JSON in a text."""

    event: Text
    create_time: Time = None
    user_openid: Id = None


class Comment(Model):
    """A comment, as the webhook hints at it or as it is listed. Ids are 64-bit numbers."""

    comment_id: Id
    video_id: Id = None
    parent_comment_id: Id = None
    comment_action: Text = None
    timestamp: Time = None
    create_time: Time = None
    unique_identifier: Id = None
    user_id: Id = None
    username: Text = None
    display_name: Text = None
    text: Text = None
    status: Text = None
    owner: bool | None = None


class Video(Model):
    """A video of the account."""

    item_id: Id
    caption: Text = None
    create_time: Time = None
    share_url: Text = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, an answer of the comment list or one comment. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if part.get("code") is not None and part["code"] != 0:
        raise Unreadable(
            "tiktok.http_answer", "an error of the network, not something people wrote"
        )
    if "event" in part:
        _read_event(reading, part)
    elif "comment_id" in part:
        # First of all lists: a comment holds its answers in one of its own.
        _read_comment(reading, Event(event=None), part)
    elif (
        page := listed(part, "videos", "comments", "reply_list", "list", "data", "items")
    ) is not None:
        reading.each(page, partial(_read, reading))
    elif isinstance(part.get("data"), dict):
        _read(reading, nested(part, "data"))
    elif "item_id" in part:
        _read_video(reading, part)
    else:
        raise unknown(NETWORK, part)


def _read_event(reading: Reading, part: Part) -> None:
    event = read_part(Event, part, "tiktok.event")
    if event.event is None or not event.event.startswith("comment."):
        reading.ignore(event.event)
        return
    content = part.get("content")
    if isinstance(content, str):
        content = cleaned(read_json(content, "tiktok.content"), NETWORK)
    reading.each(content, partial(_read_comment, reading, event), event.user_openid)


def _read_comment(reading: Reading, event: Event, part: Part) -> None:
    comment = read_part(Comment, part, "tiktok.comment")
    action = _action(comment)
    if action is None:
        reading.ignore(comment.comment_action)
        return
    parent = None if comment.parent_comment_id in {None, "0"} else comment.parent_comment_id
    author_id = comment.unique_identifier or comment.user_id
    handle = shown_handle(comment.username)
    written_at = comment.create_time or (comment.timestamp if action == "created" else None)
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": comment.comment_id,
        "kind": "comment",
        "action": action,
        "author_handle": handle,
        "author_id": author_id,
        "author_name": comment.display_name,
        "text": None if action == "deleted" else comment.text,
        "parent_external_id": parent or comment.video_id,
        "thread_root_id": comment.video_id,
        "created_at": written_at,
        "is_own": bool(comment.owner) or reading.is_own(author_id, comment.user_id, handle=handle),
        "account_id": event.user_openid,
        "sent_at": event.create_time,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "tiktok.comment"))
    if isinstance(answers := part.get("reply_list"), list):
        reading.each(answers, partial(_read_comment, reading, event), event.user_openid)


def _read_video(reading: Reading, part: Part) -> None:
    """Read a video of the account: it is the root of its comments."""
    video = read_part(Video, part, "tiktok.video")
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": video.item_id,
        "kind": "post",
        "action": "created",
        "text": video.caption,
        "thread_root_id": video.item_id,
        "created_at": video.create_time,
        "permalink": video.share_url,
        "is_own": True,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "tiktok.video"))


def _action(comment: Comment) -> str | None:
    if comment.comment_action is not None:
        return _ACTIONS.get(comment.comment_action)
    return "hidden" if comment.status == "HIDDEN" else "created"
