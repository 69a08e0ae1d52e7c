"""What ingest counts beyond what every service counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge


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
