"""Respond's own metrics. What every service counts is in runtime.metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from runtime.metrics import FAST_BUCKETS_S


class ModelMetrics:
    """What language models are asked, and what they cost."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "rapport_respond_model_calls", "Calls of brands' language models, by how they ended.",
            ("outcome",), registry=registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "rapport_respond_model_seconds", "Time a language model takes to answer.",
            buckets=FAST_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self.tokens = Counter(
            "rapport_respond_model_tokens", "Tokens that language models took in and gave out.",
            ("direction",), registry=registry,
        )  # fmt: skip


class RespondMetrics:
    """Counters of drafts, decisions and publications, by closed label sets only."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.drafts = Counter(
            "rapport_respond_drafts", "Messages answered with a draft or a reason, by decision.",
            ("approval", "abstained"), registry=registry,
        )  # fmt: skip
        self.held = Counter(
            "rapport_respond_held_automatic",
            "Answers that were not released automatically, by reason.",
            ("code",), registry=registry,
        )  # fmt: skip
        self.draft_seconds = Histogram(
            "rapport_respond_draft_seconds", "Time to compose the drafts of one message.",
            buckets=FAST_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self.models = ModelMetrics(registry)
        self.calls = Counter(
            "rapport_respond_publish_calls", "Calls that publish, by network and outcome class.",
            ("network", "outcome"), registry=registry,
        )  # fmt: skip
        self.call_seconds = Histogram(
            "rapport_respond_publish_call_seconds", "Time a network takes to answer a publish.",
            ("network",), buckets=FAST_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self.looks = Counter(
            "rapport_respond_publish_looks", "Looks for lost receipts, by network and finding.",
            ("network", "finding"), registry=registry,
        )  # fmt: skip
        self.ends = Counter(
            "rapport_respond_publications", "Answers that reached an end, by network and state.",
            ("network", "state"), registry=registry,
        )  # fmt: skip
        self.acts = Counter(
            "rapport_respond_moderation_calls", "Calls that moderate, by network, act and outcome.",
            ("network", "act", "outcome"), registry=registry,
        )  # fmt: skip
        self.guard_trips = Counter(
            "rapport_respond_wrong_brand_guard",
            "Answers stopped because brand, account or thread did not belong together.",
            registry=registry,
        )
        self.refused_approvals = Counter(
            "rapport_respond_refused_approvals",
            "Approvals that the gateway did not sign as they stand, by what is wrong with them.",
            ("code",), registry=registry,
        )  # fmt: skip
        self.second_receipts = Counter(
            "rapport_respond_second_receipts",
            "Receipts that came for a call that was already settled otherwise.",
            registry=registry,
        )
        self.in_flight = Gauge(
            "rapport_respond_publishing", "Answers being published now.", registry=registry
        )
