"""WordPress REST payloads to normalised items: comments of a site, and its posts. Plain feeds live in feed."""

from functools import partial
from html import unescape
from typing import Any

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading, listed, nested, read_payload, unknown
from services.ingest.connectors.text import html_to_text

NETWORK = "wordpress"
_GONE = frozenset({"trash", "spam"})
_MENTIONS = frozenset({"pingback", "trackback"})
# What only moderators may see; nobody needs it to answer.
_PRIVATE = frozenset({"author_email", "author_ip", "author_user_agent"})


class Comment(Model):
    """A comment. `date` is the time of the site's place: only `date_gmt` (UTC without Z) is used."""

    id: Id
    post: Id
    parent: Id = None
    author: Id = None
    author_name: Text = None
    date_gmt: Time = None
    link: Text = None
    status: Text = None
    type: Text = None
    # Set by our reader, which notices what the site does not tell.
    rapport_edited_at: Time = None
    rapport_action: Text = None


class Post(Model):
    """A post or page of the site."""

    id: Id
    author: Id = None
    date_gmt: Time = None
    modified_gmt: Time = None
    link: Text = None
    status: Text = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a page of comments or posts (alone or with its headers), or one of them. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if (page := listed(part, "data", "items", "comments", "body")) is not None:
        reading.each(page, partial(_read, reading))
    elif "id" in part and "post" in part:
        _read_comment(reading, part)
    elif "id" in part and isinstance(part.get("title"), dict):
        _read_post(reading, part)
    elif "code" in part and "message" in part:
        raise Unreadable(
            "wordpress.http_answer", "an error of the site, not something people wrote"
        )
    else:
        raise unknown(NETWORK, part)


def _read_comment(reading: Reading, part: Part) -> None:
    comment = read_part(Comment, part, "wordpress.comment")
    if comment.type == "note":
        # Editors write notes to each other; readers never see them.
        reading.ignore("note")
        return
    is_gone = comment.status in _GONE
    author_id = None if comment.author == "0" else comment.author
    name = unescape(comment.author_name) if comment.author_name else None
    fields: dict[str, Any] = {
        "network": NETWORK,
        "external_id": comment.id,
        "kind": "mention" if comment.type in _MENTIONS else "comment",
        "action": "deleted" if is_gone else _action(comment),
        "edited_at": comment.rapport_edited_at,
        "author_id": author_id,
        "author_name": name,
        "text": None if is_gone else _text(part, "content"),
        "parent_external_id": comment.post if comment.parent in {None, "0"} else comment.parent,
        "thread_root_id": comment.post,
        "created_at": comment.date_gmt,
        "is_own": reading.is_own(author_id, handle=name if author_id else None),
        "permalink": comment.link,
        "raw": {key: value for key, value in part.items() if key not in _PRIVATE},
    }
    reading.add(read_part(Item, fields, "wordpress.comment"))


def _action(comment: Comment) -> str:
    """Return what happened to a comment that is there, as far as the reader could tell."""
    if comment.rapport_edited_at is not None:
        return "edited"
    told = comment.rapport_action
    return told if told in ("hidden", "unhidden") else "created"


def _read_post(reading: Reading, part: Part) -> None:
    post = read_part(Post, part, "wordpress.post")
    is_gone = post.status in _GONE
    words = [_text(part, "title"), _text(part, "content") or _text(part, "excerpt")]
    is_changed = (
        None not in (post.modified_gmt, post.date_gmt) and post.modified_gmt != post.date_gmt
    )
    fields: dict[str, Any] = {
        "network": NETWORK,
        # Posts and comments are numbered apart: the same number may be both.
        "external_id": f"post:{post.id}" if post.id else None,
        "kind": "post",
        "action": "deleted" if is_gone else "created",
        "author_id": post.author,
        "text": None if is_gone else "\n\n".join(filter(None, words)) or None,
        "thread_root_id": post.id,
        "created_at": post.date_gmt,
        "edited_at": post.modified_gmt if is_changed else None,
        "is_own": True,
        "permalink": post.link,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "wordpress.post"))


def _text(part: Part, key: str) -> str | None:
    """Return a rendered field as text; what was typed is there only for editors."""
    field = nested(part, key)
    rendered, typed = field.get("rendered"), field.get("raw")
    return html_to_text(next((one for one in (rendered, typed) if isinstance(one, str)), ""))
