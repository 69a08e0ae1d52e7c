"""How well every account is being read: noted by whoever sees it, gathered in one document each, and
published on every change and once a minute. What the codes mean is in troubles.py."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts.connections import ConnectionHealth, Quota
from contracts.envelope import Event, Origin, make_event
from contracts.scope import Scope, brand_filter
from contracts.topics import CONNECTION_HEALTH
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.mongo import Database, Document, Write
from services.ingest.connection_store import SOURCE
from services.ingest.directory import Connection, Directory
from services.ingest.metrics import IngestMetrics
from services.ingest.troubles import SILENT_AFTER, advice_for, worst

FLUSH_S = 1.0
AT_LEAST_EVERY = timedelta(seconds=60)
BATCH = 500
_STATES = {"needs_reauthorisation": "token.refused", "paused": "account.paused"}
log = get_logger("ingest.health")


@dataclass(slots=True)
class _Note:
    connection: Connection
    fields: dict[str, Any] = field(default_factory=dict)
    latest: dict[str, datetime] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    is_dirty: bool = False


class Health:
    """Notes and publishes. A component. Notes are a line of memory; nothing waits for them."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        directory: Directory,
        clock: Clock,
        metrics: IngestMetrics,
    ) -> None:
        self.name = "health"
        self.collection = database.brand_collection("health")
        self._bus = bus
        self._directory = directory
        self._clock = clock
        self._metrics = metrics
        self._notes: dict[str, _Note] = {}
        self._troubles: dict[tuple[str, str], str | None] = {}
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Write down what was noted last."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.flush()

    # Notes

    def note(self, connection: Connection, **fields: Any) -> None:
        """Note plain fields of the health document."""
        note = self._note(connection)
        note.fields.update(fields)
        note.is_dirty = True

    def read(self, connection: Connection, at: datetime) -> None:
        """The network answered."""
        _raise_to(self._note(connection).latest, "last_read_at", at)

    def item(self, connection: Connection, created_at: datetime | None, at: datetime) -> None:
        """An item arrived at `at` that was written at `created_at`."""
        note = self._note(connection)
        if created_at is not None:
            _raise_to(note.latest, "last_item_at", created_at)
            note.fields["lag_s"] = round(max(0.0, (at - created_at).total_seconds()), 3)

    def called(self, connection: Connection) -> None:
        """The network called us for this account: its webhook works."""
        if self._troubles.get((connection.connection_id, "silence"), "") is not None:
            self.trouble(connection, "silence", None)

    def silent(self, connection: Connection) -> None:
        """The network did not call for what was found by looking: a gap, found and filled."""
        if self._troubles.get((connection.connection_id, "silence")) is None:
            self.gap(connection, "gaps_found")
            self.gap(connection, "gaps_filled")
        self.trouble(connection, "silence", "webhook.silent")

    def missed(self, connection: Connection, count: int) -> None:
        """Items were found by looking that should have come long before."""
        note = self._note(connection)
        note.counts["gap_items"] = note.counts.get("gap_items", 0) + count
        note.is_dirty = True
        self._metrics.gap_items.labels(connection.network).inc(count)

    def gap(self, connection: Connection, which: str) -> None:
        """A silence was found, or one was read again: `gaps_found` or `gaps_filled`."""
        note = self._note(connection)
        note.counts[which] = note.counts.get(which, 0) + 1
        note.is_dirty = True
        self._metrics.gaps.labels(connection.network, which.removeprefix("gaps_")).inc()

    def quota(self, connection: Connection, quota: Quota | None) -> None:
        """What the network said is left."""
        if quota is not None:
            self._note(connection).fields["quota"] = quota.model_dump()

    def trouble(self, connection: Connection, slot: str, code: str | None) -> None:
        """Something is wrong, or no longer; `slot` is whose finding it is (token, webhook, reading)."""
        key = (connection.connection_id, slot)
        if key in self._troubles and self._troubles[key] == code:
            return
        self._troubles[key] = code
        told = {"code": code, "since": self._clock.now()} if code else None
        self.note(connection, **{f"troubles.{slot}": told})

    def _note(self, connection: Connection) -> _Note:
        known = self._notes.get(connection.connection_id)
        if known is None:
            known = self._notes[connection.connection_id] = _Note(connection)
        return known

    # Writing and publishing

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(FLUSH_S)
            try:
                await self.flush()
                await self._publish_due()
            except Unavailable as outage:
                log.warning("health.waiting", why=outage.why)

    async def flush(self) -> None:
        """Write the notes down; on an outage they stay."""
        notes, self._notes = self._notes, {}
        try:
            await self.collection.write([_write(note) for note in notes.values()])
        except Unavailable:
            for key, note in notes.items():
                newer = self._notes.setdefault(key, note)
                if newer is not note:
                    newer.fields = {**note.fields, **newer.fields}
                    for name, at in note.latest.items():
                        _raise_to(newer.latest, name, at)
                    for name, count in note.counts.items():
                        newer.counts[name] = newer.counts.get(name, 0) + count
            raise

    async def _publish_due(self) -> None:
        now = self._clock.now()
        connections = {one.connection_id: one for one in self._directory.all()}
        scope = self._directory.scope()
        known = {
            str(one["_id"]): one for one in await self.collection.find({**brand_filter(scope)})
        }
        self._measure(connections, known, now)
        due = [
            one
            for one in connections.values()
            if one.state != "removed" and _is_due(known.get(one.connection_id), one, now)
        ]
        claimed = [one for one in due[:BATCH] if await self._claim(one, known, now)]
        events = [
            _event(one, known.get(one.connection_id, {}), self._clock.now()) for one in claimed
        ]
        if events:
            await self._bus.send(events)

    async def _claim(
        self, connection: Connection, known: dict[str, Document], now: datetime
    ) -> bool:
        """Take the right to publish this one now: every process tries."""
        before = known.get(connection.connection_id, {}).get("published_at")
        where = {"_id": connection.connection_id, "brand_id": connection.scope.brand_id}
        change = {"published_at": now, "is_dirty": False, "state": connection.state}
        if connection.connection_id not in known:
            return await self.collection.insert({**where, **change})
        changed = await self.collection.update({**where, "published_at": before}, {"$set": change})
        return changed.matched == 1

    def _measure(
        self, connections: dict[str, Connection], known: dict[str, Document], now: datetime
    ) -> None:
        """Set the gauges: by network and trouble, never by account."""
        self._metrics.troubles.clear()
        for one in connections.values():
            code = trouble_of(one, known.get(one.connection_id, {}), now)[0]
            if code and one.state != "removed":
                self._metrics.troubles.labels(one.network, code).inc()

    async def known(self, scope: Scope) -> list[Document]:
        """Return the health documents of these brands."""
        return await self.collection.find(brand_filter(scope))


def trouble_of(
    connection: Connection, known: Document, now: datetime
) -> tuple[str | None, datetime | None]:
    """Return the most serious trouble of an account and since when."""
    if connection.state in _STATES:
        return _STATES[connection.state], None
    found = {one["code"]: one["since"] for one in (known.get("troubles") or {}).values() if one}
    read_at = known.get("last_read_at")
    if read_at is not None and now - read_at > SILENT_AFTER:
        found["source.silent"] = read_at
    code = worst(list(found))
    return code, found[code] if code else None


def _is_due(known: Document | None, connection: Connection, now: datetime) -> bool:
    if known is None or known.get("is_dirty") or known.get("published_at") is None:
        return True
    return known.get("state") != connection.state or now - known["published_at"] >= AT_LEAST_EVERY


def _event(connection: Connection, known: Document, now: datetime) -> Event:
    code, since = trouble_of(connection, known, now)
    names = (
        "last_item_at", "last_read_at", "lag_s", "quota", "gaps_found", "gaps_filled", "gap_items",
        "backfill_since",
    )  # fmt: skip
    payload = ConnectionHealth.model_validate(
        {
            "connection_id": connection.connection_id,
            "brand_id": connection.scope.brand_id,
            "network": connection.network,
            "is_reading": connection.state == "active" and code != "source.silent",
            "token_expires_at": connection.token_expires_at,
            **{name: known[name] for name in names if known.get(name) is not None},
            "trouble": code,
            "advice": advice_for(code, connection.network) if code else None,
            "trouble_since": since,
            "measured_at": now,
        }
    )
    return make_event(
        CONNECTION_HEALTH.name,
        payload,
        key=(payload.connection_id, now.isoformat()),
        partition_key=payload.connection_id,
        origin=Origin(SOURCE, now, connection.scope),
    )


def _write(note: _Note) -> Write:
    connection = note.connection
    fields = {**note.fields, "network": connection.network}
    if note.is_dirty:
        fields["is_dirty"] = True
    change: dict[str, Any] = {"$set": fields}
    if note.latest:
        change["$max"] = note.latest
    if note.counts:
        change["$inc"] = note.counts
    where = {"_id": connection.connection_id, "brand_id": connection.scope.brand_id}
    return Write(where, change)


def _raise_to(latest: dict[str, datetime], name: str, at: datetime) -> None:
    if name not in latest or latest[name] < at:
        latest[name] = at
