"""The services' stores, as the operators' commands open them."""

from runtime.mongo import Database
from runtime.settings import MongoSettings
from services.gateway.store.database import GatewayDatabase
from services.ingest.store import IngestStore
from services.respond.store import Store as RespondStore


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
