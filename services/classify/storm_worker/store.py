"""What the storm worker keeps: one document a brand, written together with the offsets it covers."""

import json
import secrets
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.envelope import Event
from contracts.scope import AgencyScope, BrandScope
from runtime.mongo import Database, Document, Index, Write
from runtime.outbox import OUTBOX_INDEX, outbox_fields, outbox_push

FORM = 1
"""The form of the state document; a reader of a later form must still read this one."""
CHUNK = 500
Offsets = dict[str, tuple[int, int]]
"""By topic: the partition, and the last offset that is in the state."""


@dataclass(slots=True)
class Stored:
    """A brand's document. `version` counts its writes; 0 is one that was never written."""

    scope: BrandScope
    partition: int
    state: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    offsets: Offsets = field(default_factory=dict)
    has_events: bool = False


@dataclass(slots=True)
class Save:
    """One write: the document as it was read or last written, and what shall be in it now."""

    stored: Stored
    state: bytes
    offsets: Offsets
    events: list[Event]


class StormStore:
    """The storm states of classify's database."""

    def __init__(self, database: Database) -> None:
        self.states = database.brand_collection("storms")
        # Which brands there are is no brand's data: the same documents, by partition, ids only.
        self._directory = database.collection("storms")
        self._brands = database.collection("brands")

    async def start(self) -> None:
        """Create the indexes that are missing."""
        await self.states.ensure([OUTBOX_INDEX])
        await self._directory.ensure([Index("partition", [("partition", 1)])])

    async def stop(self) -> None:
        """Nothing to put down: the database closes itself."""

    async def brands_of(self, partitions: Iterable[int]) -> list[str]:
        """Return the brands that have a state and whose signals lie in these partitions."""
        where = {"partition": {"$in": sorted(partitions)}}
        return [found["_id"] for found in await self._directory.find(where, fields=["_id"])]

    async def load(self, brand_ids: Iterable[str]) -> list[Stored]:
        """Return the documents of those brands that have one."""
        wanted = sorted(brand_ids)
        found: list[Document] = []
        for at in range(0, len(wanted), CHUNK):
            found += await self.states.find({"brand_id": {"$in": wanted[at : at + CHUNK]}})
        return [_stored(document) for document in found]

    async def alarms_per_year(self, brand_ids: Iterable[str]) -> dict[str, float]:
        """Return how many false alarms a year each brand accepts, of those that said so."""
        where = {"_id": {"$in": sorted(brand_ids)}, "alarms_per_year": {"$gt": 0}}
        found = await self._brands.find(where, fields=["alarms_per_year"])
        return {document["_id"]: float(document["alarms_per_year"]) for document in found}

    async def write(self, saves: Sequence[Save], at: datetime) -> set[str]:
        """Write all that nobody else has written meanwhile; return the brands where somebody had.

        Each document goes from `version` to the next in one update: state, offsets and events
        together or not at all. A write whose answer was lost is recognised by its writer's mark.
        """
        refused: set[str] = set()
        for start in range(0, len(saves), CHUNK):
            refused |= await self._write_some(saves[start : start + CHUNK], at)
        return refused

    async def _write_some(self, saves: Sequence[Save], at: datetime) -> set[str]:
        mark = secrets.token_hex(8)
        fresh = [save for save in saves if save.stored.version == 0]
        known = [save for save in saves if save.stored.version > 0]
        there = await self.states.insert_many([_insert(save, mark, at) for save in fresh])
        matched = await self.states.write([_update(save, mark, at) for save in known])
        refused: set[str] = set()
        if there or matched < len(known):
            refused = await self._not_ours(saves, mark)
        for save in saves:
            if save.stored.scope.brand_id not in refused:
                save.stored.version += 1
        return refused

    async def _not_ours(self, saves: Sequence[Save], mark: str) -> set[str]:
        ids = {save.stored.scope.brand_id for save in saves}
        scope = {"brand_id": {"$in": sorted(ids)}, "writer": mark}
        return ids - {found["_id"] for found in await self.states.find(scope, fields=["_id"])}

    def scope_of(self, brand_ids: Iterable[str]) -> AgencyScope:
        """Return the scope of the worker's own loops over these brands."""
        return AgencyScope("*", frozenset(brand_ids))


def packed(state: dict[str, Any]) -> bytes:
    """Return a state as it is stored: JSON (numbers come back as they were), deflated."""
    return zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1)


def _unpacked(stored: bytes) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(zlib.decompress(stored))
    return state


def _fields(save: Save, mark: str) -> Document:
    return {
        "form": FORM,
        "version": save.stored.version + 1,
        "writer": mark,
        "state": save.state,
        "offsets": {
            name.replace(".", "-"): list(place) for name, place in save.offsets.items()
        },
    }  # fmt: skip


def _insert(save: Save, mark: str, at: datetime) -> Document:
    scope = save.stored.scope
    document = {
        "_id": scope.brand_id,
        "brand_id": scope.brand_id,
        "agency_id": scope.agency_id,
        "partition": save.stored.partition,
        **_fields(save, mark),
    }
    return document | (outbox_fields(save.events, at) if save.events else {})


def _update(save: Save, mark: str, at: datetime) -> Write:
    brand_id = save.stored.scope.brand_id
    where = {"_id": brand_id, "brand_id": brand_id, "version": save.stored.version}
    update: dict[str, Any] = {"$set": {**_fields(save, mark), "partition": save.stored.partition}}
    if save.events:
        pushed = outbox_push(save.events, at)
        update = {"$push": pushed["$push"], "$set": update["$set"] | pushed["$set"]}
    return Write(where, update, is_upsert=False)


def _stored(document: Document) -> Stored:
    return Stored(
        BrandScope(document["agency_id"], document["brand_id"]),
        document["partition"],
        _unpacked(document["state"]),
        document["version"],
        {name.replace("-", "."): (at[0], at[1]) for name, at in document["offsets"].items()},
        bool(document.get("outbox")),
    )
