"""What the storm worker counts beyond what every service counts."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.metrics import FAST_BUCKETS_S, RuntimeMetrics


class StormMetrics:
    """Brands followed, bins closed, decisions, and how long after the closing they are out."""

    def __init__(self, registry: CollectorRegistry, runtime: RuntimeMetrics) -> None:
        self.unexpected = runtime.unexpected
        self.brands = Gauge(
            "rapport_storm_brands", "Brands that this worker follows.", registry=registry
        )
        self.bins = Counter("rapport_storm_bins", "Five-minute bins closed.", registry=registry)
        self.changes = Counter(
            "rapport_storm_changes",
            "Storm states entered, by level.",
            ("level",),
            registry=registry,
        )
        self.alarm_seconds = Histogram(
            "rapport_storm_alarm_seconds",
            "From the closing of a bin to the acknowledgement of what was decided.",
            buckets=FAST_BUCKETS_S,
            registry=registry,
        )
        self.state_bytes = Histogram(
            "rapport_storm_state_bytes",
            "Size of a brand's state as it is stored.",
            buckets=(512, 1024, 2048, 4096, 8192, 16384, 65536, 262144, 1048576),
            registry=registry,
        )
        self.refused_writes = Counter(
            "rapport_storm_refused_writes",
            "States that another worker had written meanwhile, and that were worked out again.",
            registry=registry,
        )
        self.clock_skew_seconds = Gauge(
            "rapport_storm_clock_skew_seconds",
            "How far this machine's clock is from the database's.",
            registry=registry,
        )
