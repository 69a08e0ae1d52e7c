"""X's JSON with the keys of the recorded payloads: posts, people, messages and events. No rules of who may what."""

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sandbox.models import Account, Item
from sandbox.world import World

_EDITABLE_MINUTES = 60


def x_time(at: datetime) -> str:
    """2026-07-24T21:23:23.000Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def versions(item: Item) -> list[str]:
    """Every id of a post, the oldest first."""
    return [item.id, *filter(None, item.extra.get("later_ids", "").split(","))]


def newest_id(item: Item) -> str:
    """The id of the text that is shown."""
    return versions(item)[-1]


def conversation(account_id: str, peer: str) -> str:
    """The id of a conversation of two."""
    return "-".join(sorted((account_id, peer), key=int))


class Objects:
    """Renders items and people."""

    def __init__(self, world: World) -> None:
        self._world = world

    def post(self, item: Item) -> dict[str, Any]:
        """A post in the form of API v2."""
        body: dict[str, Any] = {
            "paid_partnership": False,
            "created_at": x_time(item.edited_at or item.created_at),
            "edit_history_tweet_ids": versions(item),
            "conversation_id": item.root_id,
            "display_text_range": [0, len(item.text)],
            "edit_controls": {
                "edits_remaining": 5,
                "is_edit_eligible": item.parent_id is None,
                "editable_until": x_time(item.created_at),
            },
            "text": item.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "entities": {"mentions": self._mentions(item)},
            "author_id": item.author_id,
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "id": newest_id(item),
            "lang": item.language,
        }
        refers = self._refers(item)
        if refers:
            body["referenced_tweets"] = refers
        parent = self._world.item("x", item.parent_id or "")
        if parent is not None:
            body["in_reply_to_user_id"] = parent.author_id
            body["in_reply_to_tweet_id"] = item.extra.get("answered_version", parent.id)
        return body

    def _mentions(self, item: Item) -> list[dict[str, Any]]:
        account = self._world.account("x", item.account_id)
        name = f"@{account.handle}" if account else ""
        start = item.text.casefold().find(name.casefold()) if name else -1
        if account is None or start < 0:
            return []
        end = start + len(name)
        return [{"start": start, "end": end, "username": account.handle, "id": account.id}]

    def _refers(self, item: Item) -> list[dict[str, str]]:
        found = []
        if item.parent_id is not None:
            answered = item.extra.get("answered_version", item.parent_id)
            found.append({"type": "replied_to", "id": answered})
        if quoted := item.extra.get("quoted"):
            found.append({"type": "quoted", "id": quoted})
        return found

    def user(self, user_id: str) -> dict[str, Any]:
        """An account or a person."""
        who = self._world.account("x", user_id) or self._world.person(user_id)
        return {
            "id": user_id,
            "name": who.name if who else "",
            "username": who.handle if who else f"user{zlib.crc32(user_id.encode())}",
        }

    def page(self, items: list[Item], token: str | None) -> dict[str, Any]:
        """A page of posts, newest first; an empty one has no data."""
        if not items:
            return {"meta": {"result_count": 0}}
        people = dict.fromkeys(item.author_id for item in items)
        meta: dict[str, Any] = {
            "newest_id": newest_id(items[0]),
            "oldest_id": newest_id(items[-1]),
            "result_count": len(items),
        }
        if token:
            meta["next_token"] = token
        return {
            "data": [self.post(item) for item in items],
            "includes": {"users": [self.user(one) for one in people]},
            "meta": meta,
        }

    def message(self, item: Item) -> dict[str, Any]:
        """A direct message in the form of API v2."""
        return {
            "id": item.id,
            "event_type": "MessageCreate",
            "text": item.text,
            "sender_id": item.author_id,
            "dm_conversation_id": conversation(item.account_id, item.root_id),
            "created_at": x_time(item.created_at),
        }

    def messages(self, items: list[Item], token: str | None) -> dict[str, Any]:
        """A page of messages, newest first."""
        meta: dict[str, Any] = {"result_count": len(items)}
        if token:
            meta["next_token"] = token
        if not items:
            return {"meta": meta}
        people = dict.fromkeys(item.author_id for item in items)
        return {
            "data": [self.message(item) for item in items],
            "includes": {"users": [self.user(one) for one in people]},
            "meta": meta,
        }

    def old_message(self, item: Item) -> dict[str, Any]:
        """A direct message in the older form, as the Activity API still sends it."""
        recipient = item.root_id if item.is_own else item.account_id
        created = {
            "id": item.id,
            "type": "message_create",
            "created_timestamp": str(int(item.created_at.timestamp() * 1000)),
            "message_create": {
                "target": {"recipient_id": recipient},
                "sender_id": item.author_id,
                "message_data": {"text": item.text, "entities": {}},
            },
        }
        users = {one: self._old_user(one) for one in (item.author_id, recipient)}
        return {"direct_message_events": [created], "users": users}

    def _old_user(self, user_id: str) -> dict[str, Any]:
        known = self.user(user_id)
        return {"id": user_id, "name": known["name"], "screen_name": known["username"]}

    def event(
        self, account: Account, kind: str, uuid: int, payload: dict[str, Any], people: Iterable[str]
    ) -> dict[str, Any]:
        """One call of the Activity API."""
        data = {
            "event_uuid": str(uuid),
            "filter": {"user_id": account.id},
            "event_type": kind,
            "tag": kind,
            "payload": payload,
            "includes": {"users": [self.user(one) for one in people]},
        }
        return {"data": data}
