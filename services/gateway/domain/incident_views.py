"""What pages and API show of storms: boards, incidents, their curve and log. Plain read models."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts.storms import Growth, Level, Steer, StormNumbers, ThreadCount, TopicCount

LogKind = Literal[
    "transition", "freeze", "resume", "page", "acknowledged", "escalated", "unreachable", "step",
    "statement", "signed", "note", "steer", "verdict", "drill",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FreezeView:
    """Whether a brand is frozen, since when, by whom and why. `held` are ids of stopped answers."""

    is_frozen: bool
    reason: str
    by_name: str
    changed_at: datetime
    held: list[str] = field(default_factory=list)
    incident_id: str | None = None


@dataclass(frozen=True, slots=True)
class AskedView:
    """What a person asked for last, until the answer to it is here."""

    what: str
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BoardView:
    """Where a brand stands: its storm state as last decided, and its freeze.

    `incident_id` is of the open incident. `asked_storm` and `asked_freeze` wait for an answer.
    """

    brand_id: str
    level: Level = "calm"
    severity: int = 0
    sentence: str = ""
    incident_id: str | None = None
    changed_at: datetime | None = None
    since: datetime | None = None
    snoozed_until: datetime | None = None
    expected_until: datetime | None = None
    expected_name: str = ""
    is_expected: bool = False
    is_manual: bool = False
    uncertain: list[str] = field(default_factory=list)
    freeze: FreezeView | None = None
    asked_storm: AskedView | None = None
    asked_freeze: AskedView | None = None
    asked_drill: AskedView | None = None
    drill_id: str | None = None

    @property
    def is_frozen(self) -> bool:
        """Say whether nothing of the brand goes out by itself."""
        return self.freeze is not None and self.freeze.is_frozen


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the playbook in an incident.

    `due_at` is null until its level is reached; `is_overdue`: open, and its time is over.
    """

    step_id: str
    title: str
    about: str
    level: str
    role: str
    way: str
    act: str
    minutes: int
    due_at: datetime | None = None
    is_overdue: bool = False
    done_at: datetime | None = None
    done_by: str = ""
    note: str = ""

    @property
    def is_reached(self) -> bool:
        """Say whether the incident has come to the step's level."""
        return self.due_at is not None


@dataclass(frozen=True, slots=True)
class StatementView:
    """A holding statement. Signed off, it is a text to use; nothing sends it by itself."""

    statement_id: str
    text: str
    drafted_by: str
    drafted_by_id: str
    drafted_at: datetime
    signed_by: str = ""
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What people say it was, after the end."""

    is_confirmed: bool
    by_name: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest count of hostile messages in one window, and when that was."""

    hostile: int
    at: datetime


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """An incident in a list."""

    incident_id: str
    brand_id: str
    level: Level
    severity: int
    top_severity: int
    sentence: str
    opened_at: datetime
    closed_at: datetime | None
    is_drill: bool
    peak: Peak
    verdict: VerdictView | None = None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident whole, but for its curve, its log and its pages.

    `answers` were published while it lasted, the first of them at `first_answer_at`.
    `reached` says when a level (watch, storm, serious, subsiding) was first reached.
    """

    line: IncidentLine
    agency_id: str
    onset_at: datetime | None
    changed_at: datetime
    numbers: StormNumbers
    growth: Growth
    ends_when: str
    uncertain: list[str]
    examples: list[str]
    topics: list[TopicCount]
    threads: list[ThreadCount]
    emotions: dict[str, int]
    networks: dict[str, int]
    is_manual: bool
    is_expected: bool
    reached: dict[str, datetime]
    steps: list[StepView]
    statements: list[StatementView]
    answers: int = 0
    first_answer_at: datetime | None = None

    @property
    def incident_id(self) -> str:
        """The incident's id."""
        return self.line.incident_id

    @property
    def brand_id(self) -> str:
        """Whose incident it is."""
        return self.line.brand_id

    @property
    def is_open(self) -> bool:
        """Say whether it still lasts."""
        return self.line.closed_at is None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One minute of an incident, as last decided in it. `hostile` and `messages` are of the window.

    `topic_hashes` name the topics that were told of it; empty for minutes of before they were kept.
    """

    at: datetime
    level: Level
    severity: int
    score: float
    messages: int
    hostile: int
    hostile_authors: int
    expected_hostile: float
    expected_messages: float
    window_min: int
    topic_hashes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an incident's log. It is never changed. `who_name` is empty for Rapport itself."""

    entry_id: str
    incident_id: str
    at: datetime
    kind: LogKind
    text: str
    who_id: str = ""
    who_name: str = ""
    level: str = ""
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try to reach somebody, and what came of it."""

    at: datetime
    is_sent: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A page on its way to one person by one channel. state: waiting, sent, failed or dropped."""

    delivery_id: str
    name: str
    channel: str
    target: str
    state: str
    attempts: list[AttemptView]
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PageView:
    """A call for somebody. state: open, acknowledged, exhausted (everybody was called) or over."""

    page_id: str
    incident_id: str
    brand_id: str
    role: str
    state: str
    severity: int
    sentence: str
    opened_at: datetime
    is_drill: bool
    escalates_at: datetime | None = None
    called: list[str] = field(default_factory=list)
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    is_unreachable: bool = False
    deliveries: list[DeliveryView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeldView:
    """An answer that a freeze stopped: where to look at it, and let it go."""

    message_id: str
    thread_id: str
    author: str
    text: str


STEERS: tuple[Steer, ...] = ("raise", "end", "snooze", "expect", "confirm", "reject")
