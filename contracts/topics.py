"""THE registry: every topic, what it carries, who writes it, who reads it, how it is kept."""

from dataclasses import dataclass

from contracts.brands import BrandChanged
from contracts.connections import (
    ConnectionChanged,
    ConnectionHealth,
    ConnectionRefused,
    ConnectionRequested,
    GrantRefused,
)
from contracts.corrections import LabelCorrected, RelabelRequested, RelabelSettled
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Payload
from contracts.knowledge import KnowledgeChanged
from contracts.messages import MessageClassified, MessageReceived, ReceiptReceived
from contracts.moderation import ModerationRequested, ModerationSettled
from contracts.promises import PromiseMade
from contracts.replies import (
    ReplyApproved,
    ReplyDrafted,
    ReplyExpired,
    ReplyFailed,
    ReplyPublished,
    ReplyRejected,
)
from contracts.storms import (
    DrillRequested,
    FreezeChanged,
    FreezeRequested,
    SignalObserved,
    StormChanged,
    StormSteered,
)

SERVICES = ("ingest", "classify", "respond", "gateway")
DEAD_LETTER_PARTITIONS = 3
DEAD_LETTER_RETENTION_DAYS = 30


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `key` says what the partition key is: records of one key stay in order."""

    name: str
    payload: type[Payload]
    about: str
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 12
    retention_days: int = 7
    max_message_bytes: int = 1024 * 1024
    worker: str = ""
    """Which consumer of the reader takes it, where that is not the service's own."""

    def group(self, service: str) -> str:
        """Name of the consumer group in which this service reads it."""
        return f"{service}-{self.worker}" if self.worker else service

    def dead_letters(self, group: str) -> str:
        """Name of the topic that takes what this group could not handle."""
        return f"{self.name}.{group}.dlq"


DELIVERY_RECEIVED = Topic(
    "delivery.received.v1",
    DeliveryReceived,
    "Raw webhook bodies, stream frames and polled pages, before anybody read them.",
    "delivery_id",
    producers=("ingest",),
    consumers=("ingest",),
    max_message_bytes=4 * 1024 * 1024,
)
MESSAGE_RECEIVED = Topic(
    "message.received.v1",
    MessageReceived,
    "One item of a community was written, edited, deleted or hidden.",
    "thread_id",
    producers=("ingest",),
    consumers=("classify", "gateway"),
    max_message_bytes=2 * 1024 * 1024,
)
MESSAGE_CLASSIFIED = Topic(
    "message.classified.v1",
    MessageClassified,
    "The same item with its labels, their probabilities and reasons.",
    "thread_id",
    producers=("classify",),
    consumers=("respond", "gateway"),
    max_message_bytes=2 * 1024 * 1024,
)
REPLY_DRAFTED = Topic(
    "reply.drafted.v1",
    ReplyDrafted,
    "An answer was proposed, or a person must write it and why.",
    "message_id",
    producers=("respond",),
    consumers=("gateway",),
)
REPLY_APPROVED = Topic(
    "reply.approved.v1",
    ReplyApproved,
    "A person released an answer; it is published as it stands.",
    "message_id",
    producers=("gateway",),
    consumers=("respond",),
)
REPLY_REJECTED = Topic(
    "reply.rejected.v1",
    ReplyRejected,
    "A person decided that a draft is not sent.",
    "message_id",
    producers=("gateway",),
    consumers=("respond",),
)
REPLY_EXPIRED = Topic(
    "reply.expired.v1",
    ReplyExpired,
    "Nobody approved in time; the brand's holding reply shall stand in.",
    "message_id",
    producers=("gateway",),
    consumers=("respond",),
)
REPLY_PUBLISHED = Topic(
    "reply.published.v1",
    ReplyPublished,
    "The network has the answer; here is its id.",
    "message_id",
    producers=("respond",),
    consumers=("gateway",),
)
REPLY_FAILED = Topic(
    "reply.failed.v1",
    ReplyFailed,
    "An attempt to publish did not end in a receipt; what happens next.",
    "message_id",
    producers=("respond",),
    consumers=("gateway",),
)
BRAND_CHANGED = Topic(
    "brand.changed.v1",
    BrandChanged,
    "A brand, its voice or its rules changed.",
    "brand_id",
    producers=("gateway",),
    consumers=("ingest", "classify", "respond"),
    partitions=6,
)
KNOWLEDGE_CHANGED = Topic(
    "knowledge.changed.v1",
    KnowledgeChanged,
    "Something a brand knows, or a reply it keeps at hand, was written, changed or taken out.",
    "brand_id",
    producers=("gateway",),
    consumers=("respond",),
    partitions=6,
)
PROMISE_MADE = Topic(
    "promise.made.v1",
    PromiseMade,
    "A published answer promised something, and by when.",
    "message_id",
    producers=("respond",),
    consumers=("gateway",),
    partitions=6,
)
LABEL_CORRECTED = Topic(
    "label.corrected.v1",
    LabelCorrected,
    "A person said what a label should be.",
    "brand_id",
    producers=("gateway",),
    consumers=("classify",),
    partitions=6,
)
RELABEL_REQUESTED = Topic(
    "relabel.requested.v1",
    RelabelRequested,
    "Stored messages of a brand that another model shall read.",
    "job_id",
    producers=("gateway",),
    consumers=("classify",),
    partitions=6,
    worker="relabel",
)
RELABEL_SETTLED = Topic(
    "relabel.settled.v1",
    RelabelSettled,
    "What another model says of a brand's messages.",
    "job_id",
    producers=("classify",),
    consumers=("gateway",),
    partitions=6,
    max_message_bytes=4 * 1024 * 1024,
)
CONNECTION_CHANGED = Topic(
    "connection.changed.v1",
    ConnectionChanged,
    "An account was connected, changed its health or needs a new grant.",
    "connection_id",
    producers=("ingest",),
    consumers=("respond", "gateway"),
    partitions=6,
)
CONNECTION_REQUESTED = Topic(
    "connection.requested.v1",
    ConnectionRequested,
    "A person wants an account connected, checked, read again, paused or removed.",
    "brand_id",
    producers=("gateway",),
    consumers=("ingest",),
    partitions=6,
)
CONNECTION_REFUSED = Topic(
    "connection.refused.v1",
    ConnectionRefused,
    "What a person asked of an account could not be done, and why.",
    "brand_id",
    producers=("ingest",),
    consumers=("gateway",),
    partitions=6,
)
CONNECTION_HEALTH = Topic(
    "connection.health.v1",
    ConnectionHealth,
    "How well an account is being read: last item, lag, quota, gaps, what is wrong.",
    "connection_id",
    producers=("ingest",),
    consumers=("gateway",),
    partitions=6,
    retention_days=1,
)
GRANT_REFUSED = Topic(
    "grant.refused.v1",
    GrantRefused,
    "A network refused an account's credentials while an answer was written.",
    "connection_id",
    producers=("respond",),
    consumers=("ingest",),
    partitions=6,
)
RECEIPT_RECEIVED = Topic(
    "receipt.received.v1",
    ReceiptReceived,
    "A network said that a message of ours was delivered, read or failed.",
    "connection_id",
    producers=("ingest",),
    consumers=("respond", "gateway"),
)
MODERATION_REQUESTED = Topic(
    "moderation.requested.v1",
    ModerationRequested,
    "A person wants an item hidden, shown, deleted, liked or its author blocked.",
    "message_id",
    producers=("gateway",),
    consumers=("respond",),
)
MODERATION_SETTLED = Topic(
    "moderation.settled.v1",
    ModerationSettled,
    "What became of that wish at the network.",
    "message_id",
    producers=("respond",),
    consumers=("gateway",),
)
SIGNAL_OBSERVED = Topic(
    "signal.observed.v1",
    SignalObserved,
    "How many wrote to a brand in ten seconds, and how many of them were hostile.",
    "brand_id",
    producers=("classify",),
    consumers=("classify",),
    retention_days=7,
    worker="storm",
)
STORM_CHANGED = Topic(
    "storm.changed.v1",
    StormChanged,
    "A brand's storm state changed, or has newer numbers, and which numbers caused it.",
    "brand_id",
    producers=("classify",),
    consumers=("respond", "gateway"),
    partitions=6,
)
STORM_STEERED = Topic(
    "storm.steered.v1",
    StormSteered,
    "A person raised, ended, snoozed, expected, confirmed or rejected a storm.",
    "brand_id",
    producers=("gateway",),
    consumers=("classify",),
    worker="storm",
)
DRILL_REQUESTED = Topic(
    "drill.requested.v1",
    DrillRequested,
    "A person wants a made storm rehearsed at a brand, or the rehearsal ended.",
    "brand_id",
    producers=("gateway",),
    consumers=("classify",),
    partitions=6,
)
FREEZE_REQUESTED = Topic(
    "freeze.requested.v1",
    FreezeRequested,
    "A person stopped what a brand would send by itself, or let it go again.",
    "brand_id",
    producers=("gateway",),
    consumers=("respond",),
    partitions=6,
)
FREEZE_CHANGED = Topic(
    "freeze.changed.v1",
    FreezeChanged,
    "A brand is frozen or not, and which answers are held.",
    "brand_id",
    producers=("respond",),
    consumers=("gateway",),
    partitions=6,
)

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        DELIVERY_RECEIVED,
        MESSAGE_RECEIVED,
        MESSAGE_CLASSIFIED,
        REPLY_DRAFTED,
        REPLY_APPROVED,
        REPLY_REJECTED,
        REPLY_EXPIRED,
        REPLY_PUBLISHED,
        REPLY_FAILED,
        BRAND_CHANGED,
        KNOWLEDGE_CHANGED,
        PROMISE_MADE,
        LABEL_CORRECTED,
        RELABEL_REQUESTED,
        RELABEL_SETTLED,
        CONNECTION_CHANGED,
        CONNECTION_REQUESTED,
        CONNECTION_REFUSED,
        CONNECTION_HEALTH,
        GRANT_REFUSED,
        RECEIPT_RECEIVED,
        MODERATION_REQUESTED,
        MODERATION_SETTLED,
        SIGNAL_OBSERVED,
        STORM_CHANGED,
        STORM_STEERED,
        DRILL_REQUESTED,
        FREEZE_REQUESTED,
        FREEZE_CHANGED,
    )
}


def consumed_by(service: str) -> tuple[Topic, ...]:
    """Return the topics that a service reads; its consumer group carries the service's name."""
    return tuple(topic for topic in TOPICS.values() if service in topic.consumers)
