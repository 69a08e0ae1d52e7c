"""Puts the demo into the databases of gateway and ingest. A second run changes nothing that a person changed."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cli.demo.content import AGENCY_SLUG, PEOPLE, DemoPerson, read_brands
from cli.demo.settings import DemoSettings, mongo_of
from cli.demo.wiring import Stand, Wired, wired
from contracts import ids
from contracts.scope import AgencyScope, BrandScope
from runtime.clock import Clock, SystemClock
from runtime.crypto import Sealer
from runtime.errors import Invalid
from runtime.mongo import Database, Document
from runtime.settings import MongoSettings
from sandbox.demo import AGENCY, DEMO, DemoAccount
from services.gateway.auth import Passwords
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import AuditStore
from services.gateway.store.brands import BrandStore
from services.gateway.store.database import GatewayDatabase
from services.gateway.store.people import NewPerson, PeopleStore
from services.gateway.store.pulses import PulseStore
from services.ingest.readers import seal_token
from services.ingest.store import IngestStore, NewConnection


@dataclass(frozen=True, slots=True)
class Planted:
    """What a run added or corrected."""

    people: int
    connections: int


def seed(env: Mapping[str, str]) -> None:
    """Plant the demo. Raises `Unavailable` without a database, ValidationError without settings."""
    asyncio.run(plant(DemoSettings.of(env), mongo_of(env)))


async def plant(settings: DemoSettings, mongo: MongoSettings) -> Planted:
    """Make the agency, its brands, people and accounts; keep whatever is there already."""
    clock = SystemClock()
    gateway, ingest = GatewayDatabase(mongo), Database(mongo, "ingest")
    async with AsyncExitStack() as stack:
        for database in (gateway, ingest):
            stack.push_async_callback(database.stop)
            await database.start()
        desk = _Desk(gateway, clock)
        agency_id, brands = await desk.plant_brands()
        people = await desk.plant_people(
            agency_id, brands, settings.demo_password.get_secret_value()
        )
        store = IngestStore(ingest)
        await store.ensure()
        wiring = _Wiring(store, Sealer.from_setting(settings.seal_keys.get_secret_value()), clock)
        scopes = {slug: BrandScope(agency_id, brand_id) for slug, brand_id in brands.items()}
        stand = Stand(
            settings.sandbox_url.rstrip("/"), settings.sandbox_imap_port, settings.sandbox_smtp_port
        )
        return Planted(people, await wiring.plant(DEMO, scopes, stand))


class _Desk:
    """The gateway's half: agency, brands, people."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._trail = database.audit
        audit = AuditStore(database, clock)
        self._brands = BrandStore(database, clock, audit, PulseStore(database, clock))
        self._people = PeopleStore(database, clock, audit)

    async def plant_brands(self) -> tuple[str, dict[str, str]]:
        """Return the agency's id and the brands' ids by slug."""
        agency_id = await self._brands.create_agency(AGENCY_SLUG, AGENCY)
        brands = {
            brand.slug: await self._brands.create(agency_id, brand) for brand in read_brands()
        }
        return agency_id, brands

    async def plant_people(self, agency_id: str, brands: Mapping[str, str], password: str) -> int:
        """Return how many people are new. Nobody is given a role a second time: it may have been taken."""
        actor = Viewer("per_demo", "Rapport demo", "", agency_id)
        missing = [one for one in PEOPLE if await self._people.by_email(one.email) is None]
        if missing:
            # Built only now: hashing is slow on purpose.
            passwords = Passwords()
            for one in missing:
                hashed = await passwords.hash(password)
                await self._people.create(NewPerson(agency_id, one.email, one.name, hashed))
        granted = await self._granted(agency_id)
        for one in PEOPLE:
            await self._grant(actor, one, brands, granted)
        return len(missing)

    async def _grant(
        self,
        actor: Viewer,
        person: DemoPerson,
        brands: Mapping[str, str],
        granted: set[tuple[str, str]],
    ) -> None:
        person_id = ids.derive("per", person.email)
        for slug, role in person.roles.items():
            if (person_id, brands[slug]) not in granted:
                await self._people.grant(actor, person_id, brands[slug], role)

    async def _granted(self, agency_id: str) -> set[tuple[str, str]]:
        where = {"agency_id": agency_id, "action": "role.granted"}
        entries = await self._trail.find(where, fields=["subject", "brand_id"])
        return {(entry["subject"], entry["brand_id"]) for entry in entries}


class _Wiring:
    """Ingest's half: the brands' accounts at the sandbox."""

    def __init__(self, store: IngestStore, sealer: Sealer, clock: Clock) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock

    async def plant(
        self, accounts: Sequence[DemoAccount], scopes: Mapping[str, BrandScope], stand: Stand
    ) -> int:
        """Return how many accounts were connected, or moved to another address or key."""
        agency_id = next(iter(scopes.values())).agency_id
        everyone = AgencyScope(agency_id, frozenset(scope.brand_id for scope in scopes.values()))
        found = {one["_id"]: one for one in await self._store.list_connections(everyone)}
        changed = 0
        for account in accounts:
            scope, there = scopes[account.brand], wired(account, stand)
            if there is None:
                continue
            connection_id = ids.connection_id(scope.brand_id, there.network, there.account_id)
            known = found.get(connection_id)
            if known is None or not self._is_current(scope, known, there):
                await self._connect(scope, account, there, known)
                changed += 1
        return changed

    def _is_current(self, scope: BrandScope, known: Document, there: Wired) -> bool:
        if known["state"] == "removed":
            return True
        if known["state"] == "needs_reauthorisation":
            return False
        try:
            sealed = known["sealed_token"] or ""
            self._sealer.open(sealed, brand_id=scope.brand_id, about=known["_id"])
        except Invalid:
            return False
        options = known.get("options") or {}
        return bool(known["base_url"] == there.base_url) and options == there.options

    async def _connect(
        self, scope: BrandScope, account: DemoAccount, there: Wired, known: Document | None
    ) -> None:
        connection_id = ids.connection_id(scope.brand_id, there.network, there.account_id)
        sealed = seal_token(self._sealer, scope, connection_id, account.token)
        private = {}
        if account.network == "telegram":
            # What Telegram shall show when it calls: as connecting an account makes it.
            secret = secrets.token_urlsafe(32)
            private = {
                "sealed_webhook_secret": seal_token(self._sealer, scope, connection_id, secret)
            }
        new = NewConnection(
            there.network, there.account_id, account.name, there.base_url, sealed, there.handle,
            options=there.options, private=private,
        )  # fmt: skip
        await self._store.connect(scope, new, self._clock.now())
        if known is not None and known["state"] == "paused":
            # Connecting makes an account active; who paused it wants it to stay so.
            why, now = known["reason"], self._clock.now()
            await self._store.change_state(scope, connection_id, "paused", why, now)
