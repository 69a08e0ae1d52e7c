"""WhatsApp Cloud API payloads to normalised items. Delivery states and errors are read in states."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from contracts.messages import Item, Media
from services.ingest.connectors.fields import Id, Text, Time, Unreadable, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    media_of,
    nested,
    read_payload,
    shown_handle,
    unknown,
)
from services.ingest.connectors.whatsapp.states import read_error, read_state

NETWORK = "whatsapp"
_FILES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
_NO_MESSAGES = frozenset({"reaction", "system", "request_welcome"})


class Number(Model):
    """The business number a delivery is for."""

    phone_number_id: Id = None
    display_phone_number: Id = None


class Message(Model):
    """A message. `from` is missing for accounts that show a user name instead of a number."""

    id: Id
    type: Text
    timestamp: Time = None
    group_id: Id = None
    from_user_id: Id = None
    to: Id = None
    to_user_id: Id = None


class File(Model):
    """A picture, video, sound or document; its address needs the token and expires."""

    id: Id = None
    url: Text = None
    caption: Text = None
    filename: Text = None


class Place(Model):
    """A location that was sent."""

    latitude: float | None = None
    longitude: float | None = None
    name: Text = None
    address: Text = None
    url: Text = None


class Pointer(Model):
    """Every way one message names another."""

    id: Id = None
    original_message_id: Id = None


class Words(Model):
    """Every key under which a message holds what a person wrote or chose."""

    body: Text = None
    text: Text = None
    title: Text = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, one change, or one message. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if isinstance(part.get("entry"), list):
        reading.each(part["entry"], partial(_read_entry, reading))
    elif (page := listed(part, "changes", "data", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif isinstance(part.get("value"), dict):
        _read_change(reading, part)
    elif part.keys() & {"metadata", "messages", "message_echoes", "statuses"}:
        _read_value(reading, part)
    elif "type" in part and "id" in part:
        _Number(reading, Number(), {}).message(part)
    else:
        raise unknown(NETWORK, part)


def _read_entry(reading: Reading, part: Part) -> None:
    if "changes" not in part:
        raise unknown(NETWORK, part)
    reading.each(part["changes"], partial(_read_change, reading))


def _read_change(reading: Reading, part: Part) -> None:
    value = part.get("value")
    if not isinstance(value, dict):
        raise Unreadable("whatsapp.change", "a change without a value")
    if value.keys() & {"messages", "message_echoes", "statuses", "errors"}:
        _read_value(reading, value)
    else:
        reading.ignore(part.get("field"))


def _read_value(reading: Reading, value: Part) -> None:
    number = read_part(Number, value.get("metadata") or {}, "whatsapp.metadata")
    box = _Number(reading, number, _contacts(value))
    for key, read in (("messages", box.message), ("message_echoes", box.echo)):
        if value.get(key) is not None:
            reading.each(value[key], read, number.phone_number_id)
    for key, tell in (("statuses", read_state), ("errors", read_error)):
        if value.get(key) is not None:
            told = partial(tell, reading, number.phone_number_id)
            reading.each(value[key], told, number.phone_number_id)


def _contacts(value: Part) -> Mapping[str, Part]:
    """Return the people a delivery names, by number and by user id."""
    found: dict[str, Part] = {}
    for one in listed(value, "contacts") or []:
        if isinstance(one, dict):
            found |= {str(one[key]): one for key in ("wa_id", "user_id") if one.get(key)}
    return found


class _Number:
    """Reads the messages of one business number."""

    def __init__(self, reading: Reading, number: Number, contacts: Mapping[str, Part]) -> None:
        self._reading = reading
        self._number = number
        self._contacts = contacts

    def echo(self, part: Part) -> None:
        """Read a message the brand typed in the phone app. Raises `Unreadable`."""
        self._read(part, is_echo=True)

    def message(self, part: Part) -> None:
        """Read a message to the number. Raises `Unreadable`."""
        self._read(part, is_echo=False)

    def _read(self, part: Part, *, is_echo: bool) -> None:
        message = read_part(Message, part, "whatsapp.message")
        if message.id is None or message.type is None:
            raise Unreadable("whatsapp.message", "a message without an id or a type")
        if message.type in _NO_MESSAGES:
            self._reading.ignore(message.type)
            return
        fields = self._who(message, part, is_echo=is_echo) | _what(message, part)
        fields |= {"network": NETWORK, "visibility": "direct", "raw": part}
        fields |= {"account_id": self._number.phone_number_id, "sent_at": message.timestamp}
        self._reading.add(read_part(Item, fields, "whatsapp.message"))

    def _who(self, message: Message, part: Part, *, is_echo: bool) -> dict[str, Any]:
        phone = read_part(Pointer, {"id": part.get("from")}, "whatsapp.message").id
        # The number comes first: it is what older messages of the same person carry.
        author = phone or message.from_user_id
        is_own = is_echo or self._is_own(author)
        peer = message.group_id or ((message.to or message.to_user_id) if is_own else author)
        named = (self._contacts.get(one) for one in (phone, message.from_user_id) if one)
        known = [one for one in named if one is not None]
        profile = nested(known[0], "profile") if known and not is_own else {}
        handle = profile.get("username")
        return {
            "author_id": author,
            "author_name": profile.get("name") or None,
            "author_handle": shown_handle(handle if isinstance(handle, str) else None),
            "is_own": is_own,
            "thread_root_id": peer,
        }

    def _is_own(self, author: str | None) -> bool:
        numbers = (self._number.phone_number_id, self._number.display_phone_number)
        return self._reading.is_own(author) or (author is not None and author in numbers)


def _what(message: Message, part: Part) -> dict[str, Any]:
    """What was said, and about which message. An edit or a revoke speaks of the first message."""
    change = read_part(Pointer, nested(part, message.type or ""), "whatsapp.message")
    if message.type == "revoke":
        return {"kind": "dm", "action": "deleted", "external_id": change.original_message_id}
    if message.type == "edit":
        inner = nested(part, "edit", "message")
        fields = {"external_id": change.original_message_id, "edited_at": message.timestamp}
        return {"kind": "dm", "action": "edited"} | fields | _content(inner)
    fields = {
        "kind": "dm",
        "action": "created",
        "external_id": message.id,
        "created_at": message.timestamp,
    }
    return fields | _content(part)


def _content(part: Part) -> dict[str, Any]:
    context = read_part(Pointer, nested(part, "context"), "whatsapp.message")
    kind = part.get("type")
    kind = kind if isinstance(kind, str) else ""
    file = read_part(File, nested(part, kind), "whatsapp.message") if kind in _FILES else File()
    return {
        "text": file.caption or _words(kind, part),
        "parent_external_id": context.id,
        "media": _media(kind, file, part),
    }


def _words(kind: str, part: Part) -> str | None:
    inner = nested(part, kind)
    if kind == "interactive":
        answers = ("button_reply", "list_reply", "nfm_reply")
        inner = next((nested(inner, one) for one in answers if nested(inner, one)), {})
    elif kind not in {"text", "button", "order"}:
        return None
    words = read_part(Words, inner, "whatsapp.message")
    return words.body or words.text or words.title


def _media(kind: str, file: File, part: Part) -> list[Media]:
    if kind in _FILES:
        return [media_of("file" if kind == "document" else kind, file.url, file.id, file.filename)]
    if kind == "location":
        place = read_part(Place, nested(part, "location"), "whatsapp.message")
        is_point = place.latitude is not None and place.longitude is not None
        url = f"geo:{place.latitude},{place.longitude}" if is_point else None
        return [
            media_of(
                "location",
                place.url or url,
                None,
                ", ".join(filter(None, (place.name, place.address))),
            )
        ]
    if kind == "contacts":
        people = [one for one in listed(part, "contacts") or [] if isinstance(one, dict)]
        names = [nested(one, "name").get("formatted_name") for one in people]
        return [
            media_of("contact", None, None, name if isinstance(name, str) else None)
            for name in names
        ]
    return []
