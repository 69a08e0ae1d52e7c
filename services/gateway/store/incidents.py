"""Reading boards and incidents, and what people add to an incident: notes, ticks, statements, a verdict."""

from contracts.ids import random_id
from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.domain import incidents
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.incident_views import (
    BoardView,
    CurvePoint,
    HeldView,
    IncidentLine,
    IncidentView,
    LogLine,
)
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import HELD, HELD_SLOTS, GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

MOST_LISTED, MOST_POINTS, MOST_LINES, MOST_HELD = 50, 7 * 24 * 60, 500, 200
LONGEST_NOTE, LONGEST_STATEMENT = 2_000, 5_000
MOST_STATEMENTS = 50
_LINE = ["brand_id", "agency_id", "is_drill", "opened_at", "closed_at", "top_severity", "peak",
         "verdict", "now.level", "now.severity", "now.sentence"]  # fmt: skip


class IncidentStore:
    """Reads, and the few things a person adds. The log is only ever added to."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, audit: AuditStore, pulses: PulseStore
    ) -> None:
        self._boards = database.boards
        self._incidents = database.incidents
        self._curve = database.curve
        self._log = database.incident_log
        self._answers = database.incident_answers
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = pulses

    async def boards(self, scope: AgencyScope) -> dict[str, BoardView]:
        """Return where the scope's brands stand, by brand id; a brand without a decision is calm."""
        found = await self._boards.find(brand_filter(scope))
        views = {one["brand_id"]: incidents.board_view(one) for one in found}
        return {brand: views.get(brand, BoardView(brand)) for brand in sorted(scope.brand_ids)}

    async def board(self, scope: AgencyScope, brand_id: str) -> BoardView:
        """Return where a brand stands. Raises `NotFound`."""
        if brand_id not in scope.brand_ids:
            raise nothing_here()
        return (await self.boards(AgencyScope(scope.agency_id, frozenset({brand_id}))))[brand_id]

    async def lines(self, scope: AgencyScope) -> list[IncidentLine]:
        """Return the 50 newest incidents, drills among them."""
        sort = [("opened_at", -1)]
        where = brand_filter(scope)
        found = await self._incidents.find(where, sort=sort, limit=MOST_LISTED, fields=_LINE)
        return [incidents.incident_line(one) for one in found]

    async def incident(self, scope: AgencyScope, incident_id: str) -> IncidentView:
        """Return one incident. Raises `NotFound`."""
        found = await self._found(scope, incident_id)
        where = {"brand_id": found["brand_id"], "incident_id": incident_id}
        answers = await self._answers.find(where, fields=["at"])
        return incidents.incident_view(found, self._clock.now(), [one["at"] for one in answers])

    async def curve(self, scope: AgencyScope, incident_id: str) -> list[CurvePoint]:
        """Return the minutes of an incident, oldest first, the last week of it at most."""
        found = await self._found(scope, incident_id)
        where = {"brand_id": found["brand_id"], "incident_id": incident_id}
        points = await self._curve.find(where, sort=[("at", -1)], limit=MOST_POINTS)
        return [incidents.curve_point(one) for one in reversed(points)]

    async def log(self, scope: AgencyScope, incident_id: str) -> list[LogLine]:
        """Return the log, newest first."""
        found = await self._found(scope, incident_id)
        where = {"brand_id": found["brand_id"], "incident_id": incident_id}
        lines = await self._log.find(where, sort=[("at", -1), ("_id", -1)], limit=MOST_LINES)
        return [incidents.log_line(one) for one in lines]

    async def held(self, scope: AgencyScope, brand_id: str) -> list[HeldView]:
        """Return the answers that a freeze stopped and nobody let go. Raises `NotFound`."""
        await self.board(scope, brand_id)
        narrow = AgencyScope(scope.agency_id, frozenset({brand_id}))
        return (await self.held_by_brand(narrow)).get(brand_id, [])

    async def held_by_brand(self, scope: AgencyScope) -> dict[str, list[HeldView]]:
        """Return what `held` does, for every brand that has such answers."""
        # One for each partial index; a slot after these is reached from its thread.
        stopped = [{f"slots.s{slot}.failed.code": HELD} for slot in HELD_SLOTS]
        where = {**brand_filter(scope), "$or": stopped}
        fields = ["brand_id", "thread_id", "slot", "state", "slots", "content.author_name",
                  "content.author_handle", "content.text"]  # fmt: skip
        found = await self._messages.find(where, limit=MOST_HELD, fields=fields)
        views: dict[str, list[HeldView]] = {}
        for one in found:
            if _is_held(one):
                views.setdefault(one["brand_id"], []).append(_held(one))
        return views

    async def note(self, scope: AgencyScope, viewer: Viewer, incident_id: str, text: str) -> None:
        """Add a note. Raises `NotFound`, `Forbidden`, `Invalid`."""
        found = await self._writable(scope, viewer, incident_id)
        await self.add(viewer, found, "note", _text(text, LONGEST_NOTE))

    async def tick(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, step_id: str, note: str = ""
    ) -> None:
        """Tick a step as done. Raises `NotFound`, `Forbidden`, `Conflict` when it was ticked."""
        found = await self._writable(scope, viewer, incident_id)
        step = next((one for one in found["steps"] if one["step_id"] == step_id), None)
        if step is None:
            raise nothing_here()
        if not await self._mark(viewer, found, step_id, note.strip()[:LONGEST_NOTE]):
            by = found["done"].get(step_id, {}).get("by_name", "somebody")
            raise Conflict("step.ticked", f"{by} ticked it already.")
        said = f": {note.strip()[:LONGEST_NOTE]}" if note.strip() else ""
        await self.add(viewer, found, "step", f"Done: {step['title']}{said}")

    async def draft_statement(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, text: str
    ) -> str:
        """Keep a holding statement to be signed off; return its id. Raises as `note`."""
        found = await self._writable(scope, viewer, incident_id)
        if len(found["statements"]) >= MOST_STATEMENTS:
            raise Conflict("statement.too_many", "There are statements enough; sign one off.")
        record = {
            "statement_id": random_id("stm"), "text": _text(text, LONGEST_STATEMENT),
            "drafted_by": viewer.name, "drafted_by_id": viewer.person_id,
            "drafted_at": whole_ms(self._clock.now()), "signed_by": "", "signed_at": None,
        }  # fmt: skip
        here = {"_id": incident_id, "brand_id": found["brand_id"]}
        await self._incidents.update(here, {"$push": {"statements": record}})
        await self.add(viewer, found, "statement", f"Drafted a statement: {record['text']}")
        return str(record["statement_id"])

    async def sign(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, statement_id: str
    ) -> None:
        """Sign a statement off as a text to use. Raises `NotFound`, `Forbidden`, `Conflict`."""
        found = await self._writable(scope, viewer, incident_id)
        known = [one for one in found["statements"] if one["statement_id"] == statement_id]
        if not known:
            raise nothing_here()
        if not viewer.may_release(found["brand_id"], "approver"):
            raise Forbidden("statement.needs_approver", "An approver or lead signs statements off.")
        here = {
            "_id": incident_id, "brand_id": found["brand_id"],
            "statements": {"$elemMatch": {"statement_id": statement_id, "signed_at": None}},
        }  # fmt: skip
        told = {"signed_by": viewer.name, "signed_at": whole_ms(self._clock.now())}
        update = {"$set": {f"statements.$.{name}": value for name, value in told.items()}}
        if not (await self._incidents.update(here, update)).matched:
            raise Conflict("statement.signed", f"{known[0]['signed_by']} signed it off already.")
        await self.add(viewer, found, "signed", f"Signed off: {known[0]['text']}")
        for step in found["steps"]:
            if step["act"] == "statement":
                await self._mark(viewer, found, step["step_id"], "")

    async def put_verdict(self, viewer: Viewer, found: Document, verdict: tuple[bool, str]) -> None:
        """Keep what people say it was; the last word counts."""
        is_confirmed, note = verdict
        record = {"is_confirmed": is_confirmed, "by_name": viewer.name,
                  "at": whole_ms(self._clock.now()), "note": note}  # fmt: skip
        here = {"_id": found["_id"], "brand_id": found["brand_id"]}
        await self._incidents.update(here, {"$set": {"verdict": record}})

    async def add(self, viewer: Viewer, found: Document, kind: str, text: str) -> None:
        """Add a line by a person to the log, the trail, and the open pages."""
        scope = BrandScope(found["agency_id"], found["brand_id"])
        told = {
            "text": text, "at": whole_ms(self._clock.now()), "who_id": viewer.person_id,
            "who_name": viewer.name,
        }  # fmt: skip
        key = (kind, random_id("key"))
        line = incidents.log_document(scope, found["_id"], kind, key, told)
        await self._log.insert(line)
        if kind != "note":
            act = Act(f"incident.{kind}", found["_id"], scope.brand_id, None, {"text": text[:300]})
            await self._audit.append(viewer, act)
        await self._pulses.tell(scope, "storm")

    async def _mark(self, viewer: Viewer, found: Document, step_id: str, note: str) -> bool:
        path = f"done.{step_id}"
        record = {"at": whole_ms(self._clock.now()), "by_id": viewer.person_id,
                  "by_name": viewer.name, "note": note}  # fmt: skip
        here = {"_id": found["_id"], "brand_id": found["brand_id"], path: {"$exists": False}}
        return (await self._incidents.update(here, {"$set": {path: record}})).matched > 0

    async def _writable(self, scope: AgencyScope, viewer: Viewer, incident_id: str) -> Document:
        found = await self._found(scope, incident_id)
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("storm.read_only", "Your role for this brand is to look.")
        return found

    async def _found(self, scope: AgencyScope, incident_id: str) -> Document:
        found = await self._incidents.find_one({"_id": incident_id, **brand_filter(scope)})
        if found is None:
            raise nothing_here()
        return found

    async def found(self, scope: AgencyScope, incident_id: str) -> Document:
        """Return an incident as it is stored. Raises `NotFound`."""
        return await self._found(scope, incident_id)


def _text(text: str, longest: int) -> str:
    kept = text.strip()
    if not kept:
        raise Invalid("storm.empty", "Write something first.")
    if len(kept) > longest:
        raise Invalid("storm.too_long", f"At most {longest} characters; this has {len(kept)}.")
    return kept


def _is_held(found: Document) -> bool:
    slot = f"s{found.get('slot') or 0}"
    failed = (found["slots"].get(slot) or {}).get("failed") or {}
    return found["state"] == "open" and failed.get("code") == HELD and failed["state"] == "parked"


def _held(found: Document) -> HeldView:
    content = found.get("content") or {}
    author = content.get("author_name") or content.get("author_handle") or "Somebody"
    return HeldView(found["_id"], found["thread_id"], author, content.get("text") or "")
