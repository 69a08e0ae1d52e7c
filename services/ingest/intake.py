"""The webhook door: verified on the raw bytes, put whole on the bus, and only then answered."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from contracts.topics import DELIVERY_RECEIVED
from runtime.bus import Bus
from runtime.clock import Clock
from runtime.errors import Conflict, Invalid, NotFound, Unavailable
from runtime.logs import get_logger
from runtime.slots import room_of
from runtime.web import HttpError
from services.ingest.connectors.protocol import AppSecrets
from services.ingest.directory import Connection, Directory
from services.ingest.doors import DOORS, Door, limit_of
from services.ingest.handshakes import Answer, answer_get, answer_ping
from services.ingest.metrics import IngestMetrics
from services.ingest.postbox import delivery_event, wrap_page
from services.ingest.readers import Readers
from services.ingest.signatures import Call, is_valid
from services.ingest.store import IngestStore

ACKNOWLEDGE_WITHIN_S = 2.0
_SMALL_BYTES = 1024 * 1024
_CALL_ID = ("webhook-id", "svix-id")
log = get_logger("ingest.intake")


class Intake:
    """Accepts webhook bodies. Everything it answers 2xx to is on the bus."""

    def __init__(
        self,
        apps: Mapping[str, AppSecrets],
        bus: Bus,
        parts: tuple[Directory, Readers, IngestStore],
        clock: Clock,
        metrics: IngestMetrics,
    ) -> None:
        self._apps = apps
        self._bus = bus
        self._directory, self._readers, self._store = parts
        self._clock = clock
        self._metrics = metrics

    def limit_of(self, name: str) -> int:
        """Return how many bytes may be read before anything is known of them."""
        door = DOORS.get(name)
        return door.limit_bytes if door and name in ("meta", "whatsapp") else _SMALL_BYTES

    def challenge(self, name: str, query: str) -> Answer:
        """Return the answer to a network's handshake. Raises 404 where there is none."""
        door = self._door(name)
        answer = answer_get(door.handshake, query, self._apps_of(door)) if door.apps else None
        if answer is None:
            self._metrics.deliveries.labels("unknown", "unknown_network").inc()
            raise NotFound("network.unknown", _UNKNOWN)
        self._count(door.network, "handshake" if answer.status == 200 else "bad_handshake")
        return answer

    async def accept(
        self, name: str, raw: bytes, headers: Mapping[str, str], connection_id: str | None = None
    ) -> Answer:
        """Put a webhook body on the bus; answer how many of its parts are for known accounts.

        Raises 404 unknown network or account, 413 too large, 401 unsigned or stale, 400 not JSON,
        409 an id that came with another body, 415 no JSON at all, 503 no bus.
        """
        door = self._door(name)
        connection = self._connection(door, connection_id)
        if len(raw) > self.limit_of(name):
            self._too_large(door.network)
        call = Call(raw, headers, self._clock.now().timestamp())
        if not is_valid(door.scheme, call, self._secrets(door, connection)):
            self._refuse(door.network, 401, "signature.invalid", _UNSIGNED)
        self._check_type(door.network, headers.get("content-type", ""))
        body = _read_json(raw)
        if door.handshake and (pong := answer_ping(door.handshake, body)) is not None:
            return pong
        network = connection.network if connection else door.network_in(body)
        if len(raw) > limit_of(network):
            self._too_large(network)
        known = 1 if connection else self._known_parts(door, body)
        if known == 0:
            self._count(network, "unknown_connection")
            raise NotFound("connection.unknown", "no account of this webhook is connected here")
        await self._put(network, raw, connection, await self._key(call, raw, connection))
        self._count(network, "accepted")
        return Answer(200, "application/json", json.dumps({"accepted": known}))

    def _door(self, name: str) -> Door:
        door = DOORS.get(name)
        if door is None or (door.apps and not self._app_secrets(door)):
            self._metrics.deliveries.labels("unknown", "unknown_network").inc()
            raise NotFound("network.unknown", _UNKNOWN)
        return door

    def _connection(self, door: Door, connection_id: str | None) -> Connection | None:
        """Return the connection that the path names; a door without an app is shut without one."""
        found = self._directory.by_id(connection_id) if connection_id else None
        is_ours = found and found.network in door.serves and found.state != "removed"
        if (connection_id or not door.apps) and not is_ours:
            self._count(door.network, "unknown_connection")
            raise NotFound("connection.unknown", "no account of this webhook is connected here")
        return found

    def _apps_of(self, door: Door) -> list[AppSecrets]:
        return [self._apps[name] for name in door.apps if name in self._apps]

    def _app_secrets(self, door: Door) -> list[str]:
        apps = self._apps_of(door)
        if door.handshake == "discord":
            return [app.public_key for app in apps if app.public_key]
        return [secret for app in apps for secret in app.secrets if secret]

    def _secrets(self, door: Door, connection: Connection | None) -> list[str]:
        if door.own_key is None or connection is None:
            return self._app_secrets(door)
        return self._readers.webhook_secrets(connection, door.own_key)

    def _known_parts(self, door: Door, body: Any) -> int:
        named = door.accounts(body)
        if named is None:
            return 1
        by_account = self._directory.by_account
        return sum(any(by_account(one, account) for one in networks) for networks, account in named)

    async def _key(self, call: Call, raw: bytes, connection: Connection | None) -> str:
        """Return the natural key of a delivery: the sender's own id where it signs one, else the body."""
        body = hashlib.sha256(raw).hexdigest()
        if connection is None:
            return body
        call_id = next(filter(None, map(call.header, _CALL_ID)), None)
        if call_id is None:
            return f"{connection.connection_id}\x1f{body}"
        at = self._clock.now()
        if not await self._store.note_call(connection.scope, connection, (call_id, body), at):
            log.warning(
                "security.webhook_id_reused",
                connection_id=connection.connection_id, brand_id=connection.scope.brand_id,
            )  # fmt: skip
            self._count(connection.network, "id_reused")
            raise Conflict("delivery.id_reused", "this webhook-id came with another body before")
        return f"{connection.connection_id}\x1f{call_id}"

    async def _put(self, network: str, raw: bytes, connection: Connection | None, key: str) -> None:
        delivery = wrap_page(
            network, "webhook", raw, key, received_at=self._clock.now(),
            connection_id=connection.connection_id if connection else None,
        )  # fmt: skip
        event = delivery_event(delivery, connection.scope if connection else None)
        if len(raw) > _SMALL_BYTES and len(event.encode()) > room_of(DELIVERY_RECEIVED.name):
            self._too_large(network)
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN_S):
                await self._bus.send([event])
        except (TimeoutError, Unavailable) as error:
            self._count(network, "bus_away")
            raise Unavailable(
                "bus.away", "the delivery could not be stored; please send it again", 2
            ) from error

    def _check_type(self, network: str, content_type: str) -> None:
        kind = content_type.partition(";")[0].strip().lower()
        if kind and not kind.endswith("json") and kind not in _UNSPECIFIC:
            self._refuse(network, 415, "delivery.wrong_type", "the body must be application/json")

    def _too_large(self, network: str) -> None:
        self._refuse(network, 413, "delivery.too_large", "the body is too large for this webhook")

    def _refuse(self, network: str, status: int, code: str, detail: str) -> None:
        self._count(network, code.rpartition(".")[2])
        raise HttpError(status, code, detail)

    def _count(self, network: str, outcome: str) -> None:
        self._metrics.deliveries.labels(network, outcome).inc()


_UNKNOWN = "no webhook of this network is switched on here"
_UNSIGNED = "the signature is missing, too old, or does not match the body under the secret"
_UNSPECIFIC = ("text/plain", "application/octet-stream")


def _read_json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("delivery.not_json", "the body is not JSON") from error
