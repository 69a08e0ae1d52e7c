"""The trail of what people did: append-only, one hash chain per agency."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.scope import AgencyScope
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.mongo import Document
from services.gateway.deps import AuditEntry
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.views import Viewer
from services.gateway.store.database import GatewayDatabase

PAGE = 50
_TRIES = 100
_GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to what. `before` and `after` are plain JSON values."""

    action: str
    subject: str
    brand_id: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain is whole; `broken_at` is the first entry that does not fit."""

    count: int
    broken_at: int | None = None


class AuditStore:
    """Appends, reads and verifies. Nothing here changes or removes an entry."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._audit = database.audit
        self._clock = clock

    async def append(self, viewer: Viewer, act: Act) -> None:
        """Add an entry to the end of the agency's chain. Raises `Unavailable` when it cannot."""
        for _ in range(_TRIES):
            last = await self._audit.find_one({"agency_id": viewer.agency_id}, sort=[("seq", -1)])
            entry = _entry(viewer, act, whole_ms(self._clock.now()), last)
            if await self._audit.insert(entry):
                return
            # Somebody else took this place in the chain: stand behind them.
        raise Unavailable("audit.crowded", "the audit trail could not be written; try again")

    async def entries(self, scope: AgencyScope, before_seq: int | None = None) -> list[AuditEntry]:
        """Return 50 entries about the scope's brands, newest first."""
        where: dict[str, Any] = {
            "agency_id": scope.agency_id,
            "brand_id": {"$in": sorted(scope.brand_ids)},
        }
        if before_seq is not None:
            where["seq"] = {"$lt": before_seq}
        found = await self._audit.find(where, sort=[("seq", -1)], limit=PAGE)
        return [_view(entry) for entry in found]

    async def verify(self, agency_id: str) -> Verdict:
        """Walk the chain from its start and compare every hash."""
        previous, seq = _GENESIS, 0
        while True:
            where = {"agency_id": agency_id, "seq": {"$gt": seq}}
            found = await self._audit.find(where, sort=[("seq", 1)], limit=1_000)
            if not found:
                return Verdict(seq)
            for entry in found:
                seq += 1
                if entry["seq"] != seq or entry["previous"] != previous:
                    return Verdict(seq, broken_at=seq)
                if entry["hash"] != _hash(entry):
                    return Verdict(seq, broken_at=seq)
                previous = entry["hash"]


def _entry(viewer: Viewer, act: Act, at: datetime, last: Document | None) -> Document:
    seq = last["seq"] + 1 if last else 1
    entry: Document = {
        "_id": f"{viewer.agency_id}:{seq:012d}",
        "agency_id": viewer.agency_id,
        "seq": seq,
        "at": at,
        "who_id": viewer.person_id,
        "who_name": viewer.name,
        "action": act.action,
        "brand_id": act.brand_id,
        "subject": act.subject,
        "before": act.before,
        "after": act.after,
        "previous": last["hash"] if last else _GENESIS,
    }
    return {**entry, "hash": _hash(entry)}


def _hash(entry: Document) -> str:
    told = {name: value for name, value in entry.items() if name != "hash"}
    text = json.dumps(told, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _view(entry: Document) -> AuditEntry:
    names = AuditEntry.__dataclass_fields__
    return AuditEntry(**{name: entry[name] for name in names})
