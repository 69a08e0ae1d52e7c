"""What the storm room adds to an incident: what changed in ten minutes, what is answered, who wrote. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contracts.storms import ThreadCount, TopicCount
from services.gateway.domain.incident_views import CurvePoint, IncidentView

LOOKBACK = timedelta(minutes=10)
SHOWN_FOR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Change:
    """A number ten minutes ago and now. `name` is a key of the words in web/storms."""

    name: str
    then: float
    now: float

    @property
    def difference(self) -> float:
        """Now less then."""
        return self.now - self.then


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """A message as the room shows it. `answer` is the state of the brand's answer."""

    message_id: str
    thread_id: str
    network: str
    kind: str
    author: str
    text: str
    at: datetime
    answer: str = "none"
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread of the incident and the message that opens it; null when it is not stored here."""

    count: ThreadCount
    message: RoomMessage | None


@dataclass(frozen=True, slots=True)
class RoomView:
    """What the room shows beside the incident itself.

    `compared_at` is the minute that `changes` compare with; null when there is none. `negative` are
    the negative messages stored since the onset, `answered` those of them with a published answer.
    """

    incident: IncidentView
    compared_at: datetime | None
    changes: list[Change]
    new_topics: list[TopicCount]
    origin: ThreadLine | None
    threads: list[ThreadLine]
    examples: list[RoomMessage]
    negative: int = 0
    answered: int = 0
    is_more: bool = False
    points: list[CurvePoint] = field(default_factory=list)

    @property
    def answered_share(self) -> float:
        """The share of negative messages that were answered; 0 when there are none."""
        return self.answered / self.negative if self.negative else 0.0


def recent(points: Sequence[CurvePoint], within: timedelta = SHOWN_FOR) -> list[CurvePoint]:
    """Return the points of the last hours before the newest one."""
    if not points:
        return []
    since = points[-1].at - within
    return [point for point in points if point.at >= since]


def point_before(points: Sequence[CurvePoint], lookback: timedelta = LOOKBACK) -> CurvePoint | None:
    """Return the newest point that is at least `lookback` older than the last one."""
    if not points:
        return None
    latest = points[-1].at - lookback
    return next((point for point in reversed(points) if point.at <= latest), None)


def changes_of(points: Sequence[CurvePoint]) -> list[Change]:
    """Return the numbers of ten minutes ago and of now; empty while there is nothing to compare."""
    then = point_before(points)
    if then is None:
        return []
    now = points[-1]
    return [
        Change("hostile", then.hostile, now.hostile),
        Change("hostile_authors", then.hostile_authors, now.hostile_authors),
        Change("messages", then.messages, now.messages),
        Change("expected_hostile", then.expected_hostile, now.expected_hostile),
        Change("severity", then.severity, now.severity),
        Change("score", then.score, now.score),
    ]


def new_topics(points: Sequence[CurvePoint], topics: Sequence[TopicCount]) -> list[TopicCount]:
    """Return the topics of now that were not there ten minutes ago; none without a comparison."""
    then = point_before(points)
    if then is None:
        return []
    return [topic for topic in topics if topic.topic_hash not in then.topic_hashes]
