"""Media of Instagram as the Graph API lists them: posts, with comments around or in them, and where we were named."""

from functools import partial

from contracts.messages import Item
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.instagram.comments import NETWORK, Changes, Entry, Person
from services.ingest.connectors.meta_conversations import read_conversation, read_kept
from services.ingest.connectors.reading import Part, Reading, media_of, nested, shown_handle

_MEDIA_KEYS = frozenset({"media_type", "caption", "comments_count"})
_TYPES = {"IMAGE": "image", "CAROUSEL_ALBUM": "image", "VIDEO": "video", "REELS": "video"}


class Medium(Model):
    """A picture, film or album that somebody posted."""

    id: Id
    caption: Text = None
    media_type: Text = None
    media_url: Text = None
    permalink: Text = None
    timestamp: Time = None
    username: Text = None


def read_listed(reading: Reading, part: Part) -> bool:
    """Read what only the API lists: media, conversations, where we were named. False when it is none."""
    if isinstance(part.get("mentioned_media"), dict):
        _named_in(reading, part["mentioned_media"])
    elif isinstance(part.get("mentioned_comment"), dict):
        Changes(reading, Entry()).comment(part["mentioned_comment"], kind="mention")
    elif isinstance(part.get("messages"), dict):
        read_conversation(reading, part)
    elif "message" in part and "created_time" in part:
        read_kept(reading, None, part)
    elif isinstance(part.get("deleted_comments"), list):
        _deleted(reading, part)
    elif part.keys() & _MEDIA_KEYS or isinstance(nested(part, "comments").get("data"), list):
        _medium(reading, part)
    else:
        return False
    return True


def _medium(reading: Reading, part: Part) -> None:
    """Read a post and its comments; an id around comments alone only says what they hang on."""
    if part.keys() <= {"id", "comments"}:
        reading.ignore("reference")
        root = read_part(Entry, part, "instagram.media").id
    else:
        root = _post(reading, part)
    read = partial(_comment, Changes(reading, Entry()), root)
    reading.each(nested(part, "comments").get("data", []), read)


def _named_in(reading: Reading, part: Part) -> None:
    """Read somebody else's post that names us, and the comments below it that do."""
    root = _post(reading, part)
    changes = Changes(reading, Entry())
    reading.each(
        nested(part, "comments").get("data", []),
        lambda one: changes.comment(one, root=root, kind="mention"),
    )


def _deleted(reading: Reading, part: Part) -> None:
    """Read what a poll found to be gone: our own form, for Instagram tells no deletion."""
    root = read_part(Entry, part, "instagram.media").id
    for comment_id in part["deleted_comments"]:
        fields = {
            "network": NETWORK,
            "external_id": comment_id,
            "kind": "comment",
            "action": "deleted",
            "thread_root_id": root,
            "raw": {"id": comment_id, "media": {"id": root}},
        }
        reading.add(read_part(Item, fields, "instagram.media"))


def _comment(changes: Changes, root: str | None, part: Part) -> None:
    changes.comment(part, root=root)


def _post(reading: Reading, part: Part) -> str | None:
    medium = read_part(Medium, part, "instagram.media")
    owner = read_part(Person, part.get("owner") or {}, "instagram.media")
    handle = shown_handle(medium.username)
    kind = _TYPES.get(medium.media_type or "", "image")
    fields = {
        "network": NETWORK,
        "external_id": medium.id,
        "kind": "post",
        "action": "created",
        "author_handle": handle,
        "author_id": owner.id,
        "text": medium.caption,
        "thread_root_id": medium.id,
        "created_at": medium.timestamp,
        "is_own": reading.is_own(owner.id, handle=handle),
        "media": [media_of(kind, medium.media_url)] if medium.media_url else [],
        "permalink": medium.permalink,
        "raw": part,
    }
    reading.add(read_part(Item, fields, "instagram.media"))
    return medium.id
