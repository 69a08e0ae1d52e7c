"""Reading a brand's stored messages again with another model: sent off in parts, compared, switched to or dropped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts import ids
from contracts.corrections import RelabelItem, RelabelRequested, RelabelSettled
from contracts.envelope import Origin, make_event
from contracts.messages import Labels
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import RELABEL_REQUESTED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document, Write
from runtime.outbox import outbox_push
from services.gateway.domain import relabelling
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.relabelling import MODELS, JobView, Tally
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.places import place_of

PART, IN_FLIGHT = 200, 6
SWITCHED_AT_ONCE = 500
LEASE = timedelta(seconds=30)
MOST_DAYS = 3_650
_RUNNING = ("reading", "switching")


class RelabelStore:
    """Jobs, their parts, and the labels they would give. Any process goes on with a job."""

    def __init__(
        self, database: GatewayDatabase, clock: Clock, audit: AuditStore, nudge: Callable[[], None]
    ) -> None:
        self._jobs = database.relabels
        self._parts = database.relabel_parts
        self._candidates = database.candidates
        self._messages = database.messages
        self._brands = database.brands
        self._clock = clock
        self._audit = audit
        self._nudge = nudge

    async def start(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, model: str, days: int
    ) -> str:
        """Begin to read the last `days` again; return the job's id.

        Raises `NotFound`, `Forbidden`, `Invalid` (no such model), `Conflict` (one is running).
        """
        place = await self._managed(scope, viewer, brand_id)
        if model not in MODELS:
            raise Invalid("relabel.unknown_model", f"The models are {', '.join(MODELS)}.")
        if not 1 <= days <= MOST_DAYS:
            raise Invalid("relabel.bad_days", f"Choose 1 to {MOST_DAYS} days.")
        busy = await self._jobs.find_one({**brand_filter(place), "state": {"$in": list(_RUNNING)}})
        if busy is not None:
            raise Conflict("relabel.running", "Another model is being tried already. Wait for it.")
        now = whole_ms(self._clock.now())
        since = now - timedelta(days=days)
        where = {**brand_filter(place), "at": {"$gte": since, "$lte": now}, **_READABLE}
        total = await self._messages.count(where)
        job_id = ids.relabel_id(brand_id, ids.random_id("req"))
        await self._jobs.insert(
            {
                "_id": job_id, "brand_id": brand_id, "agency_id": place.agency_id, "model": model,
                "state": "reading" if total else "read", "since": since, "until": now,
                "total": total, "sent": 0, "settled": 0, "is_sent": not total, "after": None,
                "by": viewer.person_id, "by_name": viewer.name, "created_at": now, "why": "",
                "free_at": now,
            }
        )  # fmt: skip
        act = Act("relabel.started", job_id, brand_id, None, {"model": model, "days": days})
        await self._audit.append(viewer, act)
        return job_id

    async def every(self, scope: AgencyScope, brand_id: str) -> list[JobView]:
        """Return the brand's jobs, the newest first. Raises `NotFound`."""
        place = await place_of(self._brands, scope, brand_id)
        found = await self._jobs.find(brand_filter(place), sort=[("created_at", -1)], limit=20)
        return [await self._view(one) for one in found]

    async def get(self, scope: AgencyScope, job_id: str) -> JobView:
        """Return one job with both models side by side. Raises `NotFound`."""
        return await self._view(await self._found(scope, job_id))

    async def decide(
        self, scope: AgencyScope, viewer: Viewer, job_id: str, *, is_switch: bool
    ) -> None:
        """Take the new labels over, or drop them. Raises as `start`, and `Conflict` while it reads."""
        found = await self._found(scope, job_id)
        await self._managed(scope, viewer, found["brand_id"])
        if found["state"] not in ("read", "failed", "shadow") or (
            is_switch and found["state"] != "read"
        ):
            raise Conflict("relabel.not_read", "This job has not read everything, or is decided.")
        state = "switching" if is_switch else "dropped"
        here = {**_here(found), "state": found["state"]}
        told = {"state": state, "after": None, "free_at": whole_ms(self._clock.now())}
        if not (await self._jobs.update(here, {"$set": told})).matched:
            raise Conflict("relabel.not_read", "Somebody decided about it already.")
        if not is_switch:
            await self._candidates.delete(_of(found))
        name = "relabel.switched" if is_switch else "relabel.dropped"
        await self._audit.append(viewer, Act(name, job_id, found["brand_id"]))

    async def sweep(self, scope: AgencyScope) -> bool:
        """Send the next part of a job, or take over the next labels; say whether there was one."""
        if not scope.brand_ids:
            return False
        now = whole_ms(self._clock.now())
        where = {**brand_filter(scope), "state": {"$in": list(_RUNNING)}, "free_at": {"$lte": now}}
        job = await self._jobs.take(
            where, {"$set": {"free_at": now + LEASE}}, sort=[("free_at", 1)]
        )
        if job is None:
            return False
        if job["state"] == "switching":
            return await self._switch(job)
        if job["is_sent"] or job["sent"] - job["settled"] >= IN_FLIGHT:
            await self._jobs.update(_here(job), {"$set": {"free_at": now + timedelta(seconds=1)}})
            return False
        return await self._send(job)

    async def apply(self, settled: Sequence[tuple[BrandScope, RelabelSettled]]) -> None:
        """Take in what a model said: compare it, keep it, count the part once."""
        for scope, one in settled:
            where = {"_id": one.job_id, **brand_filter(scope)}
            job = await self._jobs.find_one(where)
            if job is not None and job["state"] in ("reading", "shadow"):
                await self._settle(scope, job, one)

    async def _settle(self, scope: BrandScope, job: Document, one: RelabelSettled) -> None:
        now = whole_ms(self._clock.now())
        if one.why is not None:
            told = {"state": "failed", "why": one.why, "settled_at": now}
            await self._jobs.update(_here(job), {"$set": told})
            return
        tally, versions = await self._compared(scope, one)
        first = one.items[0].message_id if one.items else ""
        part_id = f"{one.job_id}/{one.part:06d}" + (f"/{first}" if job["state"] == "shadow" else "")
        part = {"_id": part_id, "brand_id": job["brand_id"], "job_id": one.job_id}
        if job["state"] == "reading":
            await self._keep(job, one, versions)
        is_new = await self._parts.insert({**part, **tally.document()})
        if is_new and job["state"] == "reading":
            await self._jobs.update(_here(job), {"$inc": {"settled": 1}})
            ended = {**_here(job), "is_sent": True, "$expr": {"$gte": ["$settled", "$sent"]}}
            await self._jobs.update(ended, {"$set": {"state": "read", "settled_at": now}})

    async def _compared(
        self, scope: BrandScope, one: RelabelSettled
    ) -> tuple[Tally, dict[str, str]]:
        wanted = [item.message_id for item in one.items]
        found = await self._messages.find(
            {**brand_filter(scope), "_id": {"$in": wanted}},
            fields=["labels.value", "labels.version", "content.text", "corrected"],
        )
        known = {document["_id"]: document for document in found}
        tally, versions = Tally(), {}
        for item in one.items:
            document = known.get(item.message_id)
            old = ((document or {}).get("labels") or {}).get("value")
            if document is None or old is None:
                continue
            people = {
                head: noted["label"] for head, noted in (document.get("corrected") or {}).items()
            }
            text = (document.get("content") or {}).get("text") or ""
            tally.add(item.message_id, text, old, item.labels.model_dump(), people)
            versions[item.message_id] = document["labels"]["version"]
        return tally, versions

    async def _keep(self, job: Document, one: RelabelSettled, versions: Mapping[str, str]) -> None:
        await self._candidates.write(
            [
                Write(
                    {"_id": f"{job['_id']}/{item.message_id}", "brand_id": job["brand_id"]},
                    {
                        "$set": {
                            "job_id": job["_id"],
                            "message_id": item.message_id,
                            "version": versions[item.message_id],
                            "value": item.labels.model_dump(),
                        }
                    },
                )
                for item in one.items
                if item.message_id in versions
            ]
        )

    async def _send(self, job: Document) -> bool:
        place, now = BrandScope(job["agency_id"], job["brand_id"]), whole_ms(self._clock.now())
        at, last_id = job["after"] or (job["since"], "")
        later: list[Document] = [{"at": {"$gt": at}}, {"at": at, "_id": {"$gt": last_id}}]
        found = await self._messages.find(
            {**brand_filter(place), "at": {"$gte": at, "$lte": job["until"]}, "$or": later,
             **_READABLE},
            sort=[("at", 1), ("_id", 1)], limit=PART, fields=["content.text", "at"],
        )  # fmt: skip
        brand = await self._brands.find_one(
            {"_id": place.brand_id, **brand_filter(place)}, fields=["languages"]
        )
        languages = (brand or {}).get("languages")
        is_last = len(found) < PART
        told = RelabelRequested(
            job_id=job["_id"], brand_id=place.brand_id, model=job["model"], part=job["sent"],
            is_last=is_last,
            items=[
                RelabelItem(message_id=one["_id"], text=one["content"]["text"], languages=languages)
                for one in found
            ],
        )  # fmt: skip
        event = make_event(
            RELABEL_REQUESTED.name,
            told,
            key=(job["_id"], str(job["sent"])),
            partition_key=job["_id"],
            origin=Origin("/gateway", now, place),
        )
        pushed = outbox_push([event], now)
        after = [found[-1]["at"], found[-1]["_id"]] if found else job["after"]
        changed = {"sent": job["sent"] + 1, "is_sent": is_last, "after": after, "free_at": now}
        here = {**_here(job), "sent": job["sent"]}
        await self._jobs.update(here, {**pushed, "$set": {**pushed["$set"], **changed}})
        self._nudge()
        return True

    async def _switch(self, job: Document) -> bool:
        """Take over the next labels. A newer reading of a message that came meanwhile stays."""
        last = (job["after"] or ["", ""])[1]
        where = {**_of(job), "_id": {"$gt": f"{job['_id']}/{last}"}}
        found = await self._candidates.find(where, sort=[("_id", 1)], limit=SWITCHED_AT_ONCE)
        now = whole_ms(self._clock.now())
        if not found:
            told = {"state": "switched", "settled_at": now}
            await self._jobs.update(_here(job), {"$set": told})
            await self._candidates.delete(_of(job))
            return True
        await self._messages.write([_take_over(one, now) for one in found])
        after = ["", found[-1]["message_id"]]
        await self._jobs.update(_here(job), {"$set": {"after": after, "free_at": now}})
        return True

    async def shadow(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, model: str, days: int
    ) -> tuple[str, datetime]:
        """Note a trial of a model on live messages; return its id and end. The brand's own rules carry
        it to classify. Raises as `start`."""
        place = await self._managed(scope, viewer, brand_id)
        if model not in MODELS or not 1 <= days <= 60:
            raise Invalid("relabel.unknown_model", "Choose one of the models, for 1 to 60 days.")
        now = whole_ms(self._clock.now())
        job_id, until = ids.relabel_id(brand_id, ids.random_id("req")), now + timedelta(days=days)
        await self._jobs.insert(
            {
                "_id": job_id, "brand_id": brand_id, "agency_id": place.agency_id, "model": model,
                "state": "shadow", "since": now, "until": until, "total": 0, "sent": 0,
                "settled": 0, "is_sent": True, "after": None, "by": viewer.person_id,
                "by_name": viewer.name, "created_at": now, "why": "", "free_at": now,
            }
        )  # fmt: skip
        act = Act("relabel.shadowed", job_id, brand_id, None, {"model": model, "days": days})
        await self._audit.append(viewer, act)
        return job_id, until

    async def _view(self, found: Document) -> JobView:
        parts = await self._parts.find({"brand_id": found["brand_id"], "job_id": found["_id"]})
        read, heads, examples = relabelling.added(parts)
        names = ("brand_id", "model", "state", "since", "until", "total", "by_name", "created_at")
        told: Mapping[str, Any] = {name: found[name] for name in names}
        return JobView(
            job_id=found["_id"], **told, read=read, settled_at=found.get("settled_at"),
            why=found["why"], heads=heads, examples=examples,
        )  # fmt: skip

    async def _found(self, scope: AgencyScope, job_id: str) -> Document:
        found = await self._jobs.find_one({"_id": job_id, **brand_filter(scope)})
        if found is None:
            raise nothing_here()
        return dict(found)

    async def _managed(self, scope: AgencyScope, viewer: Viewer, brand_id: str) -> BrandScope:
        place = await place_of(self._brands, scope, brand_id)
        if not viewer.may_manage(brand_id):
            raise Forbidden("relabel.needs_lead", "Only an owner or lead may try another model.")
        return place


_READABLE: Document = {"labels": {"$ne": None}, "content.text": {"$type": "string", "$ne": ""}}


def _here(job: Document) -> Document:
    return {"_id": job["_id"], "brand_id": job["brand_id"]}


def _of(job: Document) -> Document:
    return {"brand_id": job["brand_id"], "job_id": job["_id"]}


def _take_over(one: Document, at: datetime) -> Write:
    labels = Labels.read(one["value"])
    intent = {"$ifNull": ["$corrected.intent.label", labels.intent.label]}
    told: Document = {
        "labels.value": {"$literal": one["value"]}, "labels.intent": labels.intent.label,
        "intent": intent, "relabelled_at": {"$literal": at},
    }  # fmt: skip
    # A message that was edited since keeps the reading of its newer text.
    where = {
        "_id": one["message_id"], "brand_id": one["brand_id"], "labels.version": one["version"],
    }  # fmt: skip
    return Write(where, [{"$set": told}], is_upsert=False)
