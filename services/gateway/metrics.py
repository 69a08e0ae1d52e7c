"""The gateway's own metrics. Closed label sets only; those every service has are in runtime."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class GatewayMetrics:
    """Counters of the live updates and the projection."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.live_clients = Gauge(
            "rapport_gateway_live_clients", "Pages that listen for updates.", registry=registry
        )
        self.pulses = Counter(
            "rapport_gateway_pulses", "Changes heard from the database.", registry=registry
        )
        self.projected = Counter(
            "rapport_gateway_projected_messages",
            "Message documents written by the projection, by topic.",
            ("topic",),
            registry=registry,
        )
        self.page_attempts = Counter(
            "rapport_gateway_page_attempts",
            "Attempts to page somebody about a storm, by channel and outcome.",
            ("channel", "outcome"),
            registry=registry,
        )
