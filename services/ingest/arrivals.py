"""What the coming of items tells: how long they were on their way, whether a webhook is silent, what
was found by looking. Counted here and noted for the health of their accounts."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from contracts.networks.table import rules
from services.ingest.connectors.protocol import Normalised
from services.ingest.directory import Connection
from services.ingest.health import Health
from services.ingest.metrics import IngestMetrics
from services.ingest.placing import LATE_AFTER, LATE_CHANNELS, Placed

MISSED_AFTER = timedelta(minutes=2)
"""A webhook that has not come by then is missed: what it told of is found by looking."""


class Arrivals:
    """Counts and notes; looks nothing up."""

    def __init__(self, health: Health, metrics: IngestMetrics) -> None:
        self._health = health
        self._metrics = metrics

    def count(self, network: str, normalised: Normalised) -> None:
        """Count what one delivery held."""
        for item in normalised.items:
            self._metrics.items.labels(item.network, item.action).inc()
        ignored = sum(normalised.ignored.values())
        if ignored:
            self._metrics.ignored.labels(network).inc(ignored)

    def note(self, placed: Sequence[Placed], fresh: Collection[str]) -> None:
        """Note a batch of items; `fresh` are the ids of those that were never seen before."""
        missed: Counter[str] = Counter()
        left = set(fresh)  # one item may come several times in a batch
        connections: dict[str, Connection] = {}
        for one in placed:
            connection = one.connection
            connections[connection.connection_id] = connection
            if one.delivery.channel == "webhook":
                self._health.called(connection)
            if one.item.action != "created" or one.item.kind == "post":
                continue
            if _is_missed(one) and one.message_id in left:
                left.discard(one.message_id)
                missed[connection.connection_id] += 1
            elif one.delivery.channel != "context":
                self._on_time(one)
        for connection_id, count in missed.items():
            self._missed(connections[connection_id], count)

    def _on_time(self, one: Placed) -> None:
        created_at, at = one.item.created_at, one.delivery.received_at
        self._health.item(one.connection, created_at, at)
        if created_at is not None and one.message_id:
            lag_s = max(0.0, (at - created_at).total_seconds())
            self._metrics.lag_seconds.labels(one.connection.network).observe(lag_s)

    def _missed(self, connection: Connection, count: int) -> None:
        self._health.missed(connection, count)
        if _is_told(connection) and connection.subscribed_url is not None:
            self._health.silent(connection)


def _is_missed(one: Placed) -> bool:
    """Say whether looking found what should have come by itself, since the account was connected."""
    created_at, connected_at = one.item.created_at, one.connection.connected_at
    if one.delivery.channel not in LATE_CHANNELS or created_at is None or connected_at is None:
        return False
    after = MISSED_AFTER if _is_told(one.connection) else LATE_AFTER
    return created_at > connected_at and one.delivery.received_at - created_at > after


def _is_told(connection: Connection) -> bool:
    return rules(connection.network).arrivals[:1] == ("webhook",)
