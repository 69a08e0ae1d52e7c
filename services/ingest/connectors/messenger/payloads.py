"""Messenger payloads to normalised items: conversations of a Page. Comments of the Page live in facebook."""

from functools import partial

from services.ingest.connectors.fields import Id, Time, read_part
from services.ingest.connectors.fields import Part as Model
from services.ingest.connectors.meta_conversations import read_conversation, read_kept
from services.ingest.connectors.meta_messages import Talk
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.reading import (
    Part,
    Reading,
    listed,
    read_payload,
    unknown,
)

NETWORK = "messenger"


class Entry(Model):
    """One Page in a webhook body. It may hold messages, comments or both."""

    id: Id = None
    time: Time = None


def normalise(raw: bytes, account: Account) -> Normalised:
    """Read a webhook body, one event, or a page of conversations or messages. Pure; never raises."""
    return read_payload(raw, NETWORK, account, _read)


def _read(reading: Reading, part: Part) -> None:
    if isinstance(part.get("entry"), list):
        reading.each(part["entry"], partial(_read_entry, reading))
    elif (page := listed(part, "standby")) is not None:
        reading.each(page, Talk(reading, is_standby=True).read)
    elif (page := listed(part, "data", "messaging", "items")) is not None:
        reading.each(page, partial(_read, reading))
    elif "sender" in part or "recipient" in part:
        Talk(reading).read(part)
    elif isinstance(part.get("messages"), dict):
        read_conversation(reading, part)
    elif "id" in part and ("message" in part or "from" in part):
        read_kept(reading, None, part)
    else:
        raise unknown(NETWORK, part)


def _read_entry(reading: Reading, part: Part) -> None:
    entry = read_part(Entry, part, "messenger.entry")
    known = [key for key in ("messaging", "standby", "changes", "field") if key in part]
    if not known:
        raise unknown(NETWORK, part)
    for key in ("messaging", "standby"):
        if key in part:
            talk = Talk(reading, entry.id, entry.time, is_standby=key == "standby")
            reading.each(part[key], talk.read, entry.id)
    for change in (
        part["changes"]
        if isinstance(part.get("changes"), list)
        else [part]
        if "field" in part
        else []
    ):
        reading.ignore(change.get("field") if isinstance(change, dict) else None)
