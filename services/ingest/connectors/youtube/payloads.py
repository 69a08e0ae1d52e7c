"""YouTube Data API payloads to normalised items: comment threads, comments and videos. Live chat is not read."""

from functools import partial

from pydantic import Field

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    nested,
    read_payload,
    shown_handle,
    unknown,
)
from services.ingest.connectors.text import html_to_text

NETWORK = "youtube"

VANISHED = "rapport#vanished"
"""Kind of the page that our own reader writes about comments which are no longer there."""


class Channel(Model):
    """The channel of an author."""

    value: Id = None


class Snippet(Model):
    """What is known of a comment. `textOriginal` is there only for the author and the channel's owner."""

    text: Text = Field(None, alias="textOriginal")
    html: Text = Field(None, alias="textDisplay")
    author: Text = Field(None, alias="authorDisplayName")
    channel: Channel | None = Field(None, alias="authorChannelId")
    video: Id = Field(None, alias="videoId")
    parent: Id = Field(None, alias="parentId")
    published_at: Time = Field(None, alias="publishedAt")
    updated_at: Time = Field(None, alias="updatedAt")
    status: Text = Field(None, alias="moderationStatus")


class Thread(Model):
    """The video and the channel a thread belongs to; replies do not always name them."""

    video: Id = Field(None, alias="videoId")
    channel: Id = Field(None, alias="channelId")


class Comment(Model):
    """A comment."""

    id: Id
    snippet: Snippet


class Video(Model):
    """A video, as the post comments hang on."""

    title: Text = None
    description: Text = None
    channel: Id = Field(None, alias="channelId")
    channel_title: Text = Field(None, alias="channelTitle")
    published_at: Time = Field(None, alias="publishedAt")


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a page of threads, comments or videos, or one of them. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    kind = part.get("kind")
    kind = kind.removeprefix("youtube#") if isinstance(kind, str) else None
    if kind == VANISHED:
        reading.each(part.get("items"), partial(_read_vanished, reading))
    elif (page := listed(part, "items", "data")) is not None:
        reading.each(page, partial(_read, reading))
    elif kind == "commentThread" or "topLevelComment" in nested(part, "snippet"):
        _read_thread(reading, part)
    elif kind == "video":
        _read_video(reading, part)
    elif kind == "comment" or nested(part, "snippet").keys() & {"textOriginal", "textDisplay"}:
        _read_comment(reading, Thread(), part)
    elif isinstance(part.get("error"), dict):
        raise Unreadable(
            "youtube.http_answer", "an error of the network, not something people wrote"
        )
    elif kind is not None:
        reading.ignore(kind)
    else:
        raise unknown(NETWORK, part)


def _read_thread(reading: Reading, part: Part) -> None:
    snippet = nested(part, "snippet")
    thread = read_part(Thread, snippet, "youtube.thread")
    reading.each(snippet.get("topLevelComment"), partial(_read_comment, reading, thread))
    # A page holds only some of the replies: the rest is another read.
    reading.each(
        nested(part, "replies").get("comments") or [], partial(_read_comment, reading, thread)
    )


def _read_comment(reading: Reading, thread: Thread, part: Part) -> None:
    comment = read_part(Comment, part, "youtube.comment")
    snippet = comment.snippet
    author_id = snippet.channel.value if snippet.channel else None
    name = snippet.author
    root = snippet.video or thread.video
    is_edited = _is_later(snippet)
    is_handle = name is not None and name.startswith("@")
    is_by_channel = author_id is not None and author_id == thread.channel
    fields = {
        "network": NETWORK,
        "external_id": comment.id,
        "kind": "comment",
        "action": "hidden"
        if snippet.status == "rejected"
        else "edited"
        if is_edited
        else "created",
        "author_handle": shown_handle(name) if is_handle else None,
        "author_id": author_id,
        "author_name": name,
        "text": snippet.text or html_to_text(snippet.html or ""),
        "parent_external_id": snippet.parent or root,
        "thread_root_id": root,
        "created_at": snippet.published_at,
        "edited_at": snippet.updated_at if is_edited else None,
        "is_own": is_by_channel or reading.is_own(author_id, handle=name),
        "raw": part,
    }
    reading.add(read_part(Item, fields, "youtube.comment"))


def _is_later(snippet: Snippet) -> bool:
    return bool(
        snippet.updated_at and snippet.published_at and snippet.updated_at > snippet.published_at
    )


class Vanished(Model):
    """What our reader remembers of a comment that is gone."""

    id: str
    video: Id = Field(None, alias="videoId")


def _read_vanished(reading: Reading, part: Part) -> None:
    gone = read_part(Vanished, part, "youtube.comment")
    top = gone.id.partition(".")[0]
    fields = {
        "network": NETWORK,
        "external_id": gone.id,
        "kind": "comment",
        "action": "deleted",
        "parent_external_id": top if top != gone.id else gone.video,
        "thread_root_id": gone.video,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "youtube.comment"))


def _read_video(reading: Reading, part: Part) -> None:
    video = read_part(Video, nested(part, "snippet"), "youtube.video")
    video_id = read_part(Channel, {"value": part.get("id")}, "youtube.video").value
    fields = {
        "network": NETWORK,
        "external_id": video_id,
        "kind": "post",
        "action": "created",
        "author_id": video.channel,
        "author_name": video.channel_title,
        "text": "\n\n".join(filter(None, (video.title, video.description))) or None,
        "thread_root_id": video_id,
        "created_at": video.published_at,
        "is_own": reading.is_own(video.channel, handle=video.channel_title),
        "raw": part,
    }
    reading.add(read_part(Item, fields, "youtube.video"))
