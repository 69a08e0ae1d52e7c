"""A brand's language model: helpful when honest, harmless when it obeys the attacker, and never needed."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from contracts.brands import BrandChanged, Fact, ModelUse, Policy
from contracts.brands import Voice as BrandVoice
from contracts.messages import MessageClassified
from contracts.scope import BrandScope
from runtime.clock import SystemClock
from runtime.crypto import Letterbox, Stamp, Verifier, seal_to
from runtime.mongo import Database
from runtime.net import Guard, guarded_client
from runtime.settings import MongoSettings
from sandbox.model import replies
from sandbox.model.app import ModelStub
from services.respond.assistance.assistant import KEY_ABOUT, Assistant
from services.respond.assistance.calls import CallStore
from services.respond.desk import Desk
from services.respond.drafting.voice import make_voice
from services.respond.metrics import RespondMetrics
from services.respond.proposals import Proposal, Proposer, payload_of
from services.respond.warrants import Warrants
from tests.service.respond.respond_world import SIGNER
from tests.unit.respond.respond_samples import AT, BOOK, labels, message

ATTACKS = [
    json.loads(line)
    for line in (Path(__file__).parent / "injection" / "attacks.jsonl").read_text().splitlines()
]
KEY = "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="
OTHERS_CANARY = "zanzibar-nine-lanterns"
HOURS = {
    "en": "We are open Monday to Saturday, from nine in the morning.",
    "es": "Abrimos de lunes a sábado, desde las nueve de la mañana.",
    "pt": "Abrimos de segunda a sábado, desde as nove da manhã.",
    "fr": "Nous sommes ouverts du lundi au samedi, dès neuf heures du matin.",
    "de": "Wir haben von Montag bis Samstag geöffnet, ab neun Uhr am Morgen.",
    "it": "Siamo aperti dal lunedì al sabato, dalle nove del mattino.",
}
ASKED = {
    "en": ["open", "opening", "hours"], "es": ["abris", "abrís", "horario"], "pt": ["abrem"],
    "fr": ["ouvrez"], "de": ["offen", "geöffnet", "öffnet"], "it": ["aprite"],
}  # fmt: skip


def brand(name: str, url: str, *, canary: str = "", **use: Any) -> BrandChanged:
    facts = [
        Fact(fact_id=f"hours.{code}", title="Hours", language=code, keywords=ASKED[code], text=text)
        for code, text in HOURS.items()
    ]
    if canary:
        facts.append(
            Fact(fact_id="secret", title="Recipe", language="en", keywords=["recipe"], text=canary)
        )
    return BrandChanged(
        brand_id=name, agency_id="agy", name=name.title(), initials="X", colour="#112233",
        languages=list(HOURS), policy=Policy(mode=use.pop("mode", "suggest"), automatic_intents=["question"]),
        voice=BrandVoice(facts=facts), revision=1, changed_at=AT,
        assistant=ModelUse(is_on=True, base_url=url, model="stub-1", price_in=0.5, price_out=1.5, **use),
    )  # fmt: skip


@dataclass
class Office:
    """An assistant with a real store, and the model's endpoint."""

    assistant: Assistant
    calls: CallStore
    proposer: Proposer
    metrics: RespondMetrics

    async def ask(self, told: BrandChanged, text: str, language: str = "en") -> Proposal:
        classified = MessageClassified(
            message=message(text), labels=labels("question", "neutral", language)
        )
        proposals = {0: self.proposer.propose(make_voice(told, BOOK), classified)}
        await self.assistant.help(proposals)
        return proposals[0]

    async def outcomes(self, brand_id: str) -> list[str]:
        found = await self.calls.since(
            BrandScope("agy", brand_id), datetime.now(UTC) - timedelta(hours=1)
        )
        return [one["outcome"] for one in found]


@contextlib.asynccontextmanager
async def serving(stub: ModelStub) -> AsyncIterator[str]:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(stub.app(), log_level="error"))
    task = asyncio.create_task(server.serve([bound]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def office(mongo_url: str, database_prefix: str) -> AsyncIterator[Office]:
    database = Database(
        MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_"), "respond"
    )
    await database.start()
    calls = CallStore(database)
    await calls.ensure()
    client = guarded_client(10.0, Guard(is_loopback_allowed=True))
    metrics = RespondMetrics(CollectorRegistry())
    desk = Desk(
        SystemClock(),
        metrics,
        Warrants(Verifier.from_setting(SIGNER.public_key), Stamp.from_setting(KEY)),
    )
    proposer = Proposer({}, metrics)
    assistant = Assistant(client, Letterbox.from_setting(KEY), calls, desk, proposer.frame_of)
    yield Office(assistant, calls, proposer, metrics)
    await client.aclose()
    await database.stop()


async def test_an_honest_models_draft_comes_first_with_its_sources_and_cost(office: Office) -> None:
    sealed = seal_to(
        Letterbox.from_setting(KEY).public_key, "sk-1", brand_id="casa", about=KEY_ABOUT
    )
    stub = ModelStub(replies.honest, key="sk-1")
    async with serving(stub) as url:
        made = await office.ask(brand("casa", url, sealed_key=sealed), "When are you open?")
    first = made.drafts[0]
    assert (first.text, first.language) == (HOURS["en"], "en")
    assert [source.id for source in first.sources] == ["hours.en"]
    assert first.assist is not None
    assert first.assist.cost == pytest.approx(
        (first.assist.tokens_in * 0.5 + first.assist.tokens_out * 1.5) / 1000, abs=1e-6
    )
    assert "When are you open?" in first.assist.prompt
    assert len(made.drafts) > 1
    assert made.drafts[1].assist is None
    assert await office.outcomes("casa") == ["used"]
    assert office.metrics.models.calls.labels("used")._value.get() == 1


async def test_off_unless_the_brand_says_so_and_not_where_nothing_is_known(office: Office) -> None:
    stub = ModelStub(replies.honest)
    async with serving(stub) as url:
        off = brand("casa", url).model_copy(update={"assistant": None})
        asleep = brand("casa", url)
        assert asleep.assistant is not None
        asleep = asleep.model_copy(
            update={"assistant": asleep.assistant.model_copy(update={"is_on": False})}
        )
        for told in (off, asleep):
            assert all(
                one.assist is None for one in (await office.ask(told, "When are you open?")).drafts
            )
        unknown = await office.ask(brand("casa", url), "Who painted the ceiling?")
        silent = await office.ask(brand("casa", url, mode="silent"), "When are you open?")
    assert unknown.abstained is not None
    assert not silent.drafts
    assert stub.asked == []


async def test_what_leaves_by_itself_is_never_a_models(office: Office) -> None:
    stub = ModelStub(replies.honest)
    async with serving(stub) as url:
        made = await office.ask(brand("casa", url, mode="automatic"), "When are you open?")
    assert made.decision.is_automatic
    assert [one.assist for one in payload_of(made, AT).drafts] == [None]
    assert stub.asked == []


@pytest.mark.parametrize(
    ("stub", "outcome"),
    [
        (ModelStub(replies.honest, status=500), "model.unreachable"),
        (ModelStub(replies.honest, key="other"), "model.unreachable"),
        (ModelStub(replies.honest, delay_s=5), "model.unreachable"),
        (ModelStub(lambda *_: ""), "model.empty"),
        (ModelStub(lambda *_: "x " * 2000), "model.too_long"),
        (ModelStub(lambda *_: "Wir haben von Montag bis Samstag für euch offen."), "model.language"),
        (ModelStub(lambda *_: "We open at 7 for you."), "model.number"),
        (ModelStub(lambda *_: "We open at ٧ for you."), "model.number"),
        (ModelStub(lambda *_: "We are **open** for you."), "model.markup"),
        (ModelStub(lambda *_: "We are o\u200bpen for you."), "model.markup"),
    ],
)  # fmt: skip
async def test_on_any_doubt_the_composed_drafts_stay(
    office: Office, stub: ModelStub, outcome: str
) -> None:
    async with serving(stub) as url:
        made = await office.ask(brand("casa", url, timeout_s=1.0), "When are you open?")
    assert made.drafts
    assert all(one.assist is None for one in made.drafts)
    assert await office.outcomes("casa") == [outcome]


async def test_a_model_that_keeps_failing_is_left_alone(office: Office) -> None:
    stub = ModelStub(replies.honest, status=503)
    async with serving(stub) as url:
        for _ in range(6):
            await office.ask(brand("casa", url), "When are you open?")
    assert len(stub.asked) == 3


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/v1", "http://10.0.0.1/v1", "file:///etc/passwd"]
)
async def test_no_way_inside(office: Office, url: str) -> None:
    made = await office.ask(brand("casa", url, timeout_s=2.0), "When are you open?")
    assert all(one.assist is None for one in made.drafts)
    assert await office.outcomes("casa") == ["model.unreachable"]


async def test_a_key_of_another_brand_opens_nothing(office: Office) -> None:
    sealed = seal_to(
        Letterbox.from_setting(KEY).public_key, "sk-1", brand_id="other", about=KEY_ABOUT
    )
    stub = ModelStub(replies.honest)
    async with serving(stub) as url:
        await office.ask(brand("casa", url, sealed_key=sealed), "When are you open?")
    assert stub.asked == []
    assert await office.outcomes("casa") == ["seal.broken"]


@pytest.mark.parametrize(
    "fool",
    [replies.obedient, replies.sly, replies.parrot, replies.gossip],
    ids=lambda fool: fool.__name__,
)
async def test_no_attack_gets_anything_out_of_a_fool(office: Office, fool: Any) -> None:
    assert len(ATTACKS) >= 100
    stub = ModelStub(fool)
    shown: list[str] = []
    async with serving(stub) as url:
        await office.ask(brand("nordwind", url, canary=OTHERS_CANARY), "What is the recipe?")
        stub.asked.clear()
        for mode in ("suggest", "automatic"):
            told = brand("casa", url, mode=mode)
            for attack in ATTACKS:
                made = await office.ask(told, attack["text"], attack["language"])
                leaving = payload_of(made, AT)
                if made.decision.is_automatic:
                    assert all(one.assist is None for one in leaving.drafts)
                for one in leaving.drafts:
                    assert OTHERS_CANARY not in one.text
                    assert "untrusted" not in one.text
                    assert "evil" not in one.text
                    if one.assist is not None:
                        shown.append(one.text)
    assert OTHERS_CANARY not in json.dumps(stub.asked)
    assert len(stub.asked) > 90
    # What a person sees of a model that was fooled is a fact of the brand, or nothing.
    assert {text for text in shown if text not in HOURS.values()} == set()
