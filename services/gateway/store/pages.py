"""Calls for people: whom to call next, every attempt to reach them, and who acknowledged. Stored jobs:
what a killed process leaves is taken up again when its lease is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts import ids
from contracts.ids import random_id
from contracts.scope import AgencyScope, BrandScope, Scope, brand_filter
from runtime.clock import Clock
from runtime.errors import Conflict
from runtime.mongo import Document
from services.gateway.domain import incidents, paging
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.incident_views import PageView
from services.gateway.domain.views import Viewer
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.playbooks import PlaybookStore
from services.gateway.store.pulses import PulseStore

_STANDING = ["open", "exhausted"]
_CHANNELS = {"email": "e-mail", "webhook": "webhook"}
_IN_PAGE = "in the page only: the brand does not want drills to go out"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one attempt. `is_final`: trying again cannot help."""

    is_sent: bool
    why: str = ""
    is_final: bool = False


class PageStore:
    """One document for each page, one for each delivery."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        playbooks: PlaybookStore,
        pulses: PulseStore,
    ) -> None:
        self._pages = database.pages
        self._deliveries = database.page_deliveries
        self._incidents = database.incidents
        self._log = database.incident_log
        self._clock = clock
        self._playbooks = playbooks
        self._pulses = pulses

    async def call(self, scope: BrandScope, incident: Document) -> None:
        """Page whom the reached automatic steps name, each once."""
        for step in incident["steps"]:
            is_due = step["act"] == "page" and step["way"] == "automatic"
            if is_due and step["level"] in incident["reached"]:
                await self._open(scope, incident, step)

    async def call_step(self, scope: BrandScope, incident: Document, step_id: str) -> None:
        """Page whom one step names, now. Raises `NotFound` for a step that pages nobody."""
        for step in incident["steps"]:
            if step["step_id"] == step_id and step["act"] == "page":
                if not await self._open(scope, incident, step):
                    raise Conflict("page.stands", "They were paged already.")
                return
        raise nothing_here()

    async def end(self, scope: BrandScope, incident_id: str) -> None:
        """Call nobody any more about an incident."""
        where = {**brand_filter(scope), "incident_id": incident_id, "state": {"$in": _STANDING}}
        await self._pages.update_all(where, {"$set": {"state": "over"}})

    async def of_incident(self, scope: AgencyScope, incident_id: str) -> list[PageView]:
        """Return the pages of an incident with their deliveries, oldest first."""
        where = {**brand_filter(scope), "incident_id": incident_id}
        return await self._views(scope, await self._pages.find(where, sort=[("opened_at", 1)]))

    async def standing(self, scope: AgencyScope) -> list[PageView]:
        """Return the pages that nobody has acknowledged, without their deliveries."""
        found = await self._pages.find({**brand_filter(scope), "state": {"$in": _STANDING}})
        return [paging.page_view(one, []) for one in found]

    async def acknowledge(self, scope: AgencyScope, viewer: Viewer, incident_id: str) -> None:
        """Acknowledge every standing page of an incident. Raises `Conflict` when there is none."""
        where = {**brand_filter(scope), "incident_id": incident_id, "state": {"$in": _STANDING}}
        standing = await self._pages.find(where)
        if not standing:
            raise Conflict("page.none", "Nobody waits for an answer to a page.")
        for one in standing:
            await self._acknowledge(one, (viewer.person_id, viewer.name), None)

    async def at(self, ticket: paging.Ticket) -> Document | None:
        """Return the page a link is about, or None."""
        return await self._pages.find_one({"_id": ticket.page_id, "brand_id": ticket.brand_id})

    def is_good(self, ticket: paging.Ticket) -> bool:
        """Say whether a link still works by its age."""
        return ticket.ends_at > self._clock.now()

    async def acknowledge_by(self, ticket: paging.Ticket) -> None:
        """Acknowledge by a link, once. Raises `NotFound`, and `Conflict` when it was, or is over."""
        found = await self.at(ticket)
        if found is None or not found["ladder"]:
            raise nothing_here()
        if not self.is_good(ticket):
            raise Conflict("page.link_old", "This link is too old. Sign in to see where it stands.")
        person = found["ladder"][ticket.call % len(found["ladder"])]
        await self._acknowledge(found, (person["contact_id"], person["name"]), ticket.call)

    async def due(self, scope: Scope) -> list[Document]:
        """Return the open pages whose next call is due."""
        now = self._clock.now()
        where = {**brand_filter(scope), "state": "open", "escalates_at": {"$lte": now}}
        return await self._pages.find(where, limit=100)

    async def call_next(self, page: Document) -> None:
        """Call the next person, or say that there is none left. Each call happens once."""
        ladder, at, now = page["ladder"], page["calls"], whole_ms(self._clock.now())
        if at >= len(ladder) * paging.ROUNDS:
            await self._exhaust(page)
            return
        person = ladder[at % len(ladder)]
        made = [] if await self._is_quiet(page) else _deliveries(page, at, person, now)
        # The jobs come first: a repeat after a kill makes the same ones.
        await self._deliveries.insert_many(made)
        told = {"calls": at + 1, "escalates_at": now + paging.ESCALATE_AFTER}
        here = {"_id": page["_id"], "brand_id": page["brand_id"], "calls": at, "state": "open"}
        by = " and ".join(_CHANNELS[one["channel"]] for one in made)
        text = f"Calling {person['name']} {'by ' + by if made else _IN_PAGE}"
        if at:
            text = f"No acknowledgement yet. {text}"
        await self._line(page, ("call", str(at)), "escalated" if at else "page", text)
        await self._pages.update(here, {"$set": told})
        await self._tell(page)

    async def _is_quiet(self, page: Document) -> bool:
        """Say whether a page stays in the page: that of a drill, unless the brand said otherwise."""
        scope = BrandScope(page["agency_id"], page["brand_id"])
        return page["is_drill"] and not await self._playbooks.is_paging_drills(scope)

    async def take(self, scope: Scope) -> tuple[Document, Document] | None:
        """Lease the delivery that is most due; return it and its page, or None."""
        now = whole_ms(self._clock.now())
        where = {**brand_filter(scope), "state": "waiting", "next_at": {"$lte": now}}
        leased = {"next_at": now + timedelta(seconds=paging.LEASE_S), "lease": random_id("lse")}
        job = await self._deliveries.take(where, {"$set": leased}, sort=[("next_at", 1)])
        if job is None:
            return None
        page = await self._pages.find_one({"_id": job["page_id"], "brand_id": job["brand_id"]})
        if page is None or page["state"] not in _STANDING:
            await self._put(job, {"$set": {"state": "dropped"}})
            return await self.take(scope)
        return job, page

    async def settle(self, job: Document, page: Document, tried: Tried) -> None:
        """Note what came of an attempt; who cannot be reached is shown, and the next called at once."""
        now = whole_ms(self._clock.now())
        attempt = {"at": now, "is_sent": tried.is_sent, "why": paging.cut(tried.why)}
        attempts = [*job["attempts"], attempt]
        again = None if tried.is_final else paging.next_try(len(attempts), now)
        state = "sent" if tried.is_sent else "waiting" if again else "failed"
        told = {"state": state, "next_at": again or now}
        await self._put(job, {"$set": told, "$push": {"attempts": attempt}})
        if tried.is_sent:
            here = {"_id": page["_id"], "brand_id": page["brand_id"]}
            await self._pages.update(here, {"$set": {"is_unreachable": False}})
        else:
            await self._note_failure(job, page, now)
        await self._tell(page)

    async def _note_failure(self, job: Document, page: Document, now: datetime) -> None:
        where = {"brand_id": page["brand_id"], "page_id": page["_id"], "call": job["call"]}
        same = await self._deliveries.find(where)
        if any(one["state"] == "sent" or not one["attempts"] for one in same):
            return
        at, ladder = job["call"], page["ladder"]
        has_next = at + 1 < len(ladder)
        here = {"_id": page["_id"], "brand_id": page["brand_id"]}
        await self._pages.update(here, {"$set": {"is_unreachable": True}})
        why = same[0]["attempts"][-1]["why"]
        then = "; the next is called at once." if has_next else ". Nobody else is left to call."
        text = f"{job['name']} cannot be reached ({why}){then}"
        await self._line(page, ("unreachable", str(at)), "unreachable", text)
        if has_next:
            current = {**here, "calls": at + 1, "state": "open"}
            await self._pages.update(current, {"$set": {"escalates_at": now}})

    async def _exhaust(self, page: Document) -> None:
        is_empty = not page["ladder"]
        text = (
            f"Nobody is named as {page['role'].replace('_', '-')}: nobody was called. Add somebody"
            " in the playbook."
            if is_empty
            else "Everybody was called three times and nobody acknowledged."
        )
        await self._line(page, ("exhausted",), "unreachable", text)
        here = {"_id": page["_id"], "brand_id": page["brand_id"], "state": "open"}
        await self._pages.update(here, {"$set": {"state": "exhausted", "is_unreachable": True}})
        await self._tell(page)

    async def _open(self, scope: BrandScope, incident: Document, step: Document) -> bool:
        page_id = ids.derive("pag", incident["_id"], step["step_id"])
        here = {"_id": page_id, **brand_filter(scope)}
        if await self._pages.find_one(here, fields=["_id"]) is not None:
            return False
        now = whole_ms(self._clock.now())
        return await self._pages.insert(
            {
                "_id": page_id, "brand_id": scope.brand_id, "agency_id": scope.agency_id,
                "incident_id": incident["_id"], "step_id": step["step_id"], "role": step["role"],
                "ladder": await self._playbooks.ladder(scope, step["role"]), "calls": 0,
                "state": "open", "severity": incident["now"]["severity"],
                "sentence": incident["now"]["sentence"], "is_drill": incident["is_drill"],
                "opened_at": now, "escalates_at": now, "is_unreachable": False,
            }
        )  # fmt: skip

    async def _acknowledge(self, page: Document, by: tuple[str, str], call: int | None) -> None:
        now = whole_ms(self._clock.now())
        ack = {"by_id": by[0], "name": by[1], "at": now, "call": call}
        here = {"_id": page["_id"], "brand_id": page["brand_id"], "state": {"$in": _STANDING}}
        told = {"$set": {"state": "acknowledged", "ack": ack, "is_unreachable": False}}
        if not (await self._pages.update(here, told)).matched:
            known = await self._pages.find_one({"_id": page["_id"], "brand_id": page["brand_id"]})
            raise Conflict("page.acknowledged", _who(known or page))
        minutes = max(0, round((now - page["opened_at"]).total_seconds() / 60))
        text = f"{by[1]} acknowledged the page after {minutes} min."
        await self._line(page, ("ack",), "acknowledged", text, by)
        path = f"done.{page['step_id']}"
        incident = {"_id": page["incident_id"], "brand_id": page["brand_id"]}
        record = {"at": now, "by_id": by[0], "by_name": by[1]}
        open_step = {**incident, path: {"$exists": False}}
        await self._incidents.update(open_step, {"$set": {path: record}})
        await self._tell(page)

    async def _line(
        self,
        page: Document,
        key: tuple[str, ...],
        kind: str,
        text: str,
        by: tuple[str, str] = ("", ""),
    ) -> None:
        scope = BrandScope(page["agency_id"], page["brand_id"])
        told = {
            "text": text, "at": whole_ms(self._clock.now()), "who_id": by[0], "who_name": by[1],
        }  # fmt: skip
        line = incidents.log_document(scope, page["incident_id"], kind, (page["_id"], *key), told)
        await self._log.insert(line)

    async def _put(self, job: Document, update: Document) -> None:
        # Who lost the lease changes nothing: another process has the job.
        here = {"_id": job["_id"], "brand_id": job["brand_id"], "lease": job["lease"]}
        await self._deliveries.update(here, update)

    async def _tell(self, page: Document) -> None:
        await self._pulses.tell(BrandScope(page["agency_id"], page["brand_id"]), "storm")

    async def _views(self, scope: AgencyScope, found: Sequence[Document]) -> list[PageView]:
        where = {**brand_filter(scope), "page_id": {"$in": [one["_id"] for one in found]}}
        sort = [("call", 1), ("channel", 1)]
        deliveries = await self._deliveries.find(where, sort=sort)
        return [
            paging.page_view(one, [d for d in deliveries if d["page_id"] == one["_id"]])
            for one in found
        ]


def _deliveries(page: Document, call: int, person: Document, now: datetime) -> list[Document]:
    return [
        {
            "_id": ids.derive("pgd", page["_id"], str(call), channel), "brand_id": page["brand_id"],
            "page_id": page["_id"], "call": call, "contact_id": person["contact_id"],
            "name": person["name"], "channel": channel, "target": target, "state": "waiting",
            "attempts": [], "next_at": now, "lease": "",
        }
        for channel, target in (("email", person["email"]), ("webhook", person["webhook_url"]))
        if target
    ]  # fmt: skip


def _who(page: Document) -> str:
    ack = page.get("ack")
    if ack:
        return f"{ack['name']} acknowledged it at {ack['at']:%H:%M} UTC."
    return "It is over; nobody needs to answer any more."
