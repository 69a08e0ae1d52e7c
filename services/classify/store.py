"""What classify keeps of brands: their languages and names. Every method takes a scope first."""

from dataclasses import dataclass

from contracts.scope import BrandScope
from runtime.mongo import Database


@dataclass(frozen=True, slots=True)
class BrandNote:
    """What is known of a brand; nothing where nothing was heard of it."""

    languages: list[str] | None = None
    name: str = ""
    alarms_per_year: float | None = None


class ClassifyStore:
    """Classify's database. The only writer of it is classify."""

    def __init__(self, database: Database) -> None:
        self._brands = database.brand_collection("brands")

    async def note_brand(self, scope: BrandScope, note: BrandNote, revision: int) -> None:
        """Remember a brand, unless a newer revision is known."""
        where = {"_id": scope.brand_id, "brand_id": scope.brand_id}
        newer = {"$gt": [revision, {"$ifNull": ["$revision", -1]}]}
        await self._brands.update(
            where,
            [
                {
                    "$set": {
                        "languages": {"$cond": [newer, note.languages, "$languages"]},
                        # A name may look like an expression.
                        "name": {"$cond": [newer, {"$literal": note.name}, "$name"]},
                        "alarms_per_year": {
                            "$cond": [newer, note.alarms_per_year, "$alarms_per_year"]
                        },
                        "revision": {"$max": ["$revision", revision]},
                    }
                }
            ],
            is_upsert=True,
        )

    async def brand(self, scope: BrandScope) -> BrandNote:
        """Return what is known of a brand."""
        found = await self._brands.find_one({"_id": scope.brand_id, "brand_id": scope.brand_id})
        if found is None:
            return BrandNote()
        return BrandNote(
            list(found["languages"]), found.get("name") or "", found.get("alarms_per_year")
        )
