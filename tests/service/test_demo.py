"""The demo on a real database: planted once, kept as people leave it, moved with the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from cli.demo import OWNER_EMAIL
from cli.demo.content import PEOPLE, read_brands
from cli.demo.seeding import Planted, plant
from cli.demo.settings import DemoSettings, mongo_of
from contracts.connections import ConnectionChanged
from contracts.envelope import Event
from contracts.scope import AgencyScope, BrandScope
from runtime.clock import SystemClock
from runtime.crypto import Sealer, new_key
from runtime.mongo import Database, Document
from runtime.settings import MongoSettings
from sandbox.demo import DEMO, DemoAccount
from services.gateway.auth import Passwords
from services.gateway.deps import BrandChange
from services.gateway.store.audit import AuditStore
from services.gateway.store.brands import BrandStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.people import PeopleStore, viewer_of
from services.gateway.store.pulses import PulseStore
from services.ingest.store import IngestStore

PASSWORD = "three-quiet-words"
KEYS = new_key()
SANDBOX = "http://127.0.0.1:8900"


def settings(sandbox_url: str = SANDBOX, keys: str = KEYS) -> DemoSettings:
    return DemoSettings(
        seal_keys=SecretStr(keys), sandbox_url=sandbox_url, demo_password=SecretStr(PASSWORD),
        sandbox_imap_port=5143, sandbox_smtp_port=5025,
    )  # fmt: skip


class Installation:
    """Both databases, as their services read them."""

    def __init__(self, mongo: MongoSettings) -> None:
        clock = SystemClock()
        self.mongo = mongo
        self.gateway = GatewayDatabase(mongo)
        audit, pulses = AuditStore(self.gateway, clock), PulseStore(self.gateway, clock)
        self.audit = audit
        self.brands = BrandStore(self.gateway, clock, audit, pulses)
        self.people = PeopleStore(self.gateway, clock, audit)
        self.ingest_database = Database(mongo, "ingest")
        self.ingest = IngestStore(self.ingest_database)

    async def plant(self, wanted: DemoSettings | None = None) -> Planted:
        return await plant(wanted or settings(), self.mongo)

    async def scope(self) -> AgencyScope:
        return await self.brands.every()

    async def connections(self) -> list[Document]:
        return await self.ingest.list_connections(await self.scope())

    async def person(self, email: str) -> Document:
        found = await self.people.by_email(email)
        assert found is not None
        return found


@pytest.fixture
async def installation(mongo_url: str, database_prefix: str) -> AsyncIterator[Installation]:
    made = Installation(MongoSettings(url=mongo_url, database_prefix=f"{database_prefix}_"))
    yield made
    await made.gateway.stop()
    await made.ingest_database.stop()


def places(sandbox: str) -> set[str]:
    paths = ("graph", "mastodon", "bluesky", "telegram", "wordpress/nordlicht")
    return {f"{sandbox}/{path}" for path in paths}


def known_as(account: DemoAccount) -> str:
    """A site is known by its address, as connecting it by hand would have it."""
    is_site = account.network == "wordpress"
    return f"127.0.0.1/wordpress/{account.account_id}" if is_site else account.account_id


def tokens(found: list[Document], keys: str) -> dict[tuple[str, str], str]:
    sealer = Sealer.from_setting(keys)
    return {
        (one["network"], one["account_id"]): sealer.open(
            one["sealed_token"], brand_id=one["brand_id"], about=one["_id"]
        )
        for one in found
    }


async def test_plants_brands_people_and_accounts(installation: Installation) -> None:
    assert await installation.plant() == Planted(people=len(PEOPLE), connections=len(DEMO))

    views = await installation.brands.views(await installation.scope())
    assert {view.name: view.mode for view in views} == {
        "Casa Verde": "suggest", "Nordlicht Kaffee": "hold", "Vélo Atelier": "automatic",
    }  # fmt: skip
    owner = await installation.person(OWNER_EMAIL)
    assert set(owner["roles"].values()) == {"owner"}
    assert len(owner["roles"]) == 3
    assert await Passwords().is_right(PASSWORD, owner["password_hash"])
    found = await installation.connections()
    assert {one["base_url"] for one in found if one["base_url"]} == places(SANDBOX)
    assert tokens(found, KEYS) == {(one.network, known_as(one)): one.token for one in DEMO}
    by_network = {one["network"]: one for one in found}
    assert by_network["wordpress"]["handle"] == by_network["wordpress"]["name"]
    assert by_network["email"]["options"]["imap_port"] == "5143"
    assert by_network["bluesky"]["options"]["jetstream"].startswith("ws://127.0.0.1:8900/bluesky")
    # Telegram shows this secret when it calls; without one its calls would be refused.
    assert by_network["telegram"]["sealed_webhook_secret"]
    assert (await installation.audit.verify(owner["agency_id"])).broken_at is None


async def test_waits_in_the_outbox_to_be_announced(installation: Installation) -> None:
    await installation.plant()
    where = {"brand_id": {"$in": sorted((await installation.scope()).brand_ids)}}
    brands = await installation.gateway.brands.find(where)
    assert all(len(brand["outbox"]) == 1 for brand in brands)
    for one in await installation.connections():
        [waiting] = one["outbox"]
        payload = ConnectionChanged.read(Event.decode(waiting["event"]).data)
        assert (payload.connection_id, payload.base_url) == (one["_id"], one["base_url"])


async def test_second_run_changes_nothing(installation: Installation) -> None:
    await installation.plant()
    before = await everything(installation)
    assert await installation.plant() == Planted(people=0, connections=0)
    assert await everything(installation) == before


async def test_keeps_what_people_changed(installation: Installation) -> None:
    await installation.plant()
    owner = viewer_of(await installation.person(OWNER_EMAIL))
    scope = await installation.scope()
    brand = next(v for v in await installation.brands.views(scope) if v.name == "Casa Verde")
    detail = await installation.brands.get(scope, brand.brand_id)
    policy = detail.policy.model_copy(update={"mode": "silent"})
    change = BrandChange(revision=detail.revision, policy=policy)
    await installation.brands.change(scope, owner, brand.brand_id, change)
    jonas = await installation.person("jonas@studio-marea.example")
    await installation.people.grant(owner, jonas["_id"], brand.brand_id, None)

    await installation.plant()

    assert (await installation.brands.get(scope, brand.brand_id)).policy.mode == "silent"
    assert brand.brand_id not in (await installation.person(jonas["email"]))["roles"]


async def test_moves_accounts_with_the_sandbox(installation: Installation) -> None:
    await installation.plant()
    moved = settings("http://127.0.0.1:9911/")
    # The mailbox is at ports of its own.
    assert (await installation.plant(moved)).connections == len(DEMO) - 1
    found = await installation.connections()
    assert {one["base_url"] for one in found if one["base_url"]} == places("http://127.0.0.1:9911")
    assert {one["revision"] for one in found if one["network"] != "email"} == {2}


async def test_connects_only_what_can_be_called_elsewhere(installation: Installation) -> None:
    far = settings("http://sandbox:8900")
    assert (await installation.plant(far)).connections == len(DEMO) - 2
    found = {one["network"] for one in await installation.connections()}
    assert not found & {"email", "wordpress"}
    assert {"facebook", "mastodon", "instagram", "bluesky", "telegram"} == found


async def test_keeps_paused_accounts_paused_and_removed_ones_removed(
    installation: Installation,
) -> None:
    await installation.plant()
    now = SystemClock().now()
    paused, removed, tired = (await installation.connections())[:3]
    for one, state in ((paused, "paused"), (removed, "removed"), (tired, "needs_reauthorisation")):
        only = BrandScope(one["agency_id"], one["brand_id"])
        await installation.ingest.change_state(only, one["_id"], state, "why", now)  # type: ignore[arg-type]

    await installation.plant(settings("http://127.0.0.1:9911"))

    states = {one["_id"]: one["state"] for one in await installation.connections()}
    assert states[paused["_id"]] == "paused"
    assert states[removed["_id"]] == "removed"
    assert states[tired["_id"]] == "active"


async def test_seals_tokens_again_when_the_key_is_another(installation: Installation) -> None:
    await installation.plant()
    other = new_key()
    assert (await installation.plant(settings(keys=other))).connections == len(DEMO)
    assert len(tokens(await installation.connections(), other)) == len(DEMO)


def test_reads_the_settings_of_a_mapping() -> None:
    env = {
        "MONGO_URL": "mongodb://127.0.0.1:1", "MONGO_DATABASE_PREFIX": "x_", "SEAL_KEYS": KEYS,
        "SANDBOX_URL": SANDBOX, "DEMO_PASSWORD": PASSWORD,
        "SANDBOX_IMAP_PORT": "5143", "SANDBOX_SMTP_PORT": "5025",
    }  # fmt: skip
    assert DemoSettings.of(env) == settings()
    assert mongo_of(env).database_prefix == "x_"


@pytest.mark.parametrize("brand", read_brands(), ids=lambda brand: brand.slug)
def test_every_fact_is_told_in_every_language(brand: Any) -> None:
    by_name: dict[str, set[str]] = {}
    for fact in brand.voice.facts:
        name, _, code = fact.fact_id.partition(".")
        by_name.setdefault(name, set()).add(code)
        assert fact.keywords
        assert fact.text.endswith((".", "!"))
        # One fact, a greeting and a closing have room in 500 characters.
        assert len(fact.text) <= 280, fact.fact_id
    assert {frozenset(codes) for codes in by_name.values()} == {frozenset(brand.languages)}


async def everything(installation: Installation) -> list[Any]:
    scope = await installation.scope()
    where = {"brand_id": {"$in": sorted(scope.brand_ids)}}
    people = [await installation.person(one.email) for one in PEOPLE]
    audit = await installation.gateway.audit.find({}, sort=[("seq", 1)])
    brands = await installation.gateway.brands.find(where)
    return [people, audit, brands, await installation.connections()]
