"""What ingest counts beyond what every service counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class IngestMetrics:
    """Deliveries, items and connections, by closed label sets."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.deliveries = Counter(
            "rapport_ingest_deliveries",
            "Webhook requests, by network and outcome.",
            ("network", "outcome"),
            registry=registry,
        )
        self.items = Counter(
            "rapport_ingest_items",
            "Items read out of deliveries, by network and action.",
            ("network", "action"),
            registry=registry,
        )
        self.ignored = Counter(
            "rapport_ingest_ignored_parts",
            "Parts of deliveries that are no messages, by network.",
            ("network",),
            registry=registry,
        )
        self.connections = Gauge(
            "rapport_ingest_connections",
            "Connected accounts, by network and state.",
            ("network", "state"),
            registry=registry,
        )
        self.pages = Counter(
            "rapport_ingest_pages",
            "Pages and frames read from networks, by network and channel.",
            ("network", "channel"),
            registry=registry,
        )
        self.troubles = Gauge(
            "rapport_ingest_connection_troubles",
            "Connected accounts that something is wrong with, by network and trouble.",
            ("network", "trouble"),
            registry=registry,
        )
        self.gaps = Counter(
            "rapport_ingest_connection_gaps",
            "Silences of accounts, by network: found, and read again.",
            ("network", "state"),
            registry=registry,
        )
        self.gap_items = Counter(
            "rapport_ingest_connection_gap_items",
            "Items that should have come before and were found by looking, by network.",
            ("network",),
            registry=registry,
        )
        self.lag_seconds = Histogram(
            "rapport_ingest_connection_lag_seconds",
            "From the writing of an item to its arrival here, by network.",
            ("network",),
            buckets=(1, 5, 30, 60, 300, 900, 3600),
            registry=registry,
        )
