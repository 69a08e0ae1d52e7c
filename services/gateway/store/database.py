"""The gateway's database: its collections and their indexes. What is done with them is next door."""

from collections.abc import Callable

from runtime.mongo import Collection, Database, Index
from runtime.outbox import OUTBOX_INDEX
from runtime.settings import MongoSettings

PULSES_KEPT_S = 60
CROSS_READS_KEPT_S = 3 * 24 * 3600
REQUESTS_KEPT_S = 30 * 24 * 3600
HELD, HELD_SLOTS = "brand.frozen", (0, 1)
_OPEN = [("brand_id", 1), ("state", 1)]
_TAIL = [("at", -1), ("_id", 1)]


class GatewayDatabase:
    """The collections by name. A component: connects, and creates the indexes that are missing."""

    def __init__(self, settings: MongoSettings) -> None:
        self.database = Database(settings, "gateway")
        brand_collection, collection = self.database.brand_collection, self.database.collection
        self.messages = brand_collection("messages")
        self.threads = brand_collection("threads")
        self.connections = brand_collection("connections")
        self.brands = brand_collection("brands")
        self.requests = brand_collection("requests")
        self.consents = brand_collection("consents")
        self.receipts = brand_collection("receipts")
        self.pulses = brand_collection("pulses")
        self.boards = brand_collection("boards")
        self.incidents = brand_collection("incidents")
        self.curve = brand_collection("incident_curve")
        self.incident_log = brand_collection("incident_log")
        self.incident_answers = brand_collection("incident_answers")
        self.releases = brand_collection("releases")
        self.handovers = brand_collection("handovers")
        self.playbooks = brand_collection("playbooks")
        self.entries = brand_collection("entries")
        self.relabels = brand_collection("relabels")
        self.relabel_parts = brand_collection("relabel_parts")
        self.candidates = brand_collection("candidates")
        self.promises = brand_collection("promises")
        self.pages = brand_collection("pages")
        self.page_deliveries = brand_collection("page_deliveries")
        self.asks = brand_collection("approval_asks")
        self._open_shared(collection)

    def _open_shared(self, collection: Callable[[str], Collection]) -> None:
        """Open what is not one brand's: the directory, sessions, the trail."""
        self.approval_links = collection("approval_links")
        self.agencies = collection("agencies")
        self.people = collection("people")
        self.sessions = collection("sessions")
        self.api_keys = collection("api_keys")
        self.attempts = collection("login_attempts")
        self.answers = collection("answers")
        self.audit = collection("audit")
        self.cross_reads = collection("cross_reads")

    async def start(self) -> None:
        """Connect and make sure of the indexes. Raises `Unavailable`."""
        await self.database.start()
        await self.ensure_indexes()

    async def stop(self) -> None:
        """Disconnect."""
        await self.database.stop()

    async def ensure_indexes(self) -> None:
        """Create the indexes that are missing; every one on brand data starts with brand_id."""
        await self.messages.ensure(
            [
                # Labels move an item in this index anyway, so it may carry what they filter by.
                Index("queue", [*_OPEN, ("priority", -1), *_TAIL, ("intent", 1), ("network", 1)]),
                Index("newest", [*_OPEN, *_TAIL]),
                Index("thread", [("brand_id", 1), ("thread_id", 1), ("at", 1)]),
                *(_held_index(slot) for slot in HELD_SLOTS),
                Index(
                    "waiting",
                    [("brand_id", 1), ("waits_until", 1)],
                    where={"waits_until": {"$exists": True}},
                ),
                OUTBOX_INDEX,
            ]
        )
        await self.brands.ensure([Index("brand", [("brand_id", 1)]), OUTBOX_INDEX])
        await self.connections.ensure([Index("brand", [("brand_id", 1)])])
        await self.requests.ensure(
            [
                Index("newest", [("brand_id", 1), ("requested_at", -1)]),
                Index("age", [("requested_at", 1)], expire_s=REQUESTS_KEPT_S),
                OUTBOX_INDEX,
            ]
        )
        await self.relabels.ensure(
            [Index("newest", [("brand_id", 1), ("created_at", -1)]), OUTBOX_INDEX]
        )
        of_job = [("brand_id", 1), ("job_id", 1), ("_id", 1)]
        for collection in (self.relabel_parts, self.candidates):
            await collection.ensure([Index("job", of_job)])
        await self.entries.ensure([Index("kind", [("brand_id", 1), ("kind", 1)]), OUTBOX_INDEX])
        await self._ensure_promises()
        await self.consents.ensure([Index("end", [("ends_at", 1)], expire_s=0)])
        await self._ensure_asks()
        await self.receipts.ensure([Index("brand", [("brand_id", 1)])])
        await self.pulses.ensure([Index("age", [("at", 1)], expire_s=PULSES_KEPT_S)])
        await self._ensure_storms()
        await self._ensure_handovers()
        await self.people.ensure([Index("email", [("email", 1)], is_unique=True)])
        await self.sessions.ensure(
            [Index("person", [("person_id", 1)]), Index("end", [("ends_at", 1)], expire_s=0)]
        )
        await self.api_keys.ensure(
            [
                Index("name", [("agency_id", 1), ("name", 1)], is_unique=True),
                Index("end", [("expires_at", 1)], expire_s=0),
            ]
        )
        await self.attempts.ensure([Index("end", [("ends_at", 1)], expire_s=0)])
        await self.answers.ensure([Index("end", [("ends_at", 1)], expire_s=0)])
        await self.cross_reads.ensure([Index("age", [("at", 1)], expire_s=CROSS_READS_KEPT_S)])
        await self.audit.ensure(
            [
                Index("chain", [("agency_id", 1), ("seq", 1)], is_unique=True),
                Index("subject", [("agency_id", 1), ("subject", 1), ("seq", 1)]),
            ]
        )

    async def _ensure_asks(self) -> None:
        await self.asks.ensure(
            [
                Index("due", [("brand_id", 1), ("state", 1), ("next_at", 1)]),
                Index("age", [("made_at", 1)], expire_s=REQUESTS_KEPT_S),
            ]
        )
        await self.approval_links.ensure(
            [Index("age", [("expires_at", 1)], expire_s=REQUESTS_KEPT_S)]
        )

    async def _ensure_handovers(self) -> None:
        for name in ("thread_id", "private_thread_id", "author_id", "external_id"):
            found = Index(name, [("brand_id", 1), (name, 1)], where={name: {"$exists": True}})
            await self.handovers.ensure([found])

    async def _ensure_promises(self) -> None:
        await self.promises.ensure(
            [
                Index("due", [*_OPEN, ("due_at", 1)]),
                Index("warning", [*_OPEN, ("warn_at", 1)]),
                Index("thread", [("brand_id", 1), ("thread_id", 1)]),
                Index("newest", [("brand_id", 1), ("made_at", -1)]),
            ]
        )

    async def _ensure_storms(self) -> None:
        await self.boards.ensure([Index("brand", [("brand_id", 1)]), OUTBOX_INDEX])
        await self.incidents.ensure(
            [
                Index("newest", [("brand_id", 1), ("opened_at", -1)]),
                Index("open", [("brand_id", 1), ("closed_at", 1)]),
            ]
        )
        of_incident = [("brand_id", 1), ("incident_id", 1), ("at", 1)]
        for collection in (self.curve, self.incident_log, self.incident_answers):
            await collection.ensure([Index("incident", of_incident)])
        await self.releases.ensure(
            [
                Index("newest", [("brand_id", 1), ("incident_id", 1), ("created_at", -1)]),
                Index("due", [("brand_id", 1), ("state", 1), ("next_at", 1)]),
            ]
        )
        await self.playbooks.ensure([Index("brand", [("brand_id", 1)])])
        await self.pages.ensure(
            [
                Index("incident", [("brand_id", 1), ("incident_id", 1)]),
                Index("due", [("brand_id", 1), ("state", 1), ("escalates_at", 1)]),
            ]
        )
        await self.page_deliveries.ensure(
            [
                Index("page", [("brand_id", 1), ("page_id", 1)]),
                Index("due", [("brand_id", 1), ("state", 1), ("next_at", 1)]),
            ]
        )


def _held_index(slot: int) -> Index:
    """Only answers that a freeze stopped are in it, so it costs the others nothing."""
    path = f"slots.s{slot}.failed.code"
    return Index(f"held{slot}", [("brand_id", 1), (path, 1)], where={path: HELD})
