"""What people say of labels: corrections, the random sample to be judged, and how well labels hold over the weeks."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from contracts.corrections import LabelCorrected
from contracts.envelope import Origin, make_event
from contracts.messages import Labels
from contracts.replies import Approver
from contracts.scope import AgencyScope, BrandScope, brand_filter
from contracts.topics import LABEL_CORRECTED
from runtime.clock import Clock
from runtime.errors import Conflict, Forbidden, Invalid
from runtime.mongo import Document
from runtime.outbox import outbox_push
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.relabelling import ENOUGH_SAMPLED, Week
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.nothing import nothing_here
from services.gateway.store.places import place_of
from services.gateway.store.pulses import PulseStore

CORRECTABLE = ("sentiment", "emotion", "intent", "urgency", "offensive", "irony", "spam")
SAMPLED = ("sentiment", "intent")
"""What is asked of a sampled message: the labels whose shares matter most."""
SAMPLE_DAYS, SAMPLE_SIZE, MOST_LOOKED_AT = 7, 10, 2_000
WEEKS = 8
MOST_READ = 50_000


class CorrectionStore:
    """A correction changes the message and announces itself in one update."""

    def __init__(
        self,
        database: GatewayDatabase,
        clock: Clock,
        audit: AuditStore,
        pulses: PulseStore,
        nudge: Callable[[], None],
    ) -> None:
        self._messages = database.messages
        self._brands = database.brands
        self._clock = clock
        self._audit = audit
        self._pulses = pulses
        self._nudge = nudge

    async def correct(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, head: str, label: str
    ) -> None:
        """Say what a label should be; the label it has says that it is right.

        Raises `NotFound`, `Forbidden`, `Invalid` (no such label), `Conflict` (not read yet).
        """
        fields = ["brand_id", "agency_id", "thread_id", "content.text", "labels", "corrected", "at"]
        found = await self._messages.find_one(
            {"_id": message_id, **brand_filter(scope)}, fields=fields
        )
        if found is None or not found.get("content"):
            raise nothing_here()
        if not viewer.may_write(found["brand_id"]):
            raise Forbidden("label.read_only", "Your role for this brand is to look.")
        labels = _labels_of(found)
        answer = getattr(labels, head, None) if head in CORRECTABLE else None
        if answer is None or label not in answer.p:
            raise Invalid("label.unknown", "There is no such label to choose here.")
        now = whole_ms(self._clock.now())
        told = LabelCorrected(
            brand_id=found["brand_id"], message_id=message_id, thread_id=found["thread_id"],
            head=head, label=label, was=answer.label, p=answer.p, model=labels.model,
            text=found["content"].get("text") or "", language=labels.language.label,
            is_sample=is_sampled(message_id) and head in SAMPLED,
            corrected_by=Approver(kind="person", id=viewer.person_id, name=viewer.name),
            corrected_at=now,
        )  # fmt: skip
        place = BrandScope(found["agency_id"], found["brand_id"])
        event = make_event(
            LABEL_CORRECTED.name,
            told,
            key=(message_id, head, label, now.isoformat()),
            partition_key=place.brand_id,
            origin=Origin("/gateway", now, place),
        )
        noted = {"label": label, "was": answer.label, "by": viewer.person_id, "by_name": viewer.name,
                 "at": now, "is_sample": told.is_sample}  # fmt: skip
        pushed = outbox_push([event], now)
        changed: Document = {f"corrected.{head}": noted}
        if head == "intent":
            changed["intent"] = label
        update = {**pushed, "$set": {**pushed["$set"], **changed}}
        here = {"_id": message_id, **brand_filter(place)}
        await self._messages.update(here, update)
        self._nudge()
        act = Act(
            "label.corrected", message_id, place.brand_id, {head: answer.label}, {head: label}
        )
        await self._audit.append(viewer, act)
        await self._pulses.tell(place, "changed", [(message_id, found["thread_id"])])

    async def sample(self, scope: AgencyScope, brand_id: str) -> list[Document]:
        """Return up to ten messages of the last week, drawn at random, that nobody has judged yet."""
        place = await place_of(self._brands, scope, brand_id)
        since = self._clock.now() - timedelta(days=SAMPLE_DAYS)
        found = await self._messages.find(
            {**brand_filter(place), "state": {"$in": ["open", "answered", "done"]},
             "at": {"$gte": since}, "labels": {"$ne": None}},
            sort=[("at", -1), ("_id", 1)], limit=MOST_LOOKED_AT, index="newest",
            fields=["content.text", "content.network", "labels.value", "corrected", "at"],
        )  # fmt: skip
        drawn = [one for one in found if is_sampled(one["_id"]) and not _is_judged(one)]
        return sorted(drawn, key=lambda one: _draw(one["_id"]))[:SAMPLE_SIZE]

    async def weeks(self, scope: AgencyScope, brand_id: str) -> list[Week]:
        """Return the label mix and the agreement with people of the last weeks, the newest first."""
        place = await place_of(self._brands, scope, brand_id)
        since = self._clock.now() - timedelta(weeks=WEEKS)
        found = await self._messages.find(
            {**brand_filter(place), "state": {"$in": ["open", "answered", "done"]},
             "at": {"$gte": since}, "labels": {"$ne": None}},
            sort=[("at", -1), ("_id", 1)], limit=MOST_READ, index="newest",
            fields=["labels.value.sentiment.label", "corrected", "at"],
        )  # fmt: skip
        return _weeks(found)


def is_sampled(message_id: str) -> bool:
    """Say whether a message is one of the few drawn by lot: one in twenty, always the same ones."""
    return _draw(message_id) < 1 / 20


def _draw(message_id: str) -> float:
    digest = hashlib.blake2b(message_id.encode(), digest_size=8, person=b"sample").digest()
    return int.from_bytes(digest) / 2**64


def _labels_of(found: Document) -> Labels:
    value = (found.get("labels") or {}).get("value")
    if value is None:
        raise Conflict("label.not_yet", "This message has not been understood yet. Try again soon.")
    return Labels.read(value)


def _is_judged(found: Document) -> bool:
    return set(SAMPLED) <= set(found.get("corrected") or {})


def _weeks(found: list[Document]) -> list[Week]:
    by_week: dict[str, list[Document]] = {}
    for one in found:
        by_week.setdefault(_week(one["at"]), []).append(one)
    weeks = []
    for week, messages in sorted(by_week.items(), reverse=True):
        mix = Counter(one["labels"]["value"]["sentiment"]["label"] for one in messages)
        judged = [
            noted
            for one in messages
            for noted in (one.get("corrected") or {}).values()
            if noted["is_sample"]
        ]
        right = sum(one["label"] == one["was"] for one in judged)
        agreement = right / len(judged) if len(judged) >= ENOUGH_SAMPLED else None
        shares = {label: count / len(messages) for label, count in mix.items()}
        weeks.append(Week(week, len(messages), shares, len(judged), agreement))
    return weeks


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"
