"""A person's word about a storm, and the freeze button: kept on the board with its event."""

from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.envelope import Event, Origin, Payload, make_event
from contracts.ids import random_id
from contracts.replies import Approver
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.storms import DrillRequested, FreezeRequested, Steer, StormSteered
from contracts.topics import DRILL_REQUESTED, FREEZE_REQUESTED, STORM_STEERED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_push
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.incident_views import BoardView
from services.gateway.domain.steering import (
    LONGEST_NOTE,
    LONGEST_UNTIL,
    is_led,
    steer_words,
)
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.incidents import IncidentStore
from services.gateway.store.places import place_of
from services.gateway.store.pulses import PulseStore
from services.gateway.store.storms import empty_board
from services.gateway.storm_ports import Rehearse, Wish

_MOST_COUNTED = 200_000
_READ_ONLY = "Your role for this brand is to look."
_LED = "Only an owner or lead of the brand may do this."


class SteeringStore:
    """Writes the wish, its event, the log and the trail. What comes of it arrives as an event."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        incidents: IncidentStore,
        nudge: Callable[[], None],
    ) -> None:
        self._boards = database.boards
        self._brands = database.brands
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = PulseStore(database, clock)
        self._incidents = incidents
        self._nudge = nudge

    async def steer(self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: Wish) -> None:
        """Steer a brand's storm state. Raises `NotFound`, `Forbidden`, `Invalid`, `Conflict`."""
        place = await place_of(self._brands, scope, brand_id)
        self._guard(viewer, brand_id, is_led=is_led(wish.steer))
        board = await self._incidents.board(scope, brand_id)
        now, note = whole_ms(self._clock.now()), wish.note.strip()[:LONGEST_NOTE]
        _guard_fit(wish.steer, board, wish.until, now, note)
        until = whole_ms(wish.until) if wish.until else None
        await self._tell(viewer, place, Wish(wish.steer, note, until), board.incident_id)

    async def judge(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, verdict: tuple[bool, str]
    ) -> None:
        """Say after the end whether it was a storm. Raises `NotFound`, `Forbidden`, `Conflict`."""
        found = await self._incidents.found(scope, incident_id)
        place = BrandScope(found["agency_id"], found["brand_id"])
        self._guard(viewer, place.brand_id, is_led=True)
        if found["closed_at"] is None:
            raise Conflict("storm.still_open", "It still lasts. Judge it when it is over.")
        if found["is_drill"]:
            raise Conflict("storm.drill", "A drill is no storm, and sets no alarm.")
        is_confirmed, note = verdict[0], verdict[1].strip()[:LONGEST_NOTE]
        await self._incidents.put_verdict(viewer, found, (is_confirmed, note))
        wish = Wish("confirm" if is_confirmed else "reject", note)
        await self._tell(viewer, place, wish, incident_id)

    async def freeze(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: tuple[bool, str]
    ) -> None:
        """Stop what would go out by itself, or let it go. Raises as `steer`."""
        place = await place_of(self._brands, scope, brand_id)
        is_frozen, reason = wish[0], wish[1].strip()[:LONGEST_NOTE]
        self._guard(viewer, brand_id, is_led=not is_frozen)
        board = await self._incidents.board(scope, brand_id)
        if board.is_frozen == is_frozen and board.asked_freeze is None:
            raise Conflict("freeze.stands", "It is so already. Load the page again.")
        now = whole_ms(self._clock.now())
        payload = FreezeRequested(
            request_id=random_id("frz"), brand_id=brand_id, is_frozen=is_frozen, reason=reason,
            incident_id=board.incident_id, requested_by=_by(viewer), requested_at=now,
        )  # fmt: skip
        event = _event(FREEZE_REQUESTED.name, payload, payload.request_id, (place, now))
        what = "freeze" if is_frozen else "resume"
        asked = {"asked_freeze": {"what": what, "by_name": viewer.name, "at": now}}
        await self._push(place, event, asked, now)
        act = Act(f"freeze.{what}", brand_id, brand_id, None, {"reason": reason})
        await self._audit.append(viewer, act)
        await self._pulses.tell(place, "storm")

    async def rehearse(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: Rehearse
    ) -> None:
        """Begin a drill, or end the one that runs; owners and leads only. Raises as `steer`."""
        place = await place_of(self._brands, scope, brand_id)
        self._guard(viewer, brand_id, is_led=True)
        board = await self._incidents.board(scope, brand_id)
        if (board.drill_id is None) is wish.is_end:
            raise Conflict("drill.stands", "It is so already. Load the page again.")
        now = whole_ms(self._clock.now())
        payload = DrillRequested(
            request_id=random_id("drl"), brand_id=brand_id, is_end=wish.is_end,
            incident_id=board.drill_id, kind=wish.kind, speed=wish.speed,
            seed=int(now.timestamp()), messages_an_hour=await self._an_hour(place),
            requested_by=_by(viewer), requested_at=now,
        )  # fmt: skip
        event = _event(DRILL_REQUESTED.name, payload, payload.request_id, (place, now))
        what = "end" if wish.is_end else wish.kind
        asked = {"asked_drill": {"what": what, "by_name": viewer.name, "at": now}}
        await self._push(place, event, asked, now)
        after = {"kind": wish.kind, "speed": wish.speed}
        act = Act("drill.ended" if wish.is_end else "drill.asked", brand_id, brand_id, None, after)
        await self._audit.append(viewer, act)
        await self._pulses.tell(place, "storm")

    async def _an_hour(self, place: BrandScope) -> float:
        since = self._clock.now() - timedelta(days=7)
        where = {**brand_filter(place), "created_at": {"$gte": since}}
        return await self._messages.count(where, limit=_MOST_COUNTED) / (7 * 24)

    async def _tell(
        self, viewer: Viewer, place: BrandScope, wish: Wish, incident_id: str | None
    ) -> None:
        now = whole_ms(self._clock.now())
        payload = StormSteered(
            steer_id=random_id("str"), brand_id=place.brand_id, steer=wish.steer,
            incident_id=incident_id, until=wish.until, note=wish.note, by=_by(viewer), at=now,
        )  # fmt: skip
        event = _event(STORM_STEERED.name, payload, payload.steer_id, (place, now))
        told: Document = {
            f"steered.{wish.steer}": {"until": wish.until, "note": wish.note, "at": now}
        }
        if wish.steer not in {"confirm", "reject"}:
            told["asked_storm"] = {"what": wish.steer, "by_name": viewer.name, "at": now}
        await self._push(place, event, told, now)
        await self._note(viewer, place, wish, incident_id)

    async def _note(
        self, viewer: Viewer, place: BrandScope, wish: Wish, incident_id: str | None
    ) -> None:
        words = steer_words(wish.steer, wish.note)
        if incident_id is not None:
            found = {"_id": incident_id, "agency_id": place.agency_id, "brand_id": place.brand_id}
            is_verdict = wish.steer in {"confirm", "reject"}
            await self._incidents.add(viewer, found, "verdict" if is_verdict else "steer", words)
            return
        after = {"note": wish.note, "until": wish.until.isoformat() if wish.until else None}
        act = Act(f"storm.{wish.steer}", place.brand_id, place.brand_id, None, after)
        await self._audit.append(viewer, act)
        await self._pulses.tell(place, "storm")

    async def _push(self, place: BrandScope, event: Event, told: Document, now: datetime) -> None:
        here = {"_id": place.brand_id, **brand_filter(place)}
        await self._boards.insert(empty_board(place))
        pushed = outbox_push([event], now)
        await self._boards.update(here, {**pushed, "$set": {**pushed["$set"], **told}})
        self._nudge()

    def _guard(self, viewer: Viewer, brand_id: str, *, is_led: bool) -> None:
        if not viewer.may_moderate(brand_id):
            raise Forbidden("storm.read_only", _READ_ONLY)
        if is_led and not viewer.may_manage(brand_id):
            raise Forbidden("storm.needs_lead", _LED)


def _by(viewer: Viewer) -> Approver:
    return Approver(kind="person", id=viewer.person_id, name=viewer.name)


def _event(name: str, payload: Payload, key: str, where: tuple[BrandScope, datetime]) -> Event:
    scope, at = where
    return make_event(
        name,
        payload,
        key=(key,),
        partition_key=scope.brand_id,
        origin=Origin("/gateway", at, scope),
    )


def _guard_fit(
    steer: Steer, board: BoardView, until: datetime | None, now: datetime, note: str
) -> None:
    """Raise `Conflict` for what is so already, `Invalid` for a time or name that is missing."""
    if steer == "raise" and board.level == "storm":
        raise Conflict("storm.stands", "It is a storm already.")
    if steer == "end" and board.level == "calm":
        raise Conflict("storm.stands", "It is calm already.")
    longest = LONGEST_UNTIL.get(steer)
    if longest is None:
        return
    if until is None or until <= now:
        raise Invalid("storm.until_missing", "Choose until when; it must be ahead.")
    if until - now > longest:
        raise Invalid("storm.until_far", f"At most {longest.days} days ahead.")
    if steer == "expect" and not note:
        raise Invalid("storm.no_name", "Name the campaign or event that is expected.")
