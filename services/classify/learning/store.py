"""Corrections and what was learnt from them, brand by brand. Every method takes a scope first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from contracts.corrections import LabelCorrected
from contracts.scope import BrandScope, brand_filter
from runtime.mongo import Database, Document, Index, Write
from services.classify.domain.adapting import MOST_CORRECTIONS, Adapter, Correction, Trial

VERSIONS_KEPT = 20


@dataclass(frozen=True, slots=True)
class Noted:
    """A correction with the words of its message and what the model alone says of it, as it is kept."""

    told: LabelCorrected
    words: tuple[str, ...]
    p: Mapping[str, float]


class LearningStore:
    """One document a message and head that people corrected, and one a version of what was learnt."""

    def __init__(self, database: Database) -> None:
        self._corrections = database.brand_collection("corrections")
        self._adapters = database.brand_collection("adapters")

    async def start(self) -> None:
        """Make the database ready."""
        await self.ensure()

    async def stop(self) -> None:
        """Nothing to put down: the database closes itself."""

    async def ensure(self) -> None:
        """Create the indexes that are missing."""
        newest = [("brand_id", 1), ("head", 1), ("corrected_at", 1)]
        await self._corrections.ensure([Index("newest", newest)])
        version = [("brand_id", 1), ("head", 1), ("version", -1)]
        await self._adapters.ensure([Index("version", version)])

    async def put(self, scope: BrandScope, noted: Sequence[Noted]) -> set[str]:
        """Keep corrections, the newest of each message and head; return the heads that they are about."""
        mine = [one for one in noted if one.told.brand_id == scope.brand_id]
        await self._corrections.write([_write(one) for one in mine])
        return {one.told.head for one in mine}

    async def corrections(self, scope: BrandScope, head: str) -> list[Correction]:
        """Return the newest corrections of a head, oldest first."""
        found = await self._corrections.find(
            {**brand_filter(scope), "head": head},
            sort=[("corrected_at", -1)],
            limit=MOST_CORRECTIONS,
        )
        return [_correction(one) for one in reversed(found)]

    async def save(
        self, scope: BrandScope, adapter: Adapter, trial: Trial | None, at: datetime
    ) -> None:
        """Keep a version of what was learnt for a head, and let the oldest go."""
        told: Document = asdict(adapter)
        told["words"] = [
            {"w": word, "v": list(weights)} for word, weights in (adapter.words or {}).items()
        ]
        told |= {"has_words": adapter.words is not None, "learnt_at": at}
        told["trial"] = asdict(trial) if trial else None
        document_id = f"{scope.brand_id}/{adapter.head}/{adapter.version}"
        here = {"_id": document_id, "brand_id": scope.brand_id}
        await self._adapters.update(here, {"$set": told}, is_upsert=True)
        old = {
            **brand_filter(scope), "head": adapter.head,
            "version": {"$lte": adapter.version - VERSIONS_KEPT},
        }  # fmt: skip
        await self._adapters.delete(old)

    async def newest(self, scope: BrandScope, head: str) -> int:
        """Return the newest version of a head; 0 before anything was learnt."""
        where = {**brand_filter(scope), "head": head}
        found = await self._adapters.find(
            where, sort=[("version", -1)], limit=1, fields=["version"]
        )
        return int(found[0]["version"]) if found else 0

    async def adapters(self, scope: BrandScope, at_most: int | None = None) -> dict[str, Adapter]:
        """Return what is used by head: the newest version, or the newest up to `at_most`; 0 is none."""
        where: Document = brand_filter(scope)
        if at_most is not None:
            where["version"] = {"$lte": at_most}
        used: dict[str, Adapter] = {}
        for one in await self._adapters.find(where, sort=[("version", 1)]):
            used[one["head"]] = _adapter(one)
        return used


def _write(noted: Noted) -> Write:
    told = noted.told
    fields: Document = {
        **told.model_dump(exclude={"text", "corrected_by", "brand_id", "p"}),
        "p": dict(noted.p), "brand_id": told.brand_id, "by": told.corrected_by.id, "words": list(noted.words),
    }  # fmt: skip
    is_newer = {"$gte": [told.corrected_at, {"$ifNull": ["$corrected_at", told.corrected_at]}]}
    update: list[Document] = [
        {
            "$set": {
                name: {"$cond": [is_newer, {"$literal": value}, f"${name}"]}
                for name, value in fields.items()
            }
        }
    ]
    document_id = f"{told.brand_id}/{told.message_id}/{told.head}"
    return Write({"_id": document_id, "brand_id": told.brand_id}, update)


def _correction(found: Document) -> Correction:
    words = tuple(found["words"])
    return Correction(
        found["message_id"], found["label"], found["p"], words, bool(found["is_sample"])
    )


def _adapter(found: Document) -> Adapter:
    words: dict[str, tuple[float, ...]] | None = None
    if found["has_words"]:
        words = {one["w"]: tuple(one["v"]) for one in found["words"]}
    told: dict[str, Any] = {
        name: found[name] for name in ("head", "version", "factors", "corrections")
    }
    labels, bias = tuple(found["labels"]), tuple(found["bias"])
    slope = tuple(tuple(row) for row in found["slope"])
    return Adapter(**told, labels=labels, bias=bias, slope=slope, words=words)
