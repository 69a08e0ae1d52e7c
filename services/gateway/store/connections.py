"""Writing what events say about accounts: the connection, its health, what became of a request."""

from collections.abc import Sequence

from contracts.connections import ConnectionChanged, ConnectionHealth, ConnectionRefused
from contracts.scope import BrandScope
from runtime.mongo import Document, Write
from services.gateway.domain.inbox import whole_ms
from services.gateway.store.database import GatewayDatabase


class ConnectionProjection:
    """Applies connection events. Every write carries its own brand; repeats change nothing."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._connections = database.connections
        self._requests = database.requests

    async def apply_changes(self, changes: Sequence[tuple[BrandScope, ConnectionChanged]]) -> None:
        """Keep the greatest revision of each connection, without its token, and what was asked."""
        newest: dict[str, Write] = {}
        for scope, change in sorted(changes, key=lambda pair: pair[1].revision):
            newest[change.connection_id] = _connection(scope, change)
        await self._connections.write(list(newest.values()))
        await self._requests.write(
            [_fulfilled(scope, change) for scope, change in changes if change.request_id]
        )

    async def apply_health(self, measured: Sequence[tuple[BrandScope, ConnectionHealth]]) -> None:
        """Keep the latest measurement of each connection."""
        latest: dict[str, Write] = {}
        for scope, health in sorted(measured, key=lambda pair: pair[1].measured_at):
            latest[health.connection_id] = _health(scope, health)
        await self._connections.write(list(latest.values()))

    async def apply_refusals(self, refused: Sequence[tuple[BrandScope, ConnectionRefused]]) -> None:
        """Note at the requests why they could not be carried out."""
        await self._requests.write([_refused(scope, refusal) for scope, refusal in refused])


def _connection(scope: BrandScope, change: ConnectionChanged) -> Write:
    fields = change.model_dump(exclude={"connection_id", "brand_id", "sealed_token"})
    fields["changed_at"] = whole_ms(change.changed_at)
    is_newer = {"$gt": [change.revision, {"$ifNull": ["$revision", -1]}]}
    told = {name: {"$cond": [is_newer, {"$literal": v}, f"${name}"]} for name, v in fields.items()}
    where = {"_id": change.connection_id, "brand_id": scope.brand_id}
    return Write(where, [{"$set": told}])


def _health(scope: BrandScope, health: ConnectionHealth) -> Write:
    fields: Document = health.model_dump(exclude={"connection_id", "brand_id", "network"})
    fields["measured_at"] = whole_ms(health.measured_at)
    known = {"$ifNull": ["$health.measured_at", None]}
    is_newer = {"$or": [{"$eq": [known, None]}, {"$gt": [fields["measured_at"], known]}]}
    told = {"health": {"$cond": [is_newer, {"$literal": fields}, "$health"]}}
    # The health of an account may come before the account itself: it is shown once both are here.
    return Write({"_id": health.connection_id, "brand_id": scope.brand_id}, [{"$set": told}])


def _fulfilled(scope: BrandScope, change: ConnectionChanged) -> Write:
    where = {"_id": change.request_id, "brand_id": scope.brand_id}
    return Write(where, {"$addToSet": {"accounts": change.connection_id}}, is_upsert=False)


def _refused(scope: BrandScope, refusal: ConnectionRefused) -> Write:
    where = {"_id": refusal.request_id, "brand_id": scope.brand_id}
    told = {"code": refusal.code, "reason": refusal.reason, "at": whole_ms(refusal.refused_at)}
    return Write(where, {"$set": {"refused": told}}, is_upsert=False)
