"""Gathers everything that is known of one message: its document, its trail, receipts, what came after."""

import asyncio

from contracts.scope import AgencyScope, brand_filter
from language import care
from services.gateway.domain import life
from services.gateway.domain.inbox import Document
from services.gateway.domain.life import CareView, LifeView
from services.gateway.domain.views import MessageView, ReceiptView, Viewer
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.inbox import InboxStore

MOST_LATER = 50
MOST_ENTRIES = 500


class LifeStore:
    """Reads the life of a message; writes nothing."""

    def __init__(self, database: GatewayDatabase, inbox: InboxStore) -> None:
        self._messages = database.messages
        self._brands = database.brands
        self._audit = database.audit
        self._inbox = inbox

    async def life(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> LifeView:
        """Return the life of one message. Raises `NotFound`."""
        message = await self._inbox.message(scope, viewer, message_id)
        where = {"_id": message_id, **brand_filter(scope)}
        found = await self._messages.find_one(where) or {}
        trail, later = await asyncio.gather(self._trail(found), self._later(found, message))
        reactions = life.reactions_of(found, later)
        receipts = [
            reply.receipt
            for reply in (*message.earlier, message.reply)
            if reply.receipt is not None and reply.receipt.at is not None
        ]
        source = found.get("source") or {}
        return LifeView(
            message,
            source.get("delivery_id"),
            source.get("event_id"),
            life.steps_of(found, trail, _unique(receipts), reactions),
            await self._care(found, message),
            reactions,
            life.prompts_of(found),
            [one["hash"] for one in trail],
        )

    async def _trail(self, found: Document) -> list[Document]:
        slots = (found.get("slots") or {}).values()
        replies = {record["reply_id"] for record in slots if record.get("reply_id")}
        replies |= {one["drafted"]["reply_id"] for one in slots if one.get("drafted")}
        where = {
            "agency_id": found["agency_id"],
            "subject": {"$in": sorted({found["_id"], *replies})},
            "brand_id": found["brand_id"],
        }
        return await self._audit.find(where, sort=[("seq", 1)], limit=MOST_ENTRIES)

    async def _later(self, found: Document, message: MessageView) -> list[Document]:
        if message.author_id is None:
            return []
        where = {
            "brand_id": found["brand_id"], "thread_id": found["thread_id"],
            "content.author_id": message.author_id, "content.is_own": False,
            "at": {"$gt": found["at"]},
        }  # fmt: skip
        fields = ["at", "content.text", "labels.value.sentiment"]
        return await self._messages.find(where, sort=[("at", 1)], limit=MOST_LATER, fields=fields)

    async def _care(self, found: Document, message: MessageView) -> list[CareView]:
        sent = life.sent_texts(found)
        if not sent or not message.text:
            return []
        brand = await self._brands.find_one(
            {"_id": found["brand_id"], "brand_id": found["brand_id"]}, fields=["policy"]
        )
        within_s = 60.0 * ((brand or {}).get("policy") or {}).get("answer_within_minutes", 60)
        scored = []
        for reply_id, text, at in sent:
            score = care.score(
                message.text,
                text,
                waited_s=max(0.0, (at - found["at"]).total_seconds()),
                answer_within_s=within_s,
                author_name=message.author_name,
            )
            told = [f"{one.phrase}: {one.why}" if one.phrase else one.why for one in score.findings]
            values = (score.quick, score.empathetic, score.proactive, score.transparent)
            scored.append(CareView(reply_id, *values, told))
        return scored


def _unique(receipts: list[ReceiptView]) -> list[ReceiptView]:
    return list(dict.fromkeys(receipts))
