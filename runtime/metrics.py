"""The metrics every service has. One registry per process; a service's own are in its metrics.py."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

FAST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class RuntimeMetrics:
    """Counters of the stage loop, the outbox and HTTP, by closed label sets only."""

    def __init__(self, registry: CollectorRegistry, service: str, version: str) -> None:
        self.registry = registry
        prefix = f"rapport_{service}"
        self.build = Gauge(
            "rapport_build_info",
            "Version of this process.",
            ("service", "version"),
            registry=registry,
        )
        self.build.labels(service, version).set(1)
        self.events = Counter(
            f"{prefix}_events",
            "Events handled, by topic and outcome.",
            ("topic", "outcome"),
            registry=registry,
        )
        self.batch_seconds = Histogram(
            f"{prefix}_batch_seconds",
            "Time to handle, publish and commit one batch.",
            ("topic",),
            buckets=FAST_BUCKETS_S,
            registry=registry,
        )
        self.retries = Counter(
            f"{prefix}_retries", "Repeats in place, by topic.", ("topic",), registry=registry
        )
        self.dead_letters = Counter(
            f"{prefix}_dead_letters",
            "Events put aside, by topic and reason code.",
            ("topic", "reason"),
            registry=registry,
        )
        self.open_fuses = Gauge(
            f"{prefix}_open_fuses",
            "Partitions that stopped because too much failed.",
            ("topic",),
            registry=registry,
        )
        self.unexpected = Counter(
            f"{prefix}_unexpected_errors",
            "Exceptions that are bugs of ours.",
            ("where",),
            registry=registry,
        )
        self._watch_work(prefix, registry)
        self._count_http(prefix, registry)

    def _watch_work(self, prefix: str, registry: CollectorRegistry) -> None:
        self.assigned = Gauge(
            f"{prefix}_assigned_partitions", "Partitions this process reads.", registry=registry
        )
        self.rebalances = Counter(
            f"{prefix}_rebalances", "Times the partitions were dealt anew.", registry=registry
        )
        self.lag = Gauge(
            f"{prefix}_lag_messages",
            "Records not yet handled, by topic, on this process.",
            ("topic",),
            registry=registry,
        )
        self.outbox_depth = Gauge(
            f"{prefix}_outbox_depth",
            "Documents with events not yet published.",
            ("collection",),
            registry=registry,
        )

    def _count_http(self, prefix: str, registry: CollectorRegistry) -> None:
        self.http_requests = Counter(
            f"{prefix}_http_requests",
            "Requests answered.",
            ("route", "method", "code"),
            registry=registry,
        )
        self.http_seconds = Histogram(
            f"{prefix}_http_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=FAST_BUCKETS_S,
            registry=registry,
        )

    def render(self) -> tuple[bytes, str]:
        """Return the exposition text and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


Probe = Callable[[], str | None]
"""A health probe: None when well, else one sentence that says what is wrong. Never does I/O."""
