"""Reads what Mastodon sends: notifications, statuses, contexts, conversations, stream frames, and lists of them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from services.ingest.connectors.fields import Id, Part, Time, Unreadable, read_json, read_part
from services.ingest.connectors.mastodon.events import looks_like_events, read_events
from services.ingest.connectors.mastodon.statuses import Carrier, deletion, read_status
from services.ingest.connectors.protocol import Account, Normalised

UNREADABLE = "mastodon.payload.unreadable"
_DEPTH = 4
_NO_ID = ("undefined", "null")
_LISTS = ("notifications", "statuses", "conversations", "data", "items")
_ADDRESSED = frozenset({"mention", "quote", "quoted_update"})
_CARRYING = _ADDRESSED | {"status", "update"}
_EDITING = frozenset({"update", "quoted_update"})


def normalise(raw: bytes, account: Account) -> Normalised:
    """Return what the payload holds, in its order. Never raises: what cannot be read is a `Problem`.

    Source: networks.md section 8 of the contract cards; docs.joinmastodon.org methods and entities.
    """
    reader = _Reader(account)
    reader.attempt(reader.document, raw)
    return reader.found


class _Notification(Part):
    id: Id = None
    type: str | None = None
    created_at: Time = None


class _Member(Part):
    id: Id = None


class _Reader:
    """Walks a payload and collects. One method per form; `attempt` keeps a broken part from taking its neighbours."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.found = Normalised()

    def attempt(self, read: Callable[[Any], None], part: object) -> None:
        try:
            read(part)
        except Unreadable as error:
            self.found.fail(error.code, error.why)

    def document(self, raw: bytes) -> None:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unreadable(UNREADABLE, f"not UTF-8 at byte {error.start}") from None
        if not looks_like_events(text):
            self.any(read_json(text, UNREADABLE))
            return
        for event in read_events(text):
            self.attempt(self.frame, {"event": event.name, "payload": event.data})

    def any(self, value: object, depth: int = 0) -> None:
        if isinstance(value, list) and depth < _DEPTH:
            for part in value:
                self.attempt(partial(self.any, depth=depth + 1), part)
        elif isinstance(value, dict):
            self.thing(value, depth)
        else:
            raise Unreadable(UNREADABLE, "neither an object nor a list of objects")

    def thing(self, value: dict[str, Any], depth: int) -> None:
        """Read one object by the keys it has: servers differ in what they add."""
        for keys, read in self._forms():
            if keys <= value.keys():
                read(value)
                return
        inner = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), None)
        if inner is not None:
            self.any(inner, depth)
        elif "body" in value and depth < _DEPTH:
            # A recorded HTTP exchange: its body is the payload, as a document or as text.
            body = value["body"]
            self.any(read_json(body, UNREADABLE) if isinstance(body, str) else body, depth + 1)
        else:
            raise Unreadable(
                UNREADABLE,
                "no known form of a status, notification, conversation, context or frame",
            )

    def _forms(self) -> tuple[tuple[set[str], Callable[[dict[str, Any]], None]], ...]:
        return (
            ({"event"}, self.frame),
            ({"ancestors"}, self.context),
            ({"descendants"}, self.context),
            ({"last_status"}, self.conversation),
            ({"status"}, self.notification),
            ({"id", "content"}, self.status),
            ({"id", "account", "type"}, self.notification),
            ({"id", "visibility"}, self.status),
            ({"id", "in_reply_to_id"}, self.status),
            ({"content", "account"}, self.status),
            ({"id", "account"}, self.status),
        )

    def status(self, value: object, carrier: Carrier | None = None) -> None:
        result = read_status(value, carrier or Carrier(), self._account)
        if isinstance(result, str):
            self.found.ignore(result)
        else:
            self.found.items.append(result)

    def notification(self, value: object) -> None:
        notice = read_part(_Notification, value, "mastodon.notification.unreadable")
        body: Mapping[str, Any] = value if isinstance(value, dict) else {}
        kind = notice.type or "mention"
        if kind not in _CARRYING:
            self.found.ignore(f"notification.{kind}")
            return
        if not isinstance(body.get("status"), dict):
            raise Unreadable("mastodon.notification.unreadable", "status: is missing")
        self.status(
            body["status"], Carrier(kind in _ADDRESSED, kind in _EDITING, sent_at=notice.created_at)
        )

    def conversation(self, value: dict[str, Any]) -> None:
        if value["last_status"] is None:
            self.found.ignore("conversation.empty")
            return
        accounts = value.get("accounts")
        listed = accounts if isinstance(accounts, list) else []
        members = [read_part(_Member, one, UNREADABLE) for one in listed if isinstance(one, dict)]
        self.status(value["last_status"], Carrier(peers=tuple(one.id for one in members if one.id)))

    def context(self, value: dict[str, Any]) -> None:
        """Read a thread around a status: its root is the first ancestor, or else the status itself."""
        above, below = value.get("ancestors") or [], value.get("descendants") or []
        if not isinstance(above, list) or not isinstance(below, list):
            raise Unreadable(UNREADABLE, "ancestors and descendants: are not lists")
        root = (
            _text_of(above[0], "id")
            if above
            else _text_of(below[0], "in_reply_to_id")
            if below
            else None
        )
        for status in [*above, *below]:
            self.attempt(partial(self.status, carrier=Carrier(root=root)), status)

    def frame(self, value: dict[str, Any]) -> None:
        """Read a frame of the stream: {stream, event, payload}, the payload a JSON text (or an id)."""
        event = value["event"]
        if event == "delete":
            self._deletion(value)
        elif event in ("update", "status.update"):
            self.status(self._payload(value), Carrier(is_edit=event == "status.update"))
        elif event == "notification":
            self.notification(self._payload(value))
        elif event == "conversation":
            self._conversation_frame(value)
        elif isinstance(event, str):
            self.found.ignore(f"event.{event}")
        else:
            raise Unreadable("mastodon.frame.unreadable", "event: is not a text")

    def _conversation_frame(self, value: dict[str, Any]) -> None:
        payload = self._payload(value)
        if not isinstance(payload, dict) or "last_status" not in payload:
            raise Unreadable("mastodon.frame.unreadable", "payload: is not a conversation")
        self.conversation(payload)

    def _payload(self, value: dict[str, Any]) -> object:
        payload = value.get("payload")
        return (
            read_json(payload, "mastodon.frame.unreadable") if isinstance(payload, str) else payload
        )

    def _deletion(self, frame: dict[str, Any]) -> None:
        status_id = read_part(_Member, {"id": frame.get("payload")}, "mastodon.frame.unreadable").id
        if status_id is None or status_id in _NO_ID or not status_id.replace("-", "").isalnum():
            raise Unreadable("mastodon.frame.unreadable", "payload: is not the id of a status")
        self.found.items.append(deletion(status_id, frame))


def _text_of(value: object, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None
