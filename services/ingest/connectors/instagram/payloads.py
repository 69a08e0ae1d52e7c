"""Instagram payloads to normalised items: which form a payload has. What the forms mean lives beside it."""

from functools import partial

from services.ingest.connectors.fields import read_part
from services.ingest.connectors.instagram.comments import NETWORK, Changes, Entry
from services.ingest.connectors.instagram.media import read_listed
from services.ingest.connectors.meta_messages import Talk
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    read_payload,
    unknown,
)


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, one event, or a page of comments. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if isinstance(part.get("entry"), list):
        reading.each(part["entry"], partial(_read_entry, reading))
    elif (page := listed(part, "standby")) is not None:
        reading.each(page, Talk(reading, is_standby=True).read)
    elif (page := listed(part, "data", "items", "messaging", "changes")) is not None:
        reading.each(page, partial(_read, reading))
    elif read_listed(reading, part):
        return
    elif "field" in part:
        Changes(reading, Entry()).read(part)
    elif "sender" in part or "recipient" in part:
        Talk(reading).read(part)
    elif ("id" in part or "comment_id" in part) and part.keys() & {
        "text",
        "timestamp",
        "username",
        "from",
        "media",
    }:
        Changes(reading, Entry()).comment(part)
    else:
        raise unknown(NETWORK, part)


def _read_entry(reading: Reading, part: Part) -> None:
    entry = read_part(Entry, part, "instagram.entry")
    changes = Changes(reading, entry)
    if not part.keys() & {"changes", "messaging", "standby", "field"}:
        raise unknown(NETWORK, part)
    if "changes" in part:
        reading.each(part["changes"], changes.read, entry.id)
    if "field" in part:
        changes.read(part)
    for key in ("messaging", "standby"):
        if key in part:
            talk = Talk(reading, entry.id, entry.time, is_standby=key == "standby")
            reading.each(part[key], talk.read, entry.id)
