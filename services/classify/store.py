"""What classify keeps: which languages a brand speaks. Every method takes a scope first."""

from contracts.scope import BrandScope
from runtime.mongo import Database


class ClassifyStore:
    """Classify's database. The only writer of it is classify."""

    def __init__(self, database: Database) -> None:
        self._brands = database.brand_collection("brands")

    async def note_brand(self, scope: BrandScope, languages: list[str], revision: int) -> None:
        """Remember a brand's languages, unless a newer revision is known."""
        where = {"_id": scope.brand_id, "brand_id": scope.brand_id}
        newer = {"$gt": [revision, {"$ifNull": ["$revision", -1]}]}
        await self._brands.update(
            where,
            [
                {
                    "$set": {
                        "languages": {"$cond": [newer, languages, "$languages"]},
                        "revision": {"$max": ["$revision", revision]},
                    }
                }
            ],
            is_upsert=True,
        )

    async def languages(self, scope: BrandScope) -> list[str] | None:
        """Return a brand's languages, or None when the brand is not known yet."""
        found = await self._brands.find_one({"_id": scope.brand_id, "brand_id": scope.brand_id})
        return list(found["languages"]) if found else None
