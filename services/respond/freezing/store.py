"""One document a brand that was ever frozen; its news wait in its outbox. Decisions are in domain."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from contracts import topics
from contracts.envelope import Event, Origin, make_event
from contracts.replies import Approver
from contracts.scope import BrandScope, Scope, brand_filter
from contracts.storms import FreezeChanged
from runtime.mongo import Database, Document
from runtime.outbox import OUTBOX_INDEX, outbox_push
from services.respond.domain.freezing import Freeze, thawed
from services.respond.notices import SOURCE

MOST_HELD = 1000
"""How many held answers are named in the news; all of them are held."""


class FreezeStore:
    """The freezes of all brands."""

    def __init__(self, database: Database) -> None:
        self.freezes = database.brand_collection("freezes")

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        await self.freezes.ensure([OUTBOX_INDEX])

    async def of_brand(self, scope: BrandScope, now: datetime) -> Freeze:
        """Return what is known of a brand; one that was never frozen is not."""
        found = await self.freezes.find_one({**brand_filter(scope), "_id": scope.brand_id})
        return _read(found) if found else thawed(scope.brand_id, now)

    async def frozen(self, scope: Scope) -> frozenset[str]:
        """Return which of the scope's brands are frozen."""
        where = {**brand_filter(scope), "is_frozen": True}
        found = await self.freezes.find(where, fields=["_id"])
        return frozenset(str(one["_id"]) for one in found)

    async def put(self, scope: BrandScope, before: Freeze, after: Freeze) -> bool:
        """Store a change; False when somebody was faster."""
        known = _document(before) | {"brand_id": scope.brand_id, "agency_id": scope.agency_id}
        await self.freezes.insert_many([{"_id": scope.brand_id, **known}])
        where = {
            "_id": scope.brand_id, "brand_id": scope.brand_id, "revision": before.revision,
            "storm_revision": before.storm_revision, "asked_at": before.asked_at,
        }  # fmt: skip
        return (await self.freezes.update(where, {"$set": _document(after)})).matched == 1

    async def tell(self, scope: BrandScope, freeze: Freeze, told: Event) -> None:
        """Note that a change was carried out, with the news of it."""
        push = outbox_push([told], freeze.changed_at)
        where = {
            "_id": scope.brand_id, "brand_id": scope.brand_id, "revision": freeze.revision,
            "told_revision": {"$lt": freeze.revision},
        }  # fmt: skip
        change = {"told_revision": freeze.revision, **push["$set"]}
        await self.freezes.update(where, {"$set": change, "$push": push["$push"]})


def news(after: Freeze, held: list[str], scope: BrandScope, cause: Event) -> Event:
    """Tell that a brand was frozen or let go, and which answers are held."""
    payload = FreezeChanged(
        brand_id=after.brand_id,
        is_frozen=after.is_frozen,
        reason=after.reason,
        incident_id=after.incident_id,
        changed_by=after.changed_by,
        held=held[:MOST_HELD],
        revision=after.revision,
        changed_at=after.changed_at,
    )
    return make_event(
        topics.FREEZE_CHANGED.name,
        payload,
        key=(after.brand_id, str(after.revision)),
        partition_key=after.brand_id,
        origin=Origin(SOURCE, after.changed_at, scope, cause),
    )


def _document(freeze: Freeze) -> Document:
    told = asdict(freeze) | {"changed_by": freeze.changed_by.model_dump()}
    return {name: value for name, value in told.items() if name != "brand_id"}


def _read(document: Mapping[str, Any]) -> Freeze:
    known = {one.name: document[one.name] for one in fields(Freeze) if one.name in document}
    return Freeze(**known | {"changed_by": Approver(**document["changed_by"])})
