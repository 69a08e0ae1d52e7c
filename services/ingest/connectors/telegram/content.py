"""What a Telegram message holds: words, files and service notices. Who sent it and where lives in payloads."""

from collections.abc import Iterator
from contextlib import suppress

from contracts.messages import Media
from services.ingest.connectors.fields import Id, Text, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, listed, media_of, nested

# An animation comes with a document of the same file: the first one found counts.
_FILES = {
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "audio": "audio",
    "voice": "audio",
    "sticker": "sticker",
    "document": "file",
}
_SERVICE = (
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created", "migrate_to_chat_id",
    "migrate_from_chat_id", "message_auto_delete_timer_changed", "pinned_message", "users_shared", "chat_shared",
    "write_access_allowed", "boost_added", "chat_background_set", "forum_topic_created", "forum_topic_edited",
    "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
    "giveaway_created", "giveaway_completed", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "proximity_alert_triggered", "connected_website",
    "successful_payment", "refunded_payment", "passport_data", "gift", "unique_gift", "gift_upgrade_sent",
    "checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed", "paid_message_price_changed",
    "suggested_post_approved", "suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid",
    "suggested_post_refunded", "chat_owner_left", "chat_owner_changed",
)  # fmt: skip


class File(Model):
    """A file a bot may fetch by its id."""

    file_id: Id = None
    file_name: Text = None
    title: Text = None
    emoji: Text = None


class Size(Model):
    """One size of a picture."""

    file_id: Id = None
    width: int = 0
    height: int = 0


class Words(Model):
    """Where a message holds words."""

    text: Text = None
    caption: Text = None
    question: Text = None


def is_service(part: Part) -> str | None:
    """Return the name of the notice a message is, or None when somebody wrote it."""
    if part.keys() & {"text", "caption"}:
        return None
    return next((key for key in _SERVICE if key in part), None)


def words(part: Part) -> str | None:
    """Return the text, the caption or the question of a poll."""
    found = read_part(Words, part, "telegram.message")
    return (
        found.text
        or found.caption
        or read_part(Words, nested(part, "poll"), "telegram.poll").question
    )


def media(part: Part) -> list[Media]:
    """Return the file, picture or place of a message; an album comes as several messages."""
    return list(_found(part))


def _sizes(part: Part) -> Iterator[Size]:
    for one in listed(part, "photo") or []:
        # A size that cannot be read costs the picture at most, never the words under it.
        with suppress(Unreadable):
            yield read_part(Size, one, "telegram.photo")


def _found(part: Part) -> Iterator[Media]:
    sizes = list(_sizes(part))
    if sizes:
        largest = max(sizes, key=lambda size: size.width * size.height)
        yield media_of("image", None, largest.file_id)
    kind = next((key for key in _FILES if isinstance(part.get(key), dict)), None)
    if kind is not None:
        file = read_part(File, part[kind], "telegram.file")
        yield media_of(_FILES[kind], None, file.file_id, file.file_name or file.title or file.emoji)
    if place := nested(part, "location"):
        venue = nested(part, "venue")
        named = [one for one in (venue.get("title"), venue.get("address")) if isinstance(one, str)]
        yield media_of(
            "location",
            f"geo:{place.get('latitude')},{place.get('longitude')}",
            None,
            ", ".join(named),
        )
    if contact := nested(part, "contact"):
        name = contact.get("first_name")
        yield media_of("contact", None, None, name if isinstance(name, str) else None)
