"""Repositories of the Bluesky stand-in: posts are items of the world, every other record a row here."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

import regex
from pydantic import BaseModel

from sandbox.bluesky.errors import XrpcError, invalid, no_record
from sandbox.ledger import Entry, Ledger
from sandbox.models import Account, Item, Person
from sandbox.records import Records
from sandbox.world import World

NETWORK = "bluesky"
POSTS = "app.bsky.feed.post"
LIKES = "app.bsky.feed.like"
_ROW = "bluesky_record"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


class Row(BaseModel):
    """A record that is no post."""

    uri: str
    cid: str
    did: str
    collection: str
    rkey: str
    value: dict[str, Any]


class Repos:
    """Writes and reads records; told posts reach the world, and so the views and the stream."""

    def __init__(self, world: World, ledger: Ledger, records: Records) -> None:
        self._world, self._ledger, self._records = world, ledger, records
        self._rows = {row.uri: row for row in records.load(_ROW, Row)}
        self._last_us = 0

    def new_key(self, at: datetime) -> str:
        """A record key of this moment that never repeats."""
        self._last_us = max(self._last_us + 1, int(at.timestamp() * 1_000_000))
        number = self._last_us << 10
        return "".join(_SORTABLE[number >> 5 * place & 31] for place in reversed(range(13)))

    def create(self, account: Account, collection: str, rkey: str, value: dict[str, Any]) -> str:
        """Add a record; its address. One that is there already is an error, whatever it says."""
        uri = f"at://{account.id}/{collection}/{rkey}"
        if self.get(uri) is not None:
            raise invalid("Record already exists")
        self.put(account, collection, rkey, value)
        return uri

    def put(self, account: Account, collection: str, rkey: str, value: dict[str, Any]) -> Row:
        """Add or replace a record."""
        uri = f"at://{account.id}/{collection}/{rkey}"
        row = Row(
            uri=uri,
            cid=cid_of(value),
            did=account.id,
            collection=collection,
            rkey=rkey,
            value=value,
        )
        if collection == POSTS:
            _check(value)
            self._post(account, account, row)
            return row
        self._rows[uri] = row
        self._records.put(_ROW, uri, row)
        if collection == LIKES:
            self._like(row, is_liked=True)
        return row

    def write(self, account: Account, person: Person, value: dict[str, Any], reason: str) -> Item:
        """A visitor's post that concerns the account: answers, names or quotes it."""
        self._world.put_person(person)
        rkey = self.new_key(self._world.now())
        uri = f"at://{person.id}/{POSTS}/{rkey}"
        row = Row(
            uri=uri, cid=cid_of(value), did=person.id, collection=POSTS, rkey=rkey, value=value
        )
        return self._post(account, person, row, reason)

    def get(self, uri: str) -> Row | None:
        """A record that is there."""
        item = self._world.item(NETWORK, uri)
        if item is not None:
            return None if item.is_deleted else _row(item)
        return self._rows.get(uri)

    def swap(self, uri: str, cid: object) -> None:
        """Raises InvalidSwap when the record is no longer what the writer saw."""
        now = self.get(uri)
        if cid != (now.cid if now else None):
            raise XrpcError(400, "InvalidSwap", f"Record was at {now.cid if now else 'null'}")

    def find(self, uri: str) -> Row:
        """A record; an error when it is not there."""
        row = self.get(uri)
        if row is None:
            raise no_record(uri)
        return row

    def listed(self, did: str, collection: str) -> list[Row]:
        """The records of a collection by key, newest first."""
        rows = [
            one for one in self._rows.values() if (one.did, one.collection) == (did, collection)
        ]
        if collection == POSTS:
            posts = [one for one in self._world.items(NETWORK) if one.author_id == did]
            rows += [_row(one) for one in posts if not one.is_deleted]
        return sorted(rows, key=lambda row: row.rkey, reverse=True)

    def delete(self, uri: str) -> None:
        """Remove a record; a missing one is fine."""
        item = self._world.item(NETWORK, uri)
        if item is not None:
            self._world.delete(item)
        row = self._rows.pop(uri, None)
        if row is not None:
            self._records.drop(_ROW, uri)
            if row.collection == LIKES:
                self._like(row, is_liked=False)

    def note(self, account: Account, row: Row, outcome: str, client: str | None) -> None:
        """Write a post of the brand into the ledger."""
        parent = row.value.get("reply", {}).get("parent", {}).get("uri")
        self._ledger.write(
            Entry(
                seq=self._ledger.next_seq(),
                network=NETWORK,
                account=account.id,
                in_reply_to=parent,
                text=row.value["text"],
                id=row.uri,
                at=self._world.now(),
                idempotency_key=row.rkey,
                outcome=outcome,
                client=client,
            )
        )

    def _like(self, row: Row, *, is_liked: bool) -> None:
        subject = row.value.get("subject")
        uri = subject.get("uri") if isinstance(subject, dict) else None
        item = self._world.item(NETWORK, str(uri))
        if item is not None:
            self._world.like(item, row.did, is_liked)

    def _post(self, account: Account, author: Account | Person, row: Row, reason: str = "") -> Item:
        reply = row.value.get("reply") or {}
        parent = reply.get("parent", {}).get("uri")
        is_own = isinstance(author, Account)
        item = Item(
            network=NETWORK,
            id=row.uri,
            account_id=account.id,
            author_id=author.id,
            author_name=author.name,
            author_handle=author.handle,
            kind="comment" if parent else "post" if is_own else "mention",
            text=row.value["text"],
            created_at=self._world.now(),
            language=(row.value.get("langs") or ["en"])[0],
            is_own=is_own,
            parent_id=parent,
            answered_id=parent,
            root_id=reply.get("root", {}).get("uri") or row.uri,
            extra={
                "cid": row.cid,
                "rkey": row.rkey,
                "value": json.dumps(row.value),
                "reason": reason,
            },
        )
        self._world.create(item)
        return item


def cid_of(value: dict[str, Any]) -> str:
    """A content id in the form of the real ones: equal records have equal ids."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return "bafyrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def _row(item: Item) -> Row:
    return Row(
        uri=item.id,
        cid=item.extra["cid"],
        did=item.author_id,
        collection=POSTS,
        rkey=item.extra["rkey"],
        value=json.loads(item.extra["value"]),
    )


def _check(value: dict[str, Any]) -> None:
    text = value.get("text")
    if not isinstance(text, str) or not isinstance(value.get("createdAt"), str):
        raise invalid(f'Invalid {POSTS} record: Record must have the property "createdAt"')
    if len(regex.findall(r"\X", text)) > 300:
        raise invalid(f"Invalid {POSTS} record: Record/text must not be longer than 300 graphemes")
    if len(text.encode()) > 3000:
        raise invalid(f"Invalid {POSTS} record: Record/text must not be longer than 3000 bytes")
    for ref in (value.get("reply") or {}).values():
        if not isinstance(ref, dict) or not ref.get("uri") or not ref.get("cid"):
            raise invalid(f'Invalid {POSTS} record: Record/reply must have the property "cid"')
    for facet in value.get("facets") or []:
        if facet["index"]["byteEnd"] > len(text.encode()):
            raise invalid(f"Invalid {POSTS} record: Record/facets out of bounds")
