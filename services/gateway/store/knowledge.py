"""What the brands know and the replies they keep at hand. A change is announced with it, in one update."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from contracts import ids
from contracts.envelope import Event, Origin, make_event
from contracts.knowledge import Entry, EntryKind, KnowledgeChanged
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import KNOWLEDGE_CHANGED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_fields, outbox_push
from services.gateway.domain import knowledge
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.knowledge import EntryView, SavedView, Wrong
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.places import place_of
from services.gateway.store.pulses import PulseStore

_ENTRY = list(Entry.model_fields)
_NOT_YOURS = "Your role for this brand is to look, not to write what it says."


class KnowledgeStore:
    """Reads and changes entries."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._entries = database.entries
        self._brands = database.brands
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = pulses
        self._nudge = nudge

    async def every(
        self, scope: AgencyScope, brand_id: str, kind: EntryKind | None = None
    ) -> list[EntryView]:
        """Return a brand's entries by kind and title. Raises `NotFound`."""
        place = await place_of(self._brands, scope, brand_id)
        where = {**brand_filter(place), "is_gone": False, **({"kind": kind} if kind else {})}
        found = await self._entries.find(where)
        views = [_view(one, self._clock.now()) for one in found]
        return sorted(views, key=lambda one: (one.entry.kind, one.entry.title.casefold()))

    async def add(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, given: Mapping[str, Any]
    ) -> EntryView:
        """Write an entry. Raises `NotFound`, `Forbidden`, and `Invalid` with what is wrong."""
        place = await self._writable(scope, viewer, brand_id)
        count = await self._entries.count({**brand_filter(place), "is_gone": False})
        if count >= knowledge.MOST_ENTRIES:
            why = f"A brand may keep {knowledge.MOST_ENTRIES:,} entries. Take old ones out first."
            raise Invalid("entry.too_many", why)
        entry = _checked(ids.entry_id(brand_id, ids.random_id("req")), given)
        now = whole_ms(self._clock.now())
        fields: Document = {
            "_id": entry.entry_id, "brand_id": brand_id, "agency_id": place.agency_id,
            **_fields(entry), "is_gone": False, "revision": 1, "changed_at": now,
            "changed_by": viewer.name, "written_at": now, "uses": 0,
        }  # fmt: skip
        await self._entries.insert({**fields, **outbox_fields([_told(place, entry, 1, now)], now)})
        await self._done(viewer, place, entry.entry_id, ({}, _fields(entry)))
        return _view(fields, now)

    async def bring(self, scope: AgencyScope, viewer: Viewer, brand_id: str, content: str) -> int:
        """Write every row of a CSV file, or none when one is wrong; return how many."""
        await self._writable(scope, viewer, brand_id)
        try:
            rows = knowledge.read_table(content)
        except Wrong as error:
            raise Invalid("entry.bad_file", f"{error} Nothing was brought in.") from None
        for number, row in enumerate(rows, 2):
            try:
                knowledge.checked("-", row)
            except Wrong as error:
                why = f"Line {number}: {error} Nothing was brought in."
                raise Invalid("entry.bad_file", why) from None
        for row in rows:
            await self.add(scope, viewer, brand_id, row)
        return len(rows)

    async def change(
        self,
        scope: AgencyScope,
        viewer: Viewer,
        entry_id: str,
        revision: int,
        given: Mapping[str, Any] | None,
    ) -> None:
        """Put another entry in its place; None takes it out. Raises as `add`, and `Conflict`."""
        found = await self._entries.find_one({"_id": entry_id, **brand_filter(scope)})
        if found is None or found["is_gone"]:
            raise nothing_here()
        place = await self._writable(scope, viewer, found["brand_id"])
        entry = None if given is None else _checked(entry_id, given)
        now = whole_ms(self._clock.now())
        pushed = outbox_push([_told(place, entry, revision + 1, now, entry_id)], now)
        told: Document = {
            **(_fields(entry) if entry else {}), "is_gone": entry is None,
            "revision": revision + 1, "changed_at": now, "changed_by": viewer.name,
        }  # fmt: skip
        where = {"_id": entry_id, **brand_filter(place), "revision": revision, "is_gone": False}
        update = {**pushed, "$set": {**pushed["$set"], **told}}
        if not (await self._entries.update(where, update)).matched:
            raise Conflict("entry.changed", "Somebody changed this entry meanwhile. Load it again.")
        before = {name: found.get(name) for name in ("title", "text", "kind", "language")}
        await self._done(viewer, place, entry_id, (before, _fields(entry) if entry else {}))

    async def saved(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, query: str = ""
    ) -> list[SavedView]:
        """Return the saved replies for a message, filled in, the best first. Raises `NotFound`."""
        fields = ["brand_id", "content", "labels"]
        found = await self._messages.find_one(
            {"_id": message_id, **brand_filter(scope)}, fields=fields
        )
        if found is None or not found.get("content"):
            raise nothing_here()
        here = {"brand_id": found["brand_id"], "is_gone": False, "kind": "saved"}
        entries = [_entry(one) for one in await self._entries.find(here)]
        labels = (found.get("labels") or {}).get("value") or {}
        language = (labels.get("language") or {}).get("label")
        brand = await self._brands.find_one(
            {"_id": found["brand_id"], "brand_id": found["brand_id"]}, fields=["name"]
        )
        values = {
            "name": first_name(found["content"].get("author_name")),
            "brand": (brand or {}).get("name"),
            "agent": first_name(viewer.name),
        }
        network = found["content"]["network"]
        shown = knowledge.best_first(entries, network, language, query)
        return [_saved(one, values, language) for one in shown]

    async def note_use(self, scope: BrandScope, entry_id: str, care: int | None) -> None:
        """Count an answer that was made from a saved reply, with its care score."""
        told: Document = {"uses": 1}
        if care is not None:
            told |= {"care_sum": care, "scored": 1}
        where = {"_id": entry_id, **brand_filter(scope)}
        now = whole_ms(self._clock.now())
        await self._entries.update(where, {"$inc": told, "$set": {"last_used_at": now}})

    async def _writable(self, scope: AgencyScope, viewer: Viewer, brand_id: str) -> BrandScope:
        place = await place_of(self._brands, scope, brand_id)
        if not viewer.may_write(brand_id):
            raise Forbidden("entry.not_yours", _NOT_YOURS)
        return place

    async def _done(
        self, viewer: Viewer, place: BrandScope, entry_id: str, change: tuple[Document, Document]
    ) -> None:
        self._nudge()
        before, after = change
        name = "entry.removed" if not after else "entry.changed" if before else "entry.added"
        await self._audit.append(viewer, Act(name, entry_id, place.brand_id, before, after))
        await self._pulses.tell(place, "brand")


def first_name(name: str | None) -> str | None:
    """Return the first of a person's names; None for what is no name (a number, a lone letter)."""
    first = (name or "").split(" ")[0].strip(" ,.")
    return first if len(first) > 1 and first[0].isalpha() else None


def _checked(entry_id: str, given: Mapping[str, Any]) -> Entry:
    try:
        return knowledge.checked(entry_id, given)
    except Wrong as error:
        raise Invalid("entry.invalid", str(error)) from None


def _fields(entry: Entry) -> Document:
    return entry.model_dump(exclude={"entry_id"})


def _entry(found: Document) -> Entry:
    told = {name: found[name] for name in _ENTRY if name in found}
    return Entry.read({**told, "entry_id": found["_id"]})


def _view(found: Document, now: datetime) -> EntryView:
    entry = _entry(found)
    return EntryView(
        entry,
        found["revision"],
        found["changed_at"],
        found["changed_by"],
        found.get("uses", 0),
        found.get("last_used_at"),
        knowledge.care_of(found),
        knowledge.stale_because(entry, found["written_at"], found, now),
    )


def _saved(entry: Entry, values: Mapping[str, str | None], language: str | None) -> SavedView:
    text, left = knowledge.filled(entry.text, values)
    return SavedView(entry, text, left, is_other_language=entry.language != language)


def _told(
    place: BrandScope, entry: Entry | None, revision: int, at: datetime, entry_id: str = ""
) -> Event:
    about = entry.entry_id if entry else entry_id
    payload = KnowledgeChanged(
        brand_id=place.brand_id, entry_id=about, entry=entry, revision=revision, changed_at=at
    )
    return make_event(
        KNOWLEDGE_CHANGED.name,
        payload,
        key=(about, str(revision)),
        partition_key=place.brand_id,
        origin=Origin("/gateway", at, place),
    )
