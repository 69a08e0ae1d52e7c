"""A post is fetched once for its thread, and again for each new mention that brings no words of its own."""

from datetime import UTC, datetime

from contracts.scope import BrandScope
from runtime.mongo import Database
from runtime.settings import MongoSettings
from services.ingest.store import MOST_AGAIN, IngestStore

CASA = BrandScope("agy_1", "brd_casa")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
THREAD = {
    "_id": "thr_1", "brand_id": CASA.brand_id, "agency_id": CASA.agency_id,
    "connection_id": "con_1", "root": "17", "context": "wanted", "due_at": NOW, "tries": 0,
}  # fmt: skip


async def test_a_thread_is_wanted_again_but_not_for_ever(
    mongo_url: str, database_prefix: str
) -> None:
    database = Database(MongoSettings(url=mongo_url, database_prefix=database_prefix), "ingest")
    store = IngestStore(database)
    await store.want_contexts([THREAD])
    rounds = 0
    while rounds <= MOST_AGAIN and await store.contexts_due(CASA, NOW, 5):
        rounds += 1
        await store.settle_context(CASA, "thr_1", "fetched", NOW)
        await store.want_contexts([THREAD])
        assert await store.contexts_due(CASA, NOW, 5) == []
        await store.want_again([THREAD])
    assert rounds == MOST_AGAIN + 1
    assert await store.contexts_due(CASA, NOW, 5) == []
    await store.want_again([{**THREAD, "_id": "thr_unknown"}])
    assert await store.contexts_due(CASA, NOW, 5) == []
    await database.stop()
