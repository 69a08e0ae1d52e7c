"""The webhook doors, a row each: who signs how, with whose secret, what is asked first, how large a
body may be and which accounts it names. What is done with a body is in intake.py."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

MIB = 1024 * 1024
Handshake = Literal["hub", "x-crc", "linkedin", "discord"]
Named = tuple[tuple[str, ...], str]
"""The networks that an account may be connected as, and its id there."""


@dataclass(frozen=True, slots=True)
class Door:
    """One webhook address. `apps` name whose secrets sign, any of them; empty: the connection's own.

    `own_key`: which of a connection's secrets signs, where it has its own. `accounts` tells the
    accounts that a body names, or None when it names none and the path or the worker must tell.
    `network_of` tells the network of a body where one door serves several. A door whose connections
    sign is only open with a connection in its path.
    """

    network: str
    scheme: str
    apps: tuple[str, ...] = ()
    own_key: Literal["webhook_secret", "token"] | None = None
    handshake: Handshake | None = None
    accounts: Callable[[Any], list[Named] | None] = lambda _body: None
    network_of: Callable[[Any], str | None] | None = None
    limit_bytes: int = MIB
    networks: tuple[str, ...] = ()

    @property
    def serves(self) -> tuple[str, ...]:
        """The networks whose connections this door may be for."""
        return self.networks or (self.network,)

    def network_in(self, body: Any) -> str:
        """Return the network of a body."""
        return (self.network_of(body) if self.network_of else None) or self.network


def limit_of(network: str) -> int:
    """Return how many bytes a body of this network may have."""
    return 4 * MIB if network == "whatsapp" else MIB


def _meta_network(body: Any) -> str | None:
    kind = body.get("object") if isinstance(body, dict) else None
    return _META_OBJECTS.get(kind) if isinstance(kind, str) else None


def _meta_accounts(body: Any) -> list[Named] | None:
    entries = body.get("entry") if isinstance(body, dict) else None
    if not isinstance(entries, list):
        # Signed, but not the documented envelope: kept, and dead-lettered with the reason.
        return None
    networks = _META_ACCOUNTS.get(_meta_network(body) or "facebook", ())
    found: list[Named] = []
    for entry in entries:
        if isinstance(entry, dict):
            is_number = networks == ("whatsapp",)
            named = _phone_numbers(entry) if is_number else [str(entry.get("id"))]
            found.extend((networks, account) for account in named)
    return found


def _phone_numbers(entry: Mapping[str, Any]) -> Iterator[str]:
    """WhatsApp's entries are of business accounts; its connections are phone numbers."""
    changes = entry.get("changes")
    for change in changes if isinstance(changes, list) else []:
        value = change.get("value") if isinstance(change, dict) else None
        metadata = value.get("metadata") if isinstance(value, dict) else None
        if isinstance(metadata, dict):
            yield str(metadata.get("phone_number_id"))


_META_OBJECTS = {
    "page": "facebook",
    "instagram": "instagram",
    "whatsapp_business_account": "whatsapp",
}
_META_ACCOUNTS = {
    "facebook": ("facebook", "messenger"),
    "instagram": ("instagram",),
    "whatsapp": ("whatsapp",),
}
_META = Door(
    "facebook",
    "x-hub-signature-256",
    apps=("meta", "instagram"),
    handshake="hub",
    accounts=_meta_accounts,
    network_of=_meta_network,
    networks=("facebook", "instagram", "messenger", "whatsapp"),
    limit_bytes=4 * MIB,
)

DOORS: Mapping[str, Door] = {
    "meta": _META,
    "facebook": _META,
    "instagram": _META,
    "messenger": _META,
    "whatsapp": _META,
    "threads": Door("threads", "x-hub-signature-256", apps=("threads", "meta"), handshake="hub"),
    "x": Door("x", "x-twitter-webhooks-signature", apps=("x",), handshake="x-crc"),
    "linkedin": Door("linkedin", "linkedin", apps=("linkedin",), handshake="linkedin"),
    "tiktok": Door("tiktok", "tiktok", apps=("tiktok",)),
    "discord": Door("discord", "discord-ed25519", apps=("discord",), handshake="discord"),
    "telegram": Door("telegram", "telegram-secret-token", own_key="webhook_secret"),
    "webhook": Door("webhook", "standard-webhooks", own_key="token"),
}  # fmt: skip
"""By the name in the path. What is not here has no door: its network polls, or does not sign."""


def callback_path(network: str, connection_id: str) -> str | None:
    """Return where a network shall call for a connection, below the public address; None: nowhere."""
    door = DOORS.get(network)
    if door is None:
        return None
    if door.own_key:
        return f"/webhooks/{network}/{connection_id}"
    return "/webhooks/meta" if door is _META else f"/webhooks/{network}"
