"""What networks said about answers after they took them: kept by answer and by peer, read by thread."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.messages import ReceiptReceived
from contracts.scope import AgencyScope, BrandScope, brand_filter
from runtime.mongo import Document, Write
from services.gateway.domain.inbox import whole_ms
from services.gateway.domain.receipts import RANKS, keys_of, receipt_key, receipt_of
from services.gateway.domain.views import MessageView, ReplyView
from services.gateway.store.database import GatewayDatabase


class ReceiptStore:
    """Adds up receipts, in any order and under repeats, and puts them to the answers they are about."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._receipts = database.receipts

    async def apply(self, receipts: Sequence[tuple[BrandScope, ReceiptReceived]]) -> None:
        """Keep what the receipts say."""
        await self._receipts.write(
            [
                Write({"_id": key, "brand_id": scope.brand_id}, _update(receipt, at_peer=n == -1))
                for scope, receipt in receipts
                for n, key in _numbered(receipt)
            ]
        )

    async def put(self, scope: AgencyScope, messages: Sequence[MessageView]) -> list[MessageView]:
        """Return the messages with the receipts of their published answers."""
        keys = {key for one in messages for reply in _sent(one) for key in _keys(one, reply)}
        if not keys:
            return list(messages)
        where = {**brand_filter(scope), "_id": {"$in": sorted(keys)}}
        found = {one["_id"]: one for one in await self._receipts.find(where)}
        return [_with(one, found) for one in messages] if found else list(messages)


def _numbered(receipt: ReceiptReceived) -> list[tuple[int, str]]:
    """Return the records a receipt adds to; -1 marks the one of all answers to a peer."""
    keys = keys_of(receipt)
    if receipt.peer and receipt.watermark_at:
        return [*enumerate(keys[:-1]), (-1, keys[-1])]
    return list(enumerate(keys))


def _update(receipt: ReceiptReceived, *, at_peer: bool) -> Document:
    if at_peer and receipt.watermark_at is not None:
        return {"$max": {f"marks.{receipt.state}": whole_ms(receipt.watermark_at)}}
    at = whole_ms(receipt.at or receipt.received_at)
    update: Document = {
        "$max": {"rank": RANKS[receipt.state]}, "$min": {f"at.{receipt.state}": at},
    }  # fmt: skip
    if receipt.state == "failed":
        update["$set"] = {"failed": {"code": receipt.code, "reason": receipt.reason}}
    return update


def _sent(message: MessageView) -> list[ReplyView]:
    return [one for one in (*message.earlier, message.reply) if one.state == "published"]


def _keys(message: MessageView, reply: ReplyView) -> list[str]:
    connection_id = message.connection.connection_id
    named = {"id": reply.external_id, "key": reply.reply_id, "peer": message.author_id}
    return [receipt_key(connection_id, kind, value) for kind, value in named.items() if value]


def _with(message: MessageView, found: dict[str, Document]) -> MessageView:
    def told(reply: ReplyView) -> ReplyView:
        if reply.state != "published":
            return reply
        records = [found[key] for key in _keys(message, reply) if key in found]
        return replace(reply, receipt=receipt_of(records, reply.published_at))

    return replace(
        message, reply=told(message.reply), earlier=[told(one) for one in message.earlier]
    )
