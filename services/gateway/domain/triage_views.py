"""What storm triage shows: groups of alike messages, and releases under way. Plain read models."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.gateway.domain.storm_room import RoomMessage

PACES = (5, 10, 20, 40)
ReleaseState = Literal["running", "stopped", "done"]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Alike messages. `waiting` are the ids that can still be answered, the oldest first."""

    group_id: str
    name: str
    topic_hash: str
    messages: int
    people: int
    languages: dict[str, int]
    first: RoomMessage
    examples: list[RoomMessage]
    waiting: list[str]


@dataclass(frozen=True, slots=True)
class TriageView:
    """The groups of an incident, the greatest first. `is_cut`: there are more messages than looked at."""

    incident_id: str
    brand_id: str
    messages: int
    groups: list[GroupView]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """Answers that leave one after the other. `left_out` are those that could not, with why."""

    release_id: str
    incident_id: str
    brand_id: str
    name: str
    by_name: str
    per_minute: int
    state: ReleaseState
    created_at: datetime
    total: int
    released: int
    waiting: int
    left_out: list[str] = field(default_factory=list)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answering:
    """What a person wants to say to whom: up to three phrasings, `{name}` is filled in."""

    message_ids: list[str]
    phrasings: list[str]
    per_minute: int = 10
    name: str = ""
