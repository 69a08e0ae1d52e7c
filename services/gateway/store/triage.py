"""Storm triage: hostile messages in groups, one answer worded for each, and its paced release."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from contracts.ids import derive, random_id
from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from services.gateway.domain import alike
from services.gateway.domain.answering import (
    LONGEST_PHRASING,
    MOST_PHRASINGS,
    Addressee,
    Planned,
    plan,
)
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.incident_views import IncidentView
from services.gateway.domain.replies import reply_state, slot_of
from services.gateway.domain.triage_views import (
    PACES,
    Answering,
    GroupView,
    ReleaseView,
    TriageView,
)
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.brands import BrandStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.incidents import IncidentStore
from services.gateway.store.nothing import nothing_here
from services.gateway.store.rooms import negative_since, room_message

MOST_RELEASED, MOST_LISTED, MOST_GROUPS = 300, 20, 40
LEASE = timedelta(seconds=30)
_FREE: frozenset[str] = frozenset({"none", "drafted"})
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_FIELDS = [
    "brand_id", "thread_id", "content", "labels.value.language.label", "slot", "slots", "state", "at",
    "revision", "is_deleted",
]  # fmt: skip


class TriageStore:
    """Groups are made anew at each look; a release is a stored job that any process goes on with."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        incidents: IncidentStore,
        brands: BrandStore,
    ) -> None:
        self._messages = database.messages
        self._people = database.people
        self._releases = database.releases
        self._clock = clock
        self._audit = audit
        self._incidents = incidents
        self._brands = brands

    async def groups(self, scope: AgencyScope, incident_id: str) -> TriageView:
        """Return the incident's negative messages in groups of alike ones. Raises `NotFound`."""
        incident = await self._incidents.incident(scope, incident_id)
        found = await self._hostile(incident)
        groups = alike.groups_of([one["content"].get("text") or "" for one in found])
        told = [_group(incident, [found[at] for at in one.members], one) for one in groups]
        return TriageView(
            incident_id, incident.brand_id, len(found), told[:MOST_GROUPS],
            is_cut=len(found) >= alike.MOST_TEXTS or len(told) > MOST_GROUPS,
        )  # fmt: skip

    async def plan(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, ask: Answering
    ) -> list[Planned]:
        """Return what would be said to each. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
        incident = await self._writable(scope, viewer, incident_id)
        phrasings = _phrasings(ask)
        found = await self._hostile(incident)
        wanted = set(ask.message_ids)
        chosen = [one for one in found if one["_id"] in wanted]
        if not chosen:
            raise Invalid("triage.nobody", "None of these messages is one of this storm.")
        if len(chosen) > MOST_RELEASED:
            raise Invalid("triage.too_many", f"At most {MOST_RELEASED} at once.")
        detail = await self._brands.get(scope, incident.brand_id)
        greetings = {one.language: one.greetings for one in detail.voice.phrases}
        answered = frozenset(
            _who(one) for one in found if _is_taken(one) and not one.get("is_deleted")
        )
        people = [_addressee(one) for one in chosen if not one.get("is_deleted")]
        return plan(people, phrasings, greetings, answered)

    async def release(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, ask: Answering
    ) -> str:
        """Let the planned answers go, so many a minute; return the release's id. Raises as `plan`."""
        planned = await self.plan(scope, viewer, incident_id, ask)
        incident = await self._incidents.incident(scope, incident_id)
        items = [
            {"message_id": one.message_id, "text": one.text, "revision": one.revision,
             "state": "waiting", "why": ""}
            for one in planned if not one.code
        ]  # fmt: skip
        if not items:
            raise Conflict(
                "triage.nobody_left", "Nobody is left to answer; see why at each message."
            )
        if await self._people.find_one({"_id": viewer.person_id}, fields=["_id"]) is None:
            raise Forbidden("triage.needs_person", "A person lets many answers go, never a key.")
        now = whole_ms(self._clock.now())
        name = ask.name.strip()[:80] or "answers"
        release_id = random_id("rls")
        await self._releases.insert(
            {
                "_id": release_id, "brand_id": incident.brand_id, "agency_id": incident.agency_id,
                "incident_id": incident_id, "name": name, "by_id": viewer.person_id,
                "by_name": viewer.name, "per_minute": ask.per_minute, "state": "running", "why": "",
                "items": items, "created_at": now, "next_at": now, "lease": "", "leased_until": _NEVER,
            }
        )  # fmt: skip
        after = {"messages": len(items), "per_minute": ask.per_minute, "incident": incident_id}
        await self._audit.append(
            viewer, Act("triage.released", release_id, incident.brand_id, None, after)
        )
        stored = await self._incidents.found(scope, incident_id)
        words = f"Lets {len(items)} answers go, {ask.per_minute} a minute: {name}"
        await self._incidents.add(viewer, stored, "note", words)
        return release_id

    async def releases(self, scope: AgencyScope, incident_id: str) -> list[ReleaseView]:
        """Return the releases of an incident, newest first. Raises `NotFound`."""
        incident = await self._incidents.incident(scope, incident_id)
        where = {"brand_id": incident.brand_id, "incident_id": incident_id}
        found = await self._releases.find(where, sort=[("created_at", -1)], limit=MOST_LISTED)
        return [release_view(one) for one in found]

    async def stop(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, release_id: str
    ) -> None:
        """Stop a release: what has not left stays. Raises `NotFound`, `Forbidden`, `Conflict`."""
        incident = await self._writable(scope, viewer, incident_id, is_new=False)
        here = {"_id": release_id, "brand_id": incident.brand_id, "incident_id": incident_id}
        if await self._releases.find_one(here, fields=["_id"]) is None:
            raise nothing_here()
        told = {"state": "stopped", "why": f"{viewer.name} stopped it."}
        if not (await self._releases.update({**here, "state": "running"}, {"$set": told})).matched:
            raise Conflict("triage.ended", "It has ended already.")
        await self._audit.append(viewer, Act("triage.stopped", release_id, incident.brand_id))

    async def _hostile(self, incident: IncidentView) -> list[Document]:
        place = BrandScope(incident.agency_id, incident.brand_id)
        where = {**negative_since(place, incident), "content.is_item": True}
        limit = alike.MOST_TEXTS
        found = await self._messages.find(where, sort=[("at", 1)], limit=limit, fields=_FIELDS)
        return [one for one in found if not one.get("is_deleted")]

    async def _writable(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, *, is_new: bool = True
    ) -> IncidentView:
        incident = await self._incidents.incident(scope, incident_id)
        if not viewer.may_moderate(incident.brand_id):
            raise Forbidden("storm.read_only", "Your role for this brand is to look.")
        if is_new and incident.line.is_drill:
            raise Conflict("storm.drill", "This is a drill: nothing of it is answered for real.")
        return incident


class ReleaseQueue:
    """What the releaser takes from and settles in. A lease keeps two processes from one job."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, tell: Callable[[BrandScope], Awaitable[None]]
    ) -> None:
        self._releases = database.releases
        self._clock = clock
        self._tell = tell

    async def take(self, scope: AgencyScope) -> Document | None:
        """Return a job that is due, leased for 30 s."""
        now = whole_ms(self._clock.now())
        due = {
            **brand_filter(scope), "state": "running", "next_at": {"$lte": now},
            "leased_until": {"$lte": now},
        }  # fmt: skip
        told = {"lease": random_id("lse"), "leased_until": now + LEASE}
        return await self._releases.take(due, {"$set": told}, sort=[("next_at", 1)])

    async def settle(self, job: Document, message_id: str, state: str, why: str = "") -> None:
        """Note what came of one answer, and when the next is due."""
        now = whole_ms(self._clock.now())
        left = [one for one in job["items"] if one["state"] == "waiting"]
        pause = timedelta(seconds=60 / job["per_minute"] if state == "released" else 0)
        told: Document = {
            "items.$.state": state, "items.$.why": why, "next_at": now + pause,
            "leased_until": _NEVER,
        }  # fmt: skip
        here = {**_held(job), "items.message_id": message_id}
        await self._releases.update(here, {"$set": told})
        if len(left) == 1:
            await self._releases.update(
                {**_held(job), "state": "running"}, {"$set": {"state": "done"}}
            )
        await self._tell(BrandScope(job["agency_id"], job["brand_id"]))

    async def give_up(self, job: Document, why: str) -> None:
        """Stop a job that cannot go on."""
        told = {"state": "stopped", "why": why, "leased_until": _NEVER}
        await self._releases.update({**_held(job), "state": "running"}, {"$set": told})


def release_view(found: Document) -> ReleaseView:
    """Return a stored release."""
    items = found["items"]
    names = (
        "incident_id", "brand_id", "name", "by_name", "per_minute", "state", "created_at", "why",
    )  # fmt: skip
    return ReleaseView(
        release_id=found["_id"],
        total=len(items),
        released=sum(one["state"] == "released" for one in items),
        waiting=sum(one["state"] == "waiting" for one in items),
        left_out=[one["why"] for one in items if one["state"] == "left"],
        **{name: found[name] for name in names},
    )


def _held(job: Document) -> Document:
    return {"_id": job["_id"], "brand_id": job["brand_id"], "lease": job["lease"]}


def _phrasings(ask: Answering) -> list[str]:
    kept = [one.strip() for one in ask.phrasings if one.strip()]
    if not kept:
        raise Invalid("reply.empty", "There is no text to publish. Write an answer first.")
    if len(kept) > MOST_PHRASINGS or any(len(one) > LONGEST_PHRASING for one in kept):
        raise Invalid(
            "triage.phrasings", f"At most {MOST_PHRASINGS} phrasings of {LONGEST_PHRASING} letters."
        )
    if not 1 <= ask.per_minute <= max(PACES):
        raise Invalid("triage.pace", f"Between 1 and {max(PACES)} answers a minute.")
    return kept


def _group(incident: IncidentView, found: Sequence[Document], group: alike.Group) -> GroupView:
    ids = {one["_id"] for one in found}
    topic = next((one for one in incident.topics if one.message_id in ids), None)
    languages: dict[str, int] = {}
    for one in found:
        language = one.get("labels", {}).get("value", {}).get("language", {}).get("label", "und")
        languages[language] = languages.get(language, 0) + 1
    shown = [room_message(one) for one in found[:3]]
    return GroupView(
        group_id=derive("grp", found[0]["_id"]),
        name=topic.name if topic else alike.name_of(group),
        topic_hash=topic.topic_hash if topic else "",
        messages=len(found),
        people=len({_who(one) for one in found}),
        languages=languages,
        first=shown[0],
        examples=shown[1:],
        waiting=[one["_id"] for one in found if not _is_taken(one)],
    )


def _who(found: Document) -> str:
    content = found["content"]
    who = content.get("author_id") or content.get("author_handle") or found["_id"]
    return f"{content['network']}:{who}"


def _is_taken(found: Document) -> bool:
    slot, record = slot_of(found)
    return slot > 0 or reply_state(record) not in _FREE or found.get("state") != "open"


def _addressee(found: Document) -> Addressee:
    content = found["content"]
    return Addressee(
        message_id=found["_id"],
        network=content["network"],
        kind=content["kind"],
        who=_who(found),
        name=content.get("author_name") or "",
        language=found.get("labels", {}).get("value", {}).get("language", {}).get("label", "und"),
        revision=found.get("revision", 0),
        is_taken=_is_taken(found),
    )
