"""Derived, prefixed ids: the same natural key always gives the same id, so a repeat is recognised."""

import hashlib
import secrets
from uuid import UUID

_SPACE = UUID("6f1f2f5e-6a2b-5d0c-9d5e-5a0f7b1c9e11").bytes


def derive(prefix: str, *key: str) -> str:
    """Return `prefix_` + 32 hex digits of uuid5 over the key parts (RFC 9562, version 5).

    Written out, because a message needs nine of them and uuid.uuid5 takes five times as long.
    """
    natural = "\x1f".join((prefix, *key)).encode()
    digest = bytearray(hashlib.sha1(_SPACE + natural, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return f"{prefix}_{digest.hex()}"


def random_id(prefix: str) -> str:
    """Return `prefix_` + 32 random hex digits, for things that have no natural key."""
    return f"{prefix}_{secrets.token_hex(16)}"


def event_id(event_type: str, *key: str) -> str:
    """Id of the event of this type about this natural key."""
    return derive("evt", event_type, *key)


def delivery_id(network: str, source: str, *key: str) -> str:
    """Id of one delivery: a webhook body, a page of a poll or a stream frame."""
    return derive("dlv", network, source, *key)


def thread_id(brand_id: str, network: str, account_id: str, root: str) -> str:
    """Id of the thread that hangs on `root` (a post, or the peer of a conversation)."""
    return derive("thr", brand_id, network, account_id, root)


def message_id(brand_id: str, network: str, account_id: str, external_id: str) -> str:
    """Id of one item of a network as one connection of one brand sees it."""
    return derive("msg", brand_id, network, account_id, external_id)


def reply_id(message: str, slot: int) -> str:
    """Id of the brand's answer to a message. Slot 0 is the first; a person opens the next."""
    return derive("rpl", message, str(slot))


def connection_id(brand_id: str, network: str, account_id: str) -> str:
    """Id of a brand's account at a network."""
    return derive("con", brand_id, network, account_id)


def receipt_id(connection: str, *key: str) -> str:
    """Id of what a network says about a message of ours."""
    return derive("rcp", connection, *key)


def moderation_id(message: str, act: str, request: str) -> str:
    """Id of one act on one message; `request` tells a second wish from a repeat of the first."""
    return derive("mod", message, act, request)


def incident_id(brand_id: str, opened: str) -> str:
    """Id of a brand's storm incident; `opened` is the event time it was opened at."""
    return derive("inc", brand_id, opened)


def promise_id(reply: str, start: int) -> str:
    """Id of a promise in an answer; `start` is where it stands in the text."""
    return derive("prm", reply, str(start))


def entry_id(brand_id: str, request: str) -> str:
    """Id of an entry of a brand's knowledge; `request` tells one wish to write it from another."""
    return derive("knw", brand_id, request)


def relabel_id(brand_id: str, request: str) -> str:
    """Id of one job of reading a brand's stored messages again."""
    return derive("rlb", brand_id, request)
