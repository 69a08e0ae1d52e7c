"""Paging: when it is tried again, what it says, and the signed link that acknowledges it. Pure."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.domain.inbox import Document
from services.gateway.domain.incident_views import AttemptView, DeliveryView, PageView

RETRY_S: tuple[float, ...] = (0, 5, 30, 120, 300)
LEASE_S = 60
ESCALATE_AFTER = timedelta(minutes=10)
LINK_GOOD_FOR = timedelta(hours=24)
ROUNDS = 3
SHORTEST_KEY = 24
_KEPT = 400


def next_try(attempts: int, at: datetime) -> datetime | None:
    """Return when the next try is after this many failed ones; None when there is none left."""
    if attempts >= len(RETRY_S):
        return None
    return at + timedelta(seconds=RETRY_S[attempts])


@dataclass(frozen=True, slots=True)
class Ticket:
    """What an acknowledging link stands for: one page, one call of it, until when."""

    brand_id: str
    page_id: str
    call: int
    ends_at: datetime


class Links:
    """Makes and reads the links. The key never leaves; a link cannot be made without it."""

    def __init__(self, key: str) -> None:
        self._key = hmac.new(key.encode(), b"rapport/page-link/v1", hashlib.sha256).digest()

    def token(self, ticket: Ticket) -> str:
        """Return the link's last part."""
        ends = int(ticket.ends_at.timestamp())
        body = f"{ticket.brand_id}.{ticket.page_id}.{ticket.call}.{ends}"
        return f"{_b64(body.encode())}.{_b64(self._sign(body))}"

    def read(self, token: str) -> Ticket | None:
        """Return what a link stands for, whatever its age; None for one that was not made here."""
        told, _, signature = token.partition(".")
        try:
            body = _unb64(told).decode()
            is_ours = hmac.compare_digest(_unb64(signature), self._sign(body))
            brand_id, page_id, call, ends = body.split(".")
            ticket = Ticket(brand_id, page_id, int(call), datetime.fromtimestamp(int(ends), UTC))
        except (ValueError, OverflowError, OSError):
            return None
        return ticket if is_ours else None

    def _sign(self, body: str) -> bytes:
        return hmac.new(self._key, body.encode(), hashlib.sha256).digest()


def webhook_secret(key: str, brand_id: str, contact_id: str) -> str:
    """Return the secret that a contact's webhook is signed with. Derived, so nothing is stored."""
    told = f"rapport/page-webhook/v1/{brand_id}/{contact_id}".encode()
    return (
        "whsec_" + base64.b64encode(hmac.new(key.encode(), told, hashlib.sha256).digest()).decode()
    )


def webhook_headers(secret: str, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the Standard Webhooks headers of one attempt: the id stays, the time is new."""
    stamp = str(int(at.timestamp()))
    signed = f"{event_id}.{stamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json", "webhook-id": event_id, "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{signature}",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """What one person is told. `link` is empty where no link can be made."""

    brand: str
    severity: int
    sentence: str
    link: str
    room: str
    is_drill: bool

    @property
    def subject(self) -> str:
        """Return the line of an e-mail."""
        mark = "[DRILL] " if self.is_drill else ""
        return f"{mark}Storm S{self.severity} at {self.brand}: please acknowledge"

    @property
    def text(self) -> str:
        """Return the words of an e-mail."""
        lines = [self.subject.removesuffix(": please acknowledge") + ".", "", self.sentence, ""]
        if self.is_drill:
            lines += ["This is a drill. Nothing of it is real; please act as if it were.", ""]
        if self.link:
            lines += ["Acknowledge (works once, from any device):", self.link, ""]
        lines += ["Storm room (needs sign-in):", self.room, ""]
        lines += ["Without an acknowledgement the next person is called in 10 minutes."]
        return "\n".join(lines)

    def body(self, page_id: str) -> bytes:
        """Return the webhook's JSON: Slack and alike read `text`."""
        link = f"\nAcknowledge: {self.link}" if self.link else ""
        told: dict[str, Any] = {
            "text": f"{self.subject.removesuffix(': please acknowledge')}. {self.sentence}"
            f"{link}\nStorm room: {self.room}",
            "type": "storm.page", "page_id": page_id, "brand": self.brand,
            "severity": self.severity, "sentence": self.sentence, "is_drill": self.is_drill,
            "acknowledge_url": self.link, "room_url": self.room,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False).encode()


def page_view(found: Document, deliveries: list[Document]) -> PageView:
    """Return a stored page with its deliveries."""
    ladder = found["ladder"]
    called = [ladder[at % len(ladder)]["name"] for at in range(found["calls"])] if ladder else []
    ack = found.get("ack") or {}
    return PageView(
        page_id=found["_id"],
        **{n: found[n] for n in ("incident_id", "brand_id", "role", "state", "severity", "sentence",
                                 "opened_at", "is_drill", "is_unreachable")},
        escalates_at=found["escalates_at"] if found["state"] == "open" else None,
        called=called,
        acknowledged_by=ack.get("name", ""),
        acknowledged_at=ack.get("at"),
        deliveries=[delivery_view(one) for one in deliveries],
    )  # fmt: skip


def delivery_view(found: Document) -> DeliveryView:
    """Return a stored delivery; of an address only as much as tells it from another."""
    return DeliveryView(
        delivery_id=found["_id"],
        name=found["name"],
        channel=found["channel"],
        target=masked(found["target"], found["channel"]),
        state=found["state"],
        attempts=[AttemptView(one["at"], one["is_sent"], one["why"]) for one in found["attempts"]],
        next_at=found["next_at"] if found["state"] == "waiting" else None,
    )


def masked(target: str, channel: str) -> str:
    """Return an address without what would let somebody use it."""
    if channel == "webhook":
        return target.split("://", 1)[-1].split("/", 1)[0].rpartition("@")[2]
    name, _, host = target.rpartition("@")
    return f"{name[:1]}…@{host}"


def cut(why: str) -> str:
    """Return a reason as long as it is kept."""
    return why[:_KEPT]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
