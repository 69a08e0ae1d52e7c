"""What classify counts beyond what every service counts."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from runtime.metrics import FAST_BUCKETS_S


class ClassifyMetrics:
    """Labels given, and how long after receipt; signals said."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.labels = Counter(
            "rapport_classify_labels",
            "Messages labelled, by intent.",
            ("intent",),
            registry=registry,
        )
        self.passed_on = Counter(
            "rapport_classify_passed_on",
            "Messages without anything to label: deletes, own, empty.",
            registry=registry,
        )
        self.delay_seconds = Histogram(
            "rapport_classify_delay_seconds",
            "From the receipt of a message to its labels.",
            buckets=FAST_BUCKETS_S,
            registry=registry,
        )
        self.signals = Counter(
            "rapport_classify_signals",
            "Totals of a brand's bucket of ten seconds that were said on the bus.",
            registry=registry,
        )
