"""Reading the inbox: the queue in keyset pages, a thread with its messages, one message."""

import asyncio
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contracts.brands import BrandChanged
from contracts.messages import Head, Labels, Media
from contracts.scope import AgencyScope, brand_filter
from language.wording.rules import Verdict
from runtime.errors import Invalid
from runtime.mongo import Document
from services.gateway.domain import moderation, networks, threads
from services.gateway.domain.approvals import verdict_of
from services.gateway.domain.replies import reply_view, slot_of, text_of
from services.gateway.domain.views import (
    BrandView,
    ConnectionView,
    MessageView,
    QueueFilter,
    QueuePage,
    ThreadView,
    Viewer,
)
from services.gateway.store.brands import BrandStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.handing import HandoverStore
from services.gateway.store.nothing import nothing_here
from services.gateway.store.receipts import ReceiptStore

PAGE = 50
MOST_COUNTED = 10_000
MOST_IN_THREAD = 500
FIELDS = [
    "brand_id", "agency_id", "thread_id", "content", "hidden", "labels", "slots", "slot", "state",
    "at", "created_at", "received_at", "is_late", "is_deleted", "priority", "mine", "read_by",
    "revision", "acts", "corrected",
]  # fmt: skip
_ALL = {"$in": ["open", "answered", "done"]}


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a message is drawn with: who looks, and the brands and accounts by id."""

    viewer: Viewer
    brands: Mapping[str, BrandView]
    connections: Mapping[str, ConnectionView]
    rules: Mapping[str, BrandChanged]


class InboxStore:
    """Reads only. What is outside the scope is not there."""

    def __init__(
        self, database: GatewayDatabase, brands: BrandStore, receipts: ReceiptStore
    ) -> None:
        self._messages = database.messages
        self._brands = brands
        self._receipts = receipts
        self._handovers = HandoverStore(database)

    async def queue(
        self, scope: AgencyScope, viewer: Viewer, ask: QueueFilter, after: str | None = None
    ) -> QueuePage:
        """Return 50 items and the key of the next page. Raises `Invalid` for a key not ours."""
        where = _where(_narrowed(scope, ask), ask)
        sort, index = [("at", -1), ("_id", 1)], "newest"
        if ask.sort == "priority":
            sort, index = [("priority", -1), *sort], "queue"
        paged = {**where, **_after(ask, after)} if after else where
        opened = _where(_narrowed(scope, ask), QueueFilter())
        frame, found, open_count = await asyncio.gather(
            self._frame(scope, viewer),
            self._messages.find(paged, sort=sort, limit=PAGE + 1, fields=FIELDS, index=index),
            self._messages.count(opened, limit=MOST_COUNTED),
        )
        items = [_view(one, frame) for one in found[:PAGE]]
        next_key = _key(ask, found[PAGE - 1]) if len(found) > PAGE else None
        return QueuePage(items, next_key, open_count)

    async def thread(
        self, scope: AgencyScope, viewer: Viewer, thread_id: str, focus: str | None = None
    ) -> ThreadView:
        """Return a thread in tree order. Raises `NotFound`."""
        where = {**brand_filter(scope), "thread_id": thread_id}
        frame, found = await asyncio.gather(
            self._frame(scope, viewer),
            self._messages.find(where, sort=[("at", -1)], limit=MOST_IN_THREAD, fields=FIELDS),
        )
        drawn = [_view(one, frame) for one in reversed(found) if one.get("content")]
        shown = await self._receipts.put(scope, drawn)
        post, messages = threads.arranged(shown)
        looked_at = threads.focused(messages, post, focus)
        if looked_at is None:
            raise nothing_here()
        looked_at, messages = await self._with_wording(scope, looked_at, messages, found, frame)
        case_id, linked = await self._handovers.linked(scope, thread_id)
        return ThreadView(
            case_id=case_id,
            linked=linked,
            thread_id=thread_id,
            brand=looked_at.brand,
            connection=looked_at.connection,
            network=looked_at.network,
            post=post,
            messages=messages,
            focus=looked_at,
            window=networks.thread_window(shown, looked_at),
            private_until=_private_until(looked_at),
            can_answer=networks.rules_of(looked_at.network).can_answer,
        )

    async def _with_wording(
        self,
        scope: AgencyScope,
        focus: MessageView,
        messages: list[MessageView],
        found: Sequence[Document],
        frame: _Frame,
    ) -> tuple[MessageView, list[MessageView]]:
        """Look at the wording of the one answer that is open before the person."""
        document = next(one for one in found if one["_id"] == focus.message_id)
        verdict = await self._judged(scope, document)
        drawn = _view(document, frame, verdict).reply
        judged = replace(focus, reply=replace(drawn, receipt=focus.reply.receipt))
        return judged, [judged if one.message_id == focus.message_id else one for one in messages]

    async def message(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> MessageView:
        """Return one message. Raises `NotFound`."""
        where = {"_id": message_id, **brand_filter(scope)}
        found, frame = await asyncio.gather(
            self._messages.find_one(where, fields=FIELDS), self._frame(scope, viewer)
        )
        if found is None or not found.get("content"):
            raise nothing_here()
        verdict = await self._judged(scope, found)
        return (await self._receipts.put(scope, [_view(found, frame, verdict)]))[0]

    async def _frame(self, scope: AgencyScope, viewer: Viewer) -> _Frame:
        brands, connections, rules = await asyncio.gather(
            self._brands.views(scope), self._brands.connections(scope), self._brands.rules(scope)
        )
        return _Frame(
            viewer,
            {brand.brand_id: brand for brand in brands},
            {connection.connection_id: connection for connection in connections},
            {one.brand_id: one for one in rules},
        )

    async def _judged(self, scope: AgencyScope, found: Document) -> Verdict:
        """Return what the brand's wording rules say about the text being worked on."""
        brand = await self._brands.whole(scope, found["brand_id"])
        _, record = slot_of(found)
        is_private = bool(record.get("is_private"))
        return verdict_of(brand, found, text_of(record), is_private=is_private)


def _narrowed(scope: AgencyScope, ask: QueueFilter) -> AgencyScope:
    if not ask.brand_ids:
        return scope
    return AgencyScope(scope.agency_id, scope.brand_ids & ask.brand_ids)


def _where(scope: AgencyScope, ask: QueueFilter) -> Document:
    where: Document = {**brand_filter(scope), "state": _ALL if ask.state == "all" else ask.state}
    if ask.intent:
        where["intent"] = ask.intent
    if ask.network:
        where["network"] = ask.network
    if ask.text:
        where["content.text"] = {"$regex": re.escape(ask.text[:100]), "$options": "i"}
    return where


def _key(ask: QueueFilter, last: Document) -> str:
    at_ms = round(last["at"].timestamp() * 1000)
    told = json.dumps([ask.sort, last.get("priority", 0), at_ms, last["_id"]])
    return urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _after(ask: QueueFilter, key: str) -> Document:
    try:
        sort, priority, at_ms, last_id = json.loads(urlsafe_b64decode(key + "=" * (-len(key) % 4)))
        at = datetime.fromtimestamp(int(at_ms) / 1000, UTC)
        priority, last_id = int(priority), str(last_id)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Invalid("queue.bad_key", "This page key is not one that we gave out.") from error
    if sort != ask.sort:
        raise Invalid("queue.bad_key", "This page key belongs to another order of the queue.")
    later: list[Document] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$gt": last_id}}]
    if ask.sort == "newest":
        return {"at": {"$lte": at}, "$or": later}
    lower: Document = {"priority": {"$lt": priority}}
    return {
        "priority": {"$lte": priority},
        "$or": [lower, *({"priority": priority, **one} for one in later)],
    }


def _view(found: Document, frame: _Frame, verdict: Verdict | None = None) -> MessageView:
    content = found["content"]
    brand, rules = frame.brands[found["brand_id"]], frame.rules[found["brand_id"]]
    viewer = frame.viewer
    slot, _ = slot_of(found)
    told: dict[str, Any] = {name: content.get(name) for name in _CONTENT}
    mine = found.get("mine") or {}
    allowed = networks.acts_for(content["network"], content["kind"], is_own=content["is_own"])
    views = [
        reply_view(
            found, n, rules, viewer.roles.get(brand.brand_id), verdict if n == slot else None
        )
        for n in range(slot + 1)
    ]
    return MessageView(
        **told,
        message_id=found["_id"],
        thread_id=found["thread_id"],
        brand=brand,
        connection=_connection(found, frame),
        media=[Media.read(one) for one in content.get("media") or []],
        created_at=found["at"],
        received_at=found["received_at"],
        is_deleted=bool(found.get("is_deleted")),
        is_hidden=moderation.is_hidden(found),
        is_late=bool(found.get("is_late")),
        labels=_labels(found),
        corrected={name: one["by_name"] for name, one in (found.get("corrected") or {}).items()},
        priority=found.get("priority", 0),
        state="done" if found["state"] == "none" else found["state"],
        is_unread=not content["is_own"] and viewer.person_id not in found.get("read_by", []),
        mine=mine.get("name"),
        mine_id=mine.get("person_id"),
        reply=views[-1],
        earlier=views[:-1],
        is_automatic=bool(content.get("is_automatic")),
        acts=moderation.acts_of(found),
        may_act=moderation.offered(allowed, found) if viewer.may_moderate(brand.brand_id) else [],
        deleted_by=moderation.deleted_by(found),
    )


_CONTENT = (
    "network", "kind", "external_id", "parent_external_id", "author_handle", "author_name", "text",
    "visibility", "permalink", "edited_at", "is_own", "version", "author_id",
)  # fmt: skip


def _private_until(message: MessageView) -> datetime | None:
    return networks.private_until(
        message.network, message.kind, message.created_at, message.visibility
    )


def _labels(found: Document) -> Labels | None:
    """Return the labels as people left them: what somebody corrected counts."""
    stored = found.get("labels")
    if not stored:
        return None
    labels = Labels.read(stored["value"])
    told = {}
    for name, noted in (found.get("corrected") or {}).items():
        head: Head | None = getattr(labels, name, None)
        if head is not None and noted["label"] in head.p:
            told[name] = head.model_copy(update={"label": noted["label"]})
    return labels.model_copy(update=told) if told else labels


def _connection(found: Document, frame: _Frame) -> ConnectionView:
    content = found["content"]
    known = frame.connections.get(content["connection_id"])
    # The account may be announced after its first message.
    return known or ConnectionView(
        connection_id=content["connection_id"],
        network=content["network"],
        name=content["network"].title(),
        handle=None,
        state="active",
        reason=None,
        brand_id=found["brand_id"],
    )
