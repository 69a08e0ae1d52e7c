"""ingest's worker: deliveries in, one `message.received.v1` per item out."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from contracts import ids
from contracts.brands import BrandChanged
from contracts.connections import GrantRefused
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Origin, make_event
from contracts.messages import Item, Receipt, ReceiptFields, ReceiptReceived
from contracts.scope import AgencyScope
from contracts.topics import RECEIPT_RECEIVED
from runtime.clock import Clock
from runtime.dead_letters import Dead
from runtime.errors import Invalid, Reauthorise, Unavailable
from runtime.mongo import Document
from runtime.stage import DONE, Outcome, Received
from services.ingest.arrivals import Arrivals
from services.ingest.connectors.protocol import Account, Normalise, Normalised, Problem
from services.ingest.directory import Connection, Directory
from services.ingest.placing import (
    Keep,
    Placed,
    is_shown_again,
    item_keep,
    tells_visibility,
    to_event,
    tombstone_keep,
    wanted_context,
    wordless,
)
from services.ingest.readers import Readers
from services.ingest.store import SOURCE, IngestStore

BARE_DELETES = frozenset({"mastodon", "bluesky", "x", "discord"})
"""Networks whose deletes name the item only, not its thread."""
REMEMBERED_THREADS = 50_000


class DeliveryWorker:
    """Handles batches of `delivery.received.v1`."""

    def __init__(
        self,
        store: IngestStore,
        directory: Directory,
        normalisers: Mapping[str, Normalise],
        readers: Readers,
        arrivals: Arrivals,
    ) -> None:
        self._store = store
        self._directory = directory
        self._normalisers = normalisers
        self._readers = readers
        self._arrivals = arrivals
        self._seen_threads: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, batch: Sequence[Received[DeliveryReceived]]) -> Sequence[Outcome]:
        """Normalise, place, remember; the loop publishes what comes back."""
        read = [await self._read(received) for received in batch]
        known = await self._known([placed for items, *_ in read for placed in items])
        outcomes = []
        keeps: list[Keep] = []
        contexts: dict[str, Document] = {}
        arrived: list[Placed] = []
        for items, problems, receipts in read:
            outcome, placed_items = await self._place(items, problems, known)
            if outcome.retry is None and receipts:
                outcome = Outcome((*outcome.events, *receipts), outcome.dead)
            outcomes.append(outcome)
            arrived += placed_items
            for placed in placed_items:
                keeps.append(_keep(placed, known.get(placed.message_id, {})))
                self._want_context(placed, contexts)
        fresh = await self._store.keep_items([(keep.fresh, keep.write) for keep in keeps])
        self._arrivals.note(arrived, fresh)
        await self._store.want_contexts(list(contexts.values()))
        await self._store.want_again([one for placed in arrived for one in wordless(placed, fresh)])
        self._remember(contexts)
        return outcomes

    async def _read(
        self, received: Received[DeliveryReceived]
    ) -> tuple[list[Placed], list[Problem], list[Event]]:
        delivery = received.payload
        normalise = self._normalisers.get(delivery.network)
        if normalise is None:
            return [], [Problem("network.unknown", f"no connector reads {delivery.network}")], []
        fixed = self._directory.by_id(delivery.connection_id) if delivery.connection_id else None
        if delivery.connection_id and fixed is None:
            why = f"{delivery.connection_id} is not connected"
            return [], [Problem("connection.unknown", why)], []
        normalised = normalise(delivery.raw, fixed.account if fixed else Account())
        self._arrivals.count(delivery.network, normalised)
        placed: list[Placed] = []
        problems = list(normalised.problems)
        for item in normalised.items:
            connections = self._route(fixed, item.network, item.account_id)
            if not connections:
                why = f"no {item.network} account {item.account_id} is connected"
                problems.append(Problem("connection.unknown", why, item.account_id))
            placed.extend(
                Placed(item, connection, delivery, received.event, item.thread_root_id)
                for connection in connections
                if connection.state != "paused"
            )
        for account_id in normalised.revoked:
            for connection in self._route(fixed, delivery.network, account_id):
                await self._revoke(connection, delivery)
        return placed, problems, self._receipts(normalised, fixed, received)

    def _route(
        self, fixed: Connection | None, network: str, account_id: str | None
    ) -> list[Connection]:
        if fixed is not None:
            return [fixed]
        return self._directory.by_account(network, account_id or "")

    async def _revoke(self, connection: Connection, delivery: DeliveryReceived) -> None:
        """The network says that the permission was taken back: a grant that came later still holds."""
        if connection.granted_at is None or connection.granted_at < delivery.received_at:
            why = "the permission was taken back at the network"
            await self._store.change_state(
                connection.scope,
                connection.connection_id,
                "needs_reauthorisation",
                why,
                delivery.received_at,
            )

    def _receipts(
        self,
        normalised: Normalised,
        fixed: Connection | None,
        received: Received[DeliveryReceived],
    ) -> list[Event]:
        return [
            receipt_event(receipt, connection, received)
            for receipt in normalised.receipts
            for connection in self._route(fixed, receipt.network, receipt.account_id)
        ]

    async def _known(self, placed: Sequence[Placed]) -> dict[str, Document]:
        """Look up, in one query, what earlier deliveries told about these items and their parents."""
        asked = [
            one for one in placed
            if one.root is None or one.item.network in BARE_DELETES or tells_visibility(one)
        ]  # fmt: skip
        if not asked:
            return {}
        wanted = {one.message_id for one in asked}
        wanted |= {one.parent_id for one in asked if one.parent_id}
        brands = frozenset(one.connection.scope.brand_id for one in asked)
        return await self._store.known_items(AgencyScope("*", brands), sorted(wanted))

    async def _place(
        self, items: list[Placed], problems: list[Problem], known: dict[str, Document]
    ) -> tuple[Outcome, list[Placed]]:
        placed_items: list[Placed] = []
        events = []
        for one in items:
            try:
                placed = await self._rooted(one, known)
            except Unavailable as error:
                return Outcome(retry=error), []
            placed_items.append(placed)
            if placed.root is None:
                continue
            events.append(to_event(placed))
            if is_shown_again(placed, known.get(placed.message_id, {})):
                shown = placed.item.model_copy(update={"action": "unhidden"})
                events.append(to_event(_with_item(placed, shown)))
            tombstone = known.get(placed.message_id)
            if tombstone and tombstone.get("deleted_at") and placed.item.action != "deleted":
                gone = placed.item.model_copy(update={"action": "deleted", "text": None})
                events.append(to_event(_with_item(placed, gone)))
        if not problems:
            return (Outcome(tuple(events)) if events else DONE), placed_items
        why = "; ".join(dict.fromkeys(problem.why for problem in problems))
        return Outcome(tuple(events), dead=Dead(problems[0].code, why)), placed_items

    async def _rooted(self, placed: Placed, known: dict[str, Document]) -> Placed:
        """Find the thread of an item whose payload does not name it; a bare delete may stay without."""
        if placed.root is not None:
            return self._known_as(placed, placed.root, known)
        own = known.get(placed.message_id, {}).get("root")
        told = own or known.get(placed.parent_id or "", {}).get("root")
        if told:
            return self._known_as(placed, str(told), known)
        item = placed.item
        if item.action == "deleted":
            return placed
        if item.parent_external_id is None:
            return self._known_as(placed, item.external_id, known)
        root = await self._ask_network(placed)
        return self._known_as(placed, root or item.parent_external_id, known)

    def _known_as(self, placed: Placed, root: str, known: dict[str, Document]) -> Placed:
        """Note the root for later items of this very batch, too."""
        rooted = placed.rooted(root)
        known.setdefault(placed.message_id, {})["root"] = root
        return rooted

    async def _ask_network(self, placed: Placed) -> str | None:
        try:
            async with asyncio.timeout(10):
                return await self._readers.root_of(placed.connection, placed.item.external_id)
        except TimeoutError as error:
            raise Unavailable(
                "network.slow", "the network did not name the thread in 10 s"
            ) from error
        except (Reauthorise, Invalid):
            return None

    def _want_context(self, placed: Placed, contexts: dict[str, Document]) -> None:
        wanted = wanted_context(placed)
        if wanted is not None and wanted["_id"] not in self._seen_threads:
            contexts[wanted["_id"]] = wanted

    def _remember(self, contexts: Mapping[str, Any]) -> None:
        self._seen_threads.update(dict.fromkeys(contexts))
        while len(self._seen_threads) > REMEMBERED_THREADS:
            self._seen_threads.popitem(last=False)


class BrandNotes:
    """Handles `brand.changed.v1`: ingest only needs to know that a brand exists."""

    def __init__(self, store: IngestStore) -> None:
        self._store = store

    async def __call__(self, batch: Sequence[Received[BrandChanged]]) -> Sequence[Outcome]:
        for received in batch:
            await self._store.note_brand(received.event.scope, received.payload.revision)
        return [DONE] * len(batch)


class RefusedGrants:
    """Handles `grant.refused.v1`: a network refused an account's credentials while we wrote."""

    def __init__(self, store: IngestStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, batch: Sequence[Received[GrantRefused]]) -> Sequence[Outcome]:
        """Have the token renewed where it can be, else ask for a new one. An older grant's refusal is over."""
        for received in batch:
            told, scope = received.payload, received.event.scope
            known = await self._store.connection(scope, told.connection_id)
            if known is None or known["state"] != "active":
                continue
            granted_at = known.get("granted_at")
            if told.revision < known["revision"] and granted_at and granted_at > told.refused_at:
                continue
            if known.get("sealed_oauth"):
                await self._store.keep_aside(scope, told.connection_id, {"is_refresh_due": True})
            else:
                await self._store.change_state(
                    scope,
                    told.connection_id,
                    "needs_reauthorisation",
                    told.reason,
                    self._clock.now(),
                )
        return [DONE] * len(batch)


def receipt_event(
    receipt: Receipt, connection: Connection, received: Received[DeliveryReceived]
) -> Event:
    """Return `receipt.received.v1`: the same receipt gives the same event again."""
    fields = {name: getattr(receipt, name) for name in ReceiptFields.model_fields}
    about = (receipt.external_id, receipt.our_key, receipt.peer, receipt.watermark_at)
    key = (receipt.state, *(str(part or "") for part in about))
    connection_id = connection.connection_id
    payload = ReceiptReceived.model_validate(
        {
            **fields,
            "receipt_id": ids.receipt_id(connection_id, *key),
            "brand_id": connection.scope.brand_id,
            "connection_id": connection_id,
            "received_at": received.payload.received_at,
        }
    )
    return make_event(
        RECEIPT_RECEIVED.name,
        payload,
        key=(payload.receipt_id,),
        partition_key=connection_id,
        origin=Origin(SOURCE, received.payload.received_at, connection.scope, received.event),
    )


def _keep(placed: Placed, known: Document) -> Keep:
    if not placed.root:
        return tombstone_keep(placed)
    is_shown = is_shown_again(placed, known)
    return item_keep(placed, is_gone=bool(known.get("deleted_at")), is_shown_again=is_shown)


def _with_item(placed: Placed, item: Item) -> Placed:
    return Placed(item, placed.connection, placed.delivery, placed.cause, placed.root)
