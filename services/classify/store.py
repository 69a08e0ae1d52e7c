"""What classify keeps of brands: their languages, names and vocabulary. Every method takes a scope first."""

from dataclasses import dataclass, field

from contracts.brands import Understanding
from contracts.scope import BrandScope
from runtime.mongo import Database, Document


@dataclass(frozen=True, slots=True)
class BrandNote:
    """What is known of a brand; nothing where nothing was heard of it."""

    languages: list[str] | None = None
    name: str = ""
    alarms_per_year: float | None = None
    understanding: Understanding = field(default_factory=Understanding)


class ClassifyStore:
    """Classify's database. The only writer of it is classify."""

    def __init__(self, database: Database) -> None:
        self._brands = database.brand_collection("brands")

    async def note_brand(self, scope: BrandScope, note: BrandNote, revision: int) -> None:
        """Remember a brand, unless a newer revision is known."""
        where = {"_id": scope.brand_id, "brand_id": scope.brand_id}
        newer = {"$gt": [revision, {"$ifNull": ["$revision", -1]}]}
        # A name or a term may look like an expression.
        fields: Document = {
            "languages": note.languages,
            "name": note.name,
            "alarms_per_year": note.alarms_per_year,
            "understanding": note.understanding.model_dump(),
        }
        told = {
            name: {"$cond": [newer, {"$literal": value}, f"${name}"]}
            for name, value in fields.items()
        }
        revised = {"revision": {"$max": ["$revision", revision]}}
        await self._brands.update(where, [{"$set": {**told, **revised}}], is_upsert=True)

    async def brand(self, scope: BrandScope) -> BrandNote:
        """Return what is known of a brand."""
        found = await self._brands.find_one({"_id": scope.brand_id, "brand_id": scope.brand_id})
        if found is None:
            return BrandNote()
        return BrandNote(
            list(found["languages"]),
            found.get("name") or "",
            found.get("alarms_per_year"),
            Understanding.read(found.get("understanding") or {}),
        )
