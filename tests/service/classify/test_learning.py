"""Corrections on the real store: what they teach, per brand, and reading stored messages again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from contracts.brands import Understanding, VocabularyTerm
from contracts.corrections import LabelCorrected, RelabelItem, RelabelRequested, RelabelSettled
from contracts.envelope import Event, Origin, Payload, make_event
from contracts.replies import Approver
from contracts.scope import BrandScope
from contracts.topics import LABEL_CORRECTED, RELABEL_REQUESTED
from runtime.clock import SystemClock
from runtime.mongo import Database
from runtime.settings import MongoSettings
from runtime.stage import Outcome, Received
from services.classify.learning.brandwise import BrandReader, vocabulary_of
from services.classify.learning.handler import Corrections
from services.classify.learning.relabelling import Relabelling
from services.classify.learning.rereading import Rereader
from services.classify.learning.store import LearningStore
from services.classify.models.linear import LinearModel
from services.classify.store import BrandNote, ClassifyStore

CASA, NORD = BrandScope("agy_1", "brd_casa"), BrandScope("agy_1", "brd_nord")
AT = datetime(2026, 11, 1, tzinfo=UTC)
ANA = Approver(kind="person", id="per_a", name="Ana")


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load()


@pytest.fixture
async def database(mongo_url: str, database_prefix: str) -> AsyncIterator[Database]:
    one = Database(MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_"), "classify")
    await one.start()
    yield one
    await one.stop()


def got(topic: str, payload: Payload, scope: BrandScope, key: str) -> Received[Payload]:
    event = make_event(
        topic, payload, key=(key,), partition_key=scope.brand_id, origin=Origin("/t", AT, scope)
    )
    return Received(event, payload)


def correction(n: int, text: str, label: str, scope: BrandScope = CASA) -> LabelCorrected:
    return LabelCorrected(
        brand_id=scope.brand_id, message_id=f"m{n}", thread_id="t", head="sentiment", label=label,
        was="neutral", p={"negative": 0.2, "neutral": 0.6, "positive": 0.2}, model="x", text=text,
        language="en", is_sample=True, corrected_by=ANA, corrected_at=AT + timedelta(seconds=n),
    )  # fmt: skip


async def teach(
    handler: Corrections, told: list[LabelCorrected], scope: BrandScope
) -> list[Outcome]:
    batch = [got(LABEL_CORRECTED.name, one, scope, f"{one.message_id}{one.label}") for one in told]
    return await handler.on_label_corrected(batch)  # type: ignore[arg-type]


async def test_corrections_change_one_brand_and_can_be_taken_back(
    database: Database, model: LinearModel
) -> None:
    store = LearningStore(database)
    await store.start()
    handler = Corrections(store, model, SystemClock().now)
    told = [correction(n, f"the parcel number {n} is here", "positive") for n in range(30)]
    outcomes = await teach(handler, told, CASA)
    await teach(handler, told, CASA)
    assert all(outcome.dead is None for outcome in outcomes)
    adapters = await store.adapters(CASA)
    assert (adapters["sentiment"].version, adapters["sentiment"].corrections) == (1, 30)
    assert await store.adapters(NORD) == {}
    assert await store.adapters(CASA, 0) == {}
    text = "the parcel number 44 is here"
    reading, labels = model.understand([text])[0]
    read = BrandReader(adapters=adapters).read(reading, labels, model.thresholds)
    assert read.sentiment.p["positive"] > labels.sentiment.p["positive"]
    assert read.intent == labels.intent
    assert BrandReader().read(reading, labels, model.thresholds) is labels
    await teach(handler, [correction(n, "it is here", "positive") for n in range(30, 36)], CASA)
    assert (await store.adapters(CASA))["sentiment"].version == 2
    assert (await store.adapters(CASA, 1))["sentiment"].version == 1


async def test_a_correction_of_another_brand_or_label_is_dead(
    database: Database, model: LinearModel
) -> None:
    store = LearningStore(database)
    handler = Corrections(store, model, SystemClock().now)
    foreign = await teach(handler, [correction(1, "x", "positive", NORD)], CASA)
    unknown = await teach(handler, [correction(1, "x", "marvellous")], CASA)
    assert [one.dead.code for one in (*foreign, *unknown) if one.dead] == [
        "event.wrong_brand",
        "label.unknown",
    ]
    assert await store.corrections(CASA, "sentiment") == []
    assert await store.corrections(NORD, "sentiment") == []


async def test_the_newest_word_of_a_person_counts_in_any_order(
    database: Database, model: LinearModel
) -> None:
    store = LearningStore(database)
    await store.start()
    handler = Corrections(store, model, SystemClock().now)
    first = correction(1, "it is here", "negative")
    second = first.model_copy(
        update={"label": "positive", "corrected_at": AT + timedelta(minutes=5)}
    )
    await teach(handler, [second], CASA)
    await teach(handler, [first], CASA)
    assert [one.label for one in await store.corrections(CASA, "sentiment")] == ["positive"]


async def test_stored_messages_are_read_again_as_the_brand_reads(
    database: Database, model: LinearModel
) -> None:
    brands, learning, rereader = ClassifyStore(database), LearningStore(database), Rereader()
    sick = VocabularyTerm(term="sick drop", head="sentiment", label="positive")
    note = BrandNote(["en"], "Casa", None, Understanding(vocabulary=[sick]))
    await brands.note_brand(CASA, note, 1)
    handler = Relabelling(brands, learning, rereader, SystemClock())
    items = [RelabelItem(message_id="m1", text="that sick drop again", languages=["en"])]

    async def read(name: str) -> RelabelSettled:
        asked = RelabelRequested(
            job_id="rlb_1", brand_id=CASA.brand_id, model=name, part=0, is_last=True, items=items
        )
        batch = [got(RELABEL_REQUESTED.name, asked, CASA, name)]
        (outcome,) = await handler.on_relabel_requested(batch)  # type: ignore[arg-type]
        (event,) = outcome.events
        assert isinstance(event, Event)
        return event.read(RelabelSettled)

    try:
        as_brand, alone, strange = await read("fast"), await read("fast@base"), await read("gpt")
    finally:
        await rereader.stop()
    assert as_brand.items[0].labels.sentiment.label == "positive"
    assert "vocabulary:sick drop" in as_brand.items[0].labels.rules
    plain = model.label(["that sick drop again"], [["en"]])[0]
    assert alone.items[0].labels.sentiment == plain.sentiment
    assert strange.why is not None
    assert strange.items == []


def test_a_term_counts_in_its_own_brand_s_labels_only(model: LinearModel) -> None:
    term = VocabularyTerm(term="Böse", head="intent", label="praise", language="de")
    reader = BrandReader(vocabulary_of(Understanding(vocabulary=[term])))
    reading, labels = model.understand(["das ist böse gut"], [["de"]])[0]
    read = reader.read(reading, labels, model.thresholds)
    assert read.intent.p["praise"] > labels.intent.p["praise"]
    (reason,) = [one for one in read.reasons if one not in labels.reasons]
    assert "das ist böse gut"[reason.start : reason.end] == "böse"
    english, told = model.understand(["this is bose"], [["en"]])[0]
    assert reader.read(english, told, model.thresholds) is told
