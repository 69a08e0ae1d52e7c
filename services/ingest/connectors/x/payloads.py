"""X payloads to normalised items: Activity API, Account Activity and pages of API v2. Posts and messages live beside it."""

from functools import partial

from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import Part, Reading, listed, nested, read_payload, unknown
from services.ingest.connectors.x.messages import read_chat, read_message, read_old_message
from services.ingest.connectors.x.posts import (
    NETWORK,
    Notice,
    media_objects,
    people,
    read_deleted,
    read_old_post,
    read_post,
)

_POSTS = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})
_MESSAGES = frozenset({"dm.received", "dm.sent"})
_CHATS = frozenset({"chat.received", "chat.sent"})
_OLD = frozenset({"tweet_create_events", "tweet_delete_events", "direct_message_events"})


class Activity(Model):
    """One event of the Activity API. The same post comes once for each subscribed brand."""

    event_type: Text
    user_id: Id = None


class Deletion(Model):
    """When an older deletion happened, in milliseconds as text."""

    timestamp_ms: Time = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body of either API, a stream frame, a page or one post. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    data = part.get("data")
    if isinstance(data, dict) and "event_type" in data and "payload" in data:
        _read_activity(reading, data)
    elif "event_type" in part and "payload" in part:
        _read_activity(reading, part)
    elif "for_user_id" in part or part.keys() & _OLD or "user_event" in part:
        _read_old(reading, part)
    elif isinstance(data, dict | list):
        _read_page(reading, part, data)
    elif isinstance(part.get("meta"), dict) and part["meta"].get("result_count") == 0:
        return
    elif "id_str" in part and "screen_name" not in part:
        read_old_post(reading, Notice(), part)
    elif "id" in part:
        _read_one(reading, Notice(), part)
    else:
        raise unknown(NETWORK, part)


def _read_activity(reading: Reading, data: Part) -> None:
    activity = read_part(Activity, data, "x.activity")
    kind = activity.event_type
    target = read_part(Activity, {"event_type": kind} | dict(nested(data, "filter")), "x.activity")
    payload, includes = nested(data, "payload"), nested(data, "includes")
    users = people(includes.get("users")) | people(payload.get("users"))
    notice = Notice(target.user_id, kind, users, media_objects(includes.get("media")))
    if kind in _POSTS:
        reading.each(payload, partial(read_post, reading, notice), notice.account_id)
    elif kind == "post.delete":
        read_deleted(reading, notice, payload)
    elif kind in _MESSAGES:
        reading.each(
            payload.get("direct_message_events"),
            partial(read_old_message, reading, notice),
            notice.account_id,
        )
    elif kind in _CHATS:
        read_chat(reading, notice, payload)
    elif kind == "oauth.revoke":
        _read_revoked(reading, payload)
    else:
        reading.ignore(kind)


def _read_old(reading: Reading, part: Part) -> None:
    account_id = read_part(
        Activity, {"event_type": "", "user_id": part.get("for_user_id")}, "x.activity"
    ).user_id
    notice = Notice(account_id, users=people(part.get("users")))
    for key, events in part.items():
        if key == "tweet_create_events":
            reading.each(events, partial(read_old_post, reading, notice), account_id)
        elif key == "tweet_delete_events":
            reading.each(events, partial(_read_old_deletion, reading, notice), account_id)
        elif key == "direct_message_events":
            reading.each(events, partial(read_old_message, reading, notice), account_id)
        elif key == "user_event" and (revoke := nested(part, key, "revoke")):
            _read_revoked(reading, nested(revoke, "source") or revoke)
        elif key.endswith(("_event", "_events")):
            reading.ignore(key)


def _read_revoked(reading: Reading, part: Part) -> None:
    """Note whose permission was taken back. It is no message, so it is counted, too."""
    reading.ignore("oauth.revoke")
    gone = read_part(Activity, {"event_type": "", "user_id": part.get("user_id")}, "x.activity")
    if gone.user_id is not None:
        reading.out.revoked.append(gone.user_id)


def _read_old_deletion(reading: Reading, notice: Notice, part: Part) -> None:
    sent_at = read_part(Deletion, part, "x.post").timestamp_ms
    read_deleted(reading, notice._replace(sent_at=sent_at), nested(part, "status"))


def _read_page(reading: Reading, part: Part, data: object) -> None:
    includes = nested(part, "includes")
    notice = Notice(users=people(includes.get("users")), media=media_objects(includes.get("media")))
    if isinstance(data, dict) and data.keys() <= {"id", "text"}:
        raise Unreadable("x.post", "an id and a text only: an answer to publishing")
    reading.each(data, partial(_read_one, reading, notice))
    # An answer may carry posts and errors: an error here is about a post that is gone, not a broken part.
    for _ in listed(part, "errors") or []:
        reading.ignore("error")


def _read_one(reading: Reading, notice: Notice, part: Part) -> None:
    if "event_type" in part and "payload" in part:
        _read_activity(reading, part)
    elif "dm_conversation_id" in part or part.get("event_type") is not None:
        read_message(reading, notice, part)
    elif "message_create" in part:
        read_old_message(reading, notice, part)
    elif "id" not in part:
        raise Unreadable("x.post", "a post without an id")
    elif "username" in part and "text" not in part:
        # Who reposted or liked comes as a page of people.
        reading.ignore("user")
    else:
        read_post(reading, notice, part)
