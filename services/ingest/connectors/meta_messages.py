"""Direct messages as Messenger and Instagram send them (entry.messaging, entry.standby). Comments live with each network."""

from datetime import datetime
from typing import Any

from pydantic import Field

from contracts.messages import Item, Media, Receipt
from services.ingest.connectors.fields import Id, Text, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.reading import Part, Reading, media_of, nested, unknown

# What an event may hold beside its parties, in the order they are looked for.
_NO_MESSAGES = (
    "reaction", "referral", "optin", "pass_thread_control", "take_thread_control", "request_thread_control",
    "app_roles", "account_linking", "policy_enforcement", "game_play", "order", "typing", "message_context",
)  # fmt: skip


class Party(Model):
    """Somebody in a conversation."""

    id: Id = None


class Attachment(Model):
    """A picture, video, file, story or link. `payload` is an object, a string or null."""

    type: Text = None
    payload: Any = None
    url: Text = None
    title: Text = None


class Message(Model):
    """A message of a conversation."""

    mid: Id
    text: Text = None
    attachments: list[Attachment] | None = None
    reply_to: dict[str, Any] | None = None
    is_echo: bool | None = None
    is_deleted: bool | None = None
    metadata: Text = None


class Edit(Model):
    """New words for a message that was sent before."""

    mid: Id
    text: Text = None


class Postback(Model):
    """A button that was pressed. Older deliveries give it no id."""

    mid: Id = None
    title: Text = None


class Delivery(Model):
    """Which messages of ours arrived: by id, or all until a moment. Comes without a time of its own."""

    mids: list[str] | None = None
    watermark: Time = None


class Read(Model):
    """Which messages of ours were read: one by its id (Instagram), or all until a moment (Messenger)."""

    mid: Id = None
    watermark: Time = None


class Event(Model):
    """One event of a conversation."""

    sender: Party = Field(default_factory=Party)
    recipient: Party = Field(default_factory=Party)
    timestamp: Time = None


class Talk:
    """Reads the events of one account: who is the brand, and when the network sent them.

    `is_standby`: another app has the conversation; we only look on.
    """

    def __init__(
        self,
        reading: Reading,
        account_id: str | None = None,
        sent_at: datetime | None = None,
        *,
        is_standby: bool = False,
    ) -> None:
        self._reading = reading
        self._network = reading.network
        self._account_id = account_id
        self._sent_at = sent_at
        self._is_standby = is_standby

    def read(self, part: Part) -> None:
        """Read one event. Raises `Unreadable`."""
        event = read_part(Event, part, f"{self._network}.event")
        if isinstance(part.get("message"), dict):
            self._message(event, part)
        elif isinstance(part.get("message_edit"), dict):
            edit = read_part(Edit, part["message_edit"], f"{self._network}.message_edit")
            self._add(
                event,
                part,
                external_id=edit.mid,
                action="edited",
                text=edit.text,
                edited_at=event.timestamp,
            )
        elif isinstance(part.get("postback"), dict):
            self._postback(event, part)
        elif isinstance(part.get("delivery"), dict):
            self._delivered(event, part["delivery"])
        elif isinstance(part.get("read"), dict):
            self._seen(event, part["read"])
        else:
            self._other(part)

    def _message(self, event: Event, part: Part) -> None:
        message = read_part(Message, part["message"], f"{self._network}.message")
        common: dict[str, Any] = {"external_id": message.mid, "is_echo": bool(message.is_echo)}
        if message.is_echo and message.metadata:
            # Our own key comes back: it settles an answer whose receipt was lost.
            echo = {"external_id": message.mid, "our_key": message.metadata}
            self._receipt(event, event.recipient.id, state="sent", at=event.timestamp, **echo)
        if message.is_deleted:
            self._add(event, part, **common, action="deleted")
            return
        reply_to = message.reply_to or {}
        answered = read_part(
            Answered,
            {"id": reply_to.get("mid") or nested(reply_to, "story").get("id")},
            "meta.reply_to",
        )
        self._add(
            event,
            part,
            **common,
            action="created",
            text=message.text,
            parent_external_id=answered.id,
            created_at=event.timestamp,
            media=[attached(one) for one in message.attachments or []],
        )

    def _postback(self, event: Event, part: Part) -> None:
        pressed = read_part(Postback, part["postback"], f"{self._network}.postback")
        if pressed.mid is None:
            self._reading.ignore("postback")
            return
        self._add(
            event,
            part,
            external_id=pressed.mid,
            action="created",
            text=pressed.title,
            created_at=event.timestamp,
        )

    def _delivered(self, event: Event, part: Part) -> None:
        delivery = read_part(Delivery, part, f"{self._network}.delivery")
        for mid in delivery.mids or []:
            self._receipt(event, event.sender.id, state="delivered", external_id=mid)
        if delivery.watermark is not None:
            told = {"watermark_at": delivery.watermark}
            self._receipt(event, event.sender.id, state="delivered", **told)

    def _seen(self, event: Event, part: Part) -> None:
        read = read_part(Read, part, f"{self._network}.read")
        told = {"external_id": read.mid, "watermark_at": read.watermark, "at": event.timestamp}
        if read.mid or read.watermark:
            self._receipt(event, event.sender.id, state="read", **told)
        else:
            self._reading.ignore("read")

    def _receipt(self, event: Event, peer: str | None, **told: Any) -> None:
        account_id = self._account_id or _account_of(event, peer)
        told |= {"network": self._network, "peer": peer, "account_id": account_id}
        self._reading.out.receipts.append(read_part(Receipt, told, f"{self._network}.receipt"))

    def _other(self, part: Part) -> None:
        kind = next((key for key in _NO_MESSAGES if key in part), None)
        kind = kind or next(
            (key for key in part if key not in {"sender", "recipient", "timestamp"}), None
        )
        if kind is None:
            raise unknown(self._network, part)
        self._reading.ignore(kind)

    def _add(self, event: Event, part: Part, *, is_echo: bool = False, **fields: Any) -> None:
        sender, recipient = event.sender.id, event.recipient.id
        is_own = (
            is_echo
            or self._reading.is_own(sender)
            or (sender is not None and sender == self._account_id)
        )
        fields |= {"network": self._network, "kind": "dm", "author_id": sender, "is_own": is_own}
        # The peer is the customer, on what the brand wrote too: one conversation, one thread.
        fields |= {
            "thread_root_id": recipient if is_own else sender,
            "visibility": "direct",
            "is_automatic": self._is_standby,
            "raw": part,
        }
        fields |= {"account_id": self._account_id, "sent_at": self._sent_at or event.timestamp}
        self._reading.add(read_part(Item, fields, f"{self._network}.event"))


def _account_of(event: Event, peer: str | None) -> str | None:
    return event.recipient.id if event.sender.id == peer else event.sender.id


class Answered(Model):
    """The message or story that is answered."""

    id: Id = None


def attached(attachment: Attachment) -> Media:
    """Return an attachment as media. Its address expires."""
    payload = attachment.payload if isinstance(attachment.payload, dict) else {}
    place = nested(payload, "coordinates")
    url = payload.get("url") or attachment.url
    if place.get("lat") is not None and place.get("long") is not None:
        url = f"geo:{place['lat']},{place['long']}"
    sticker = payload.get("sticker_id")
    named = payload.get("title") or attachment.title
    return media_of(
        attachment.type,
        url if isinstance(url, str) else None,
        str(sticker) if isinstance(sticker, int | str) else None,
        named if isinstance(named, str) else None,
    )
