"""Reads what Facebook sends for a page: webhook bodies, pages of the Graph API, single objects, arrays of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.ingest.connectors.facebook.changes import Entry, read_change
from services.ingest.connectors.facebook.objects import ObjectReader
from services.ingest.connectors.fields import Id, Part, Time, Unreadable, read_json, read_part
from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.registry import normalisers

UNREADABLE = "facebook.payload.unreadable"
_DEPTH = 4
_CONVERSATIONS = ("messaging", "standby")


def normalise(raw: bytes, account: Account) -> Normalised:
    """Return what the payload holds, in its order. Never raises: what cannot be read is a `Problem`.

    Source: networks.md sections 0 to 3 of the contract cards; Meta's Page webhooks and Graph API.
    """
    found = Normalised()
    try:
        _read(read_json(raw, UNREADABLE), account, found)
    except Unreadable as error:
        found.fail(error.code, error.why)
    return found


def _read(document: object, account: Account, found: Normalised, depth: int = 0) -> None:
    if isinstance(document, list) and depth < _DEPTH:
        for part in document:
            _attempt(part, account, found, depth + 1)
    elif isinstance(document, dict):
        _read_object(document, account, found, depth)
    else:
        raise Unreadable(UNREADABLE, "neither an object nor a list of objects")


def _attempt(part: object, account: Account, found: Normalised, depth: int) -> None:
    try:
        _read(part, account, found, depth)
    except Unreadable as error:
        found.fail(error.code, error.why)


def _read_object(document: dict[str, Any], account: Account, found: Normalised, depth: int) -> None:
    """Branch on the keys present, not on `object`."""
    if "entry" in document:
        _webhook(document, account, found)
    elif "data" in document:
        ObjectReader(account, found).page(document)
    elif "body" in document and depth < _DEPTH:
        # A recorded HTTP exchange: its body is the payload, as a document or as text.
        body = document["body"]
        _read(
            read_json(body, UNREADABLE) if isinstance(body, str) else body,
            account,
            found,
            depth + 1,
        )
    elif "error" in document:
        raise Unreadable(
            "facebook.payload.error", "an error answer of the Graph API holds no messages"
        )
    elif "id" in document or "open_graph_story" in document:
        ObjectReader(account, found).one(document)
    elif "field" in document and "value" in document:
        _change(document, Entry(None, None), account, found)
    else:
        raise Unreadable(UNREADABLE, "no known form: expected entry, data or id")


class _EntryHead(Part):
    id: Id = None
    time: Time = None


def _webhook(document: dict[str, Any], account: Account, found: Normalised) -> None:
    entries = document["entry"]
    if not isinstance(entries, list):
        raise Unreadable(UNREADABLE, "entry: is not a list")
    for entry in entries:
        try:
            _entry(entry, document.get("object"), account, found)
        except Unreadable as error:
            found.fail(error.code, error.why)


def _entry(entry: object, kind: object, account: Account, found: Normalised) -> None:
    head = read_part(_EntryHead, entry, "facebook.entry.unreadable")
    parts: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    place = Entry(head.id, head.time)
    for name, value in parts.items():
        if name == "changes":
            _changes(value, place, account, found)
        elif name in _CONVERSATIONS and value:
            _conversation(parts, name, kind, account, found)
        elif name == "field":
            _change({"field": value, "value": parts.get("value")}, place, account, found)


def _changes(changes: object, place: Entry, account: Account, found: Normalised) -> None:
    if not isinstance(changes, list):
        found.fail("facebook.entry.unreadable", "changes: is not a list", place.page_id)
        return
    for change in changes:
        _change(change, place, account, found)


def _change(change: object, place: Entry, account: Account, found: Normalised) -> None:
    try:
        result = read_change(change, place, account)
    except Unreadable as error:
        found.fail(error.code, error.why, place.page_id)
        return
    if isinstance(result, str):
        found.ignore(result)
    else:
        found.items.append(result)


def _conversation(
    parts: Mapping[str, Any], name: str, kind: object, account: Account, found: Normalised
) -> None:
    """Hand the Messenger part of a page's entry to the Messenger connector: one POST may hold both."""
    known = normalisers()
    if kind != "page" or "messenger" not in known:
        found.ignore(name)
        return
    entry = {key: value for key, value in parts.items() if key in ("id", "time", name)}
    raw = json.dumps({"object": "page", "entry": [entry]}).encode()
    page_id = str(parts["id"]) if isinstance(parts.get("id"), str | int) else None
    own = account.own_ids | {page_id} if page_id else account.own_ids
    found.extend(known["messenger"](raw, replace(account, own_ids=own)))
