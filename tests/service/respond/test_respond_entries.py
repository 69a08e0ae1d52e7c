"""What a brand knows is kept by its newest revision, in any order, and by brand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from contracts.knowledge import Entry, KnowledgeChanged
from contracts.scope import AgencyScope, BrandScope
from runtime.mongo import Database
from runtime.settings import MongoSettings
from services.respond.entries import EntryStore

AT = datetime(2026, 11, 1, tzinfo=UTC)
BOTH = AgencyScope("*", frozenset({"brd_a", "brd_b"}))


def change(brand_id: str, revision: int, text: str | None, entry_id: str = "") -> KnowledgeChanged:
    about = entry_id or f"knw_{brand_id}"
    entry = Entry(entry_id=about, title="t", language="en", text=text) if text else None
    return KnowledgeChanged(
        brand_id=brand_id, entry_id=about, entry=entry, revision=revision, changed_at=AT
    )


@pytest.fixture
async def entries(mongo_url: str, database_prefix: str) -> AsyncIterator[EntryStore]:
    settings = MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_")
    database = Database(settings, "respond")
    await database.start()
    store = EntryStore(database)
    await store.ensure()
    yield store
    await database.stop()


async def test_the_newest_revision_stays_whatever_the_order(entries: EntryStore) -> None:
    changes = [change("brd_a", 2, "two"), change("brd_a", 1, "one"), change("brd_a", 2, "two")]
    for one in changes:
        await entries.put(BOTH, [one])
    found = await entries.of(BOTH)
    assert [one.text for one in found["brd_a"]] == ["two"]
    before = await entries.marks(BOTH)
    await entries.put(BOTH, [change("brd_a", 3, None), change("brd_a", 2, "two")])
    assert await entries.of(BOTH) == {}
    assert (await entries.marks(BOTH))["brd_a"] > before["brd_a"]


async def test_a_brand_sees_its_own_only(entries: EntryStore) -> None:
    await entries.put(BOTH, [change("brd_a", 1, "a"), change("brd_b", 1, "b")])
    assert set(await entries.of(BrandScope("agy", "brd_a"))) == {"brd_a"}
    stranger = BrandScope("agy", "brd_c")
    await entries.put(stranger, [change("brd_a", 9, "forged")])
    assert [one.text for one in (await entries.of(BOTH))["brd_a"]] == ["a"]
    await entries.put(BOTH, [change("brd_b", 9, "own", entry_id="knw_brd_a")])
    found = await entries.of(BOTH)
    assert [one.text for one in found["brd_a"]] == ["a"]
    assert sorted(one.text for one in found["brd_b"]) == ["b", "own"]
