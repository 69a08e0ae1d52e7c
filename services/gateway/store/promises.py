"""The promises of the brands: kept from events, settled by later answers, by people and by time."""

from collections.abc import Awaitable, Callable, Sequence

from contracts.promises import PromiseMade
from contracts.replies import ReplyPublished
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden
from runtime.mongo import Document, Write
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.promises import (
    ACTS,
    Answer,
    PromiseAct,
    PromiseBook,
    PromiseState,
    PromiseView,
    counted,
    order,
    settled,
    view_of,
    warns_at,
)
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.pulses import PulseStore

MOST_SHOWN = 500
MOST_SWEPT = 200
_NOT_YOURS = "Your role for this brand is to look, not to speak for it."
_CHANGED = "Somebody was faster, or time was. Load the list again."
_STATES: dict[PromiseAct, PromiseState] = {
    "kept": "kept",
    "told": "told",
    "dropped": "dropped",
    "done": "broken",
}


class PromiseStore:
    """Writes are by compare and set: events repeat, and people and time are quick."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, audit: AuditStore, pulses: PulseStore
    ) -> None:
        self._promises = database.promises
        self._messages = database.messages
        self._clock = clock
        self._audit = audit
        self._pulses = pulses

    async def apply(self, made: Sequence[tuple[BrandScope, PromiseMade]]) -> None:
        """Keep what answers promised, and settle at once what a later answer settled before."""
        await self._promises.write([_kept(scope, one) for scope, one in made])
        for scope, one in made:
            await self._settle(scope, one.thread_id)

    async def note_answers(self, published: Sequence[tuple[BrandScope, ReplyPublished]]) -> None:
        """Settle what answers settle."""
        for scope, thread_id in {(scope, one.thread_id) for scope, one in published}:
            await self._settle(scope, thread_id)

    async def book(self, scope: AgencyScope, *, is_pressing: bool = False) -> PromiseBook:
        """Return the promises of the scope's brands; only those that are due soon or overdue, if asked."""
        now = self._clock.now()
        found = await self._promises.find(
            {**brand_filter(scope), "state": {"$ne": "dropped"}},
            sort=[("made_at", -1)],
            limit=20 * MOST_SHOWN,
        )
        views = [view_of(one, now) for one in found]
        brands = sorted({one.brand_id for one in views})
        counts = [
            counted(brand, [one for one in views if one.brand_id == brand]) for brand in brands
        ]
        shown = [one for one in views if not is_pressing or _is_urgent(one)]
        return PromiseBook(sorted(shown, key=order)[:MOST_SHOWN], counts)

    async def urgent(self, scope: AgencyScope) -> int:
        """Return how many are due soon, or broken and not made good; 100 for more."""
        now = self._clock.now()
        soon = {"state": "open", "warn_at": {"$lte": now}}
        broken = {"state": "broken", "is_done": {"$ne": True}}
        return await self._promises.count({**brand_filter(scope), "$or": [soon, broken]}, limit=100)

    async def of_thread(self, scope: AgencyScope, thread_id: str) -> dict[str, list[PromiseView]]:
        """Return the promises of a thread by the message they were made to."""
        where = {**brand_filter(scope), "thread_id": thread_id, "state": {"$ne": "dropped"}}
        now, by_message = self._clock.now(), dict[str, list[PromiseView]]()
        for one in await self._promises.find(where, sort=[("made_at", 1)], limit=MOST_SHOWN):
            by_message.setdefault(one["message_id"], []).append(view_of(one, now))
        return by_message

    async def tick(
        self, scope: AgencyScope, viewer: Viewer, promise_id: str, act: PromiseAct
    ) -> None:
        """Say what became of a promise. Raises `NotFound`, `Forbidden`, `Conflict`."""
        found = await self._promises.find_one({"_id": promise_id, **brand_filter(scope)})
        if found is None:
            raise nothing_here()
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("promise.read_only", _NOT_YOURS)
        if found["state"] not in ACTS[act] or found.get("is_done"):
            raise Conflict("promise.changed", _CHANGED)
        now, place = whole_ms(self._clock.now()), BrandScope(found["agency_id"], found["brand_id"])
        said: Document = {
            "state": _STATES[act], "settled_by": {"id": viewer.person_id, "name": viewer.name},
            **({"is_done": True, "done_at": now} if act == "done" else {"settled_at": now}),
        }  # fmt: skip
        where = {
            "_id": promise_id,
            **brand_filter(place),
            "state": found["state"],
            "is_done": {"$ne": True},
        }
        if not (await self._promises.update(where, {"$set": said})).matched:
            raise Conflict("promise.changed", _CHANGED)
        note = Act(
            f"promise.{act}",
            promise_id,
            place.brand_id,
            {"state": found["state"]},
            {"text": found["text"]},
        )
        await self._audit.append(viewer, note)
        await self._tell(place, [found])

    async def sweep(self, scope: Scope) -> bool:
        """Note what is broken by now, and warn of what soon will be; return whether there is more."""
        now = whole_ms(self._clock.now())
        passed = {**brand_filter(scope), "state": "open", "due_at": {"$lte": now}}
        soon = {
            **brand_filter(scope),
            "state": "open",
            "warn_at": {"$lte": now},
            "is_warned": False,
        }
        broken = await self._promises.find(passed, limit=MOST_SWEPT)
        for one in broken:
            change = {"$set": {"state": "broken", "settled_at": one["due_at"], "is_warned": True}}
            await self._change(one, change)
        warned = await self._promises.find(soon, limit=MOST_SWEPT)
        for one in warned:
            await self._change(one, {"$set": {"is_warned": True}})
        return max(len(broken), len(warned)) == MOST_SWEPT

    async def _change(self, found: Document, change: Document) -> None:
        where = {"_id": found["_id"], "brand_id": found["brand_id"], "state": found["state"]}
        if (await self._promises.update(where, change)).matched:
            await self._tell(BrandScope(found["agency_id"], found["brand_id"]), [found])

    async def _settle(self, scope: BrandScope, thread_id: str) -> None:
        """Judge the thread's promises again by all that is known; the order of events is no matter."""
        where = {**brand_filter(scope), "thread_id": thread_id, "settled_by": None}
        promises = await self._promises.find(where, limit=MOST_SHOWN)
        if not promises:
            return
        every = await self._promises.find(
            {**brand_filter(scope), "thread_id": thread_id}, limit=MOST_SHOWN, fields=["reply_id"]
        )
        promising = frozenset(one["reply_id"] for one in every)
        said = await self._answers(scope, thread_id)
        now = self._clock.now()
        for one in promises:
            answers = said.get(one["message_id"], [])
            state, at = settled(one, answers, promising, now)
            if state != one["state"]:
                await self._change(one, {"$set": {"state": state, "settled_at": at}})

    async def _answers(self, scope: BrandScope, thread_id: str) -> dict[str, list[Answer]]:
        """Return our published answers in the thread by whom they were written to, and by message."""
        found = await self._messages.find(
            {**brand_filter(scope), "thread_id": thread_id},
            limit=MOST_SHOWN,
            fields=["content.author_id", "slots"],
        )
        said: dict[str, list[Answer]] = {}
        for one in found:
            reader = (one.get("content") or {}).get("author_id") or one["_id"]
            answers = [*_published(one)]
            said.setdefault(reader, []).extend(answers)
            said[one["_id"]] = said[reader]
        return said

    async def _tell(self, scope: BrandScope, promises: Sequence[Document]) -> None:
        items = [(one["message_id"], one["thread_id"]) for one in promises]
        await self._pulses.tell(scope, "promise", items)


def _published(message: Document) -> list[Answer]:
    records = [slot.get("published") for slot in (message.get("slots") or {}).values()]
    return [
        Answer(record["reply_id"], record["published_at"])
        for record in records
        if record and record.get("reply_id") and record.get("published_at")
    ]


def _kept(scope: BrandScope, made: PromiseMade) -> Write:
    made_at, due_at = whole_ms(made.made_at), whole_ms(made.due_at) if made.due_at else None
    fields: Document = {
        "agency_id": scope.agency_id, "reply_id": made.reply_id, "message_id": made.message_id,
        "thread_id": made.thread_id, "network": made.network, "text": made.text,
        "due_text": made.due_text, "due_at": due_at, "warn_at": warns_at(made_at, due_at),
        "language": made.language, "said_by": made.said_by.name, "made_at": made_at,
        "state": "open", "settled_at": None, "settled_by": None, "is_warned": False,
    }  # fmt: skip
    return Write({"_id": made.promise_id, "brand_id": scope.brand_id}, {"$setOnInsert": fields})


def _is_urgent(view: PromiseView) -> bool:
    return view.is_pressing or (view.state == "broken" and not view.is_done)


def sweep_of(
    store: PromiseStore, every: Callable[[], Awaitable[AgencyScope]]
) -> Callable[[], Awaitable[bool]]:
    """Return the round that time makes: over all brands."""

    async def sweep() -> bool:
        scope = await every()
        return bool(scope.brand_ids) and await store.sweep(scope)

    return sweep
