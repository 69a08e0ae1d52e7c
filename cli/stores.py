"""The services' stores, as the operators' commands open them."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from cli.environment import WrongInput, clear_errors, read_settings
from runtime.clock import Clock, SystemClock
from runtime.errors import Invalid, Misconfigured, Unavailable
from runtime.mongo import BrandCollection, Database
from runtime.settings import MongoSettings, adopt_files
from services.gateway.app import Stores, open_stores
from services.gateway.domain.views import Role, Viewer
from services.gateway.store.database import GatewayDatabase
from services.ingest.requests import RequestStore
from services.ingest.store import IngestStore
from services.respond.store import Store as RespondStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """The gateway's and ingest's stores, connected. What they put into outboxes the services send."""

    gateway: GatewayDatabase
    desk: Stores
    ingest: IngestStore
    wishes: RequestStore
    health: BrandCollection
    clock: Clock


def administer(work: Callable[[Opened], Awaitable[T]]) -> T:
    """Do one piece of work over the stores; leave with one sentence and exit code 1 or 2 on errors."""
    with clear_errors():
        try:
            adopt_files(["MONGO_URL", "SEAL_KEYS"])
            return asyncio.run(_within(read_settings(MongoSettings), work))
        except (Invalid, Misconfigured) as error:
            raise WrongInput(error.why) from error


def operator(agency_id: str, roles: dict[str, Role] | None = None) -> Viewer:
    """Return who the audit trail names for a command: the user of this machine who typed it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return Viewer("per_command", f"{user} (rapport command)", "", agency_id, roles or {})


async def _within(settings: MongoSettings, work: Callable[[Opened], Awaitable[T]]) -> T:
    async with _opened(settings) as opened:
        return await work(opened)


@asynccontextmanager
async def _opened(settings: MongoSettings) -> AsyncIterator[Opened]:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        try:
            gateway, ingest = GatewayDatabase(settings), Database(settings, "ingest")
            for database in (gateway, ingest):
                stack.push_async_callback(database.stop)
                await database.start()
            store = IngestStore(ingest)
            await store.ensure()
        except Exception as error:
            # A wrong address, name or password: the driver's own errors stay behind runtime.mongo.
            name = type(error.__cause__ or error).__name__
            why = f"MongoDB cannot be used ({name}): check MONGO_URL, and that MongoDB runs"
            raise Unavailable("mongo.away", why) from error
        desk, health = open_stores(gateway, clock), ingest.brand_collection("health")
        yield Opened(gateway, desk, store, RequestStore(ingest), health, clock)


async def missing_indexes(settings: MongoSettings) -> dict[str, list[str]]:
    """Return, for every service that has indexes, which of them are missing."""
    gateway = GatewayDatabase(settings)
    ingest, respond = Database(settings, "ingest"), Database(settings, "respond")
    checks = {
        "ingest": (ingest, IngestStore(ingest).ensure),
        "respond": (respond, RespondStore(respond).ensure),
        "gateway": (gateway.database, gateway.ensure_indexes),
    }
    missing = {}
    for service, (database, ensure) in checks.items():
        database.inspection.is_on = True
        try:
            await ensure()
        finally:
            await database.stop()
        missing[service] = database.inspection.missing
    return missing
