"""The ports about storms: boards and incidents, steering, playbooks, pages. The adapters are in store/."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from contracts.scope import AgencyScope
from contracts.storms import DrillKind, Steer
from services.gateway.domain.cross_watch import SharedTopic
from services.gateway.domain.incident_views import (
    BoardView,
    CurvePoint,
    HeldView,
    IncidentLine,
    IncidentView,
    LogLine,
    PageView,
)
from services.gateway.domain.playbooks import Playbook
from services.gateway.domain.views import Viewer
from services.gateway.room_ports import Reports, Rooms, Triage


class Incidents(Protocol):
    """Boards, incidents and what people add to them. What is outside the scope raises `NotFound`;
    who may only look gets `Forbidden`."""

    async def boards(self, scope: AgencyScope) -> dict[str, BoardView]:
        """Return where the scope's brands stand, by brand id."""
        ...

    async def board(self, scope: AgencyScope, brand_id: str) -> BoardView:
        """Return where a brand stands."""
        ...

    async def lines(self, scope: AgencyScope) -> list[IncidentLine]:
        """Return the 50 newest incidents, drills among them."""
        ...

    async def incident(self, scope: AgencyScope, incident_id: str) -> IncidentView:
        """Return one incident whole, but for its curve, log and pages."""
        ...

    async def curve(self, scope: AgencyScope, incident_id: str) -> list[CurvePoint]:
        """Return its minutes, oldest first."""
        ...

    async def log(self, scope: AgencyScope, incident_id: str) -> list[LogLine]:
        """Return its log, newest first."""
        ...

    async def held(self, scope: AgencyScope, brand_id: str) -> list[HeldView]:
        """Return the answers that a freeze stopped and nobody let go."""
        ...

    async def held_by_brand(self, scope: AgencyScope) -> dict[str, list[HeldView]]:
        """Return what `held` does, for every brand that has such answers."""
        ...

    async def note(self, scope: AgencyScope, viewer: Viewer, incident_id: str, text: str) -> None:
        """Add a note. Raises `Invalid` for no text, or too much."""
        ...

    async def tick(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, step_id: str, note: str = ""
    ) -> None:
        """Tick a step. Raises `Conflict` when somebody did."""
        ...

    async def draft_statement(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, text: str
    ) -> str:
        """Keep a statement to be signed off; return its id."""
        ...

    async def sign(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, statement_id: str
    ) -> None:
        """Sign a statement off: a text to use. Nothing sends it by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a storm state, until when and why."""

    steer: Steer
    note: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Which made storm is rehearsed, how many times faster; or that the drill shall end."""

    kind: DrillKind = "wave"
    speed: int = 20
    is_end: bool = False


class Steering(Protocol):
    """A person's word. What comes of it arrives as an event. All raise `NotFound`, `Forbidden`,
    `Conflict` for what is so already, `Invalid`."""

    async def steer(self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: Wish) -> None:
        """Raise, end, snooze or expect."""
        ...

    async def judge(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, verdict: tuple[bool, str]
    ) -> None:
        """Say after the end whether it was a storm, and why."""
        ...

    async def freeze(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: tuple[bool, str]
    ) -> None:
        """Stop what would go out by itself (True) or let it go again, and why."""
        ...

    async def rehearse(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, wish: "Rehearse"
    ) -> None:
        """Begin a drill, or end the one that runs."""
        ...


@dataclass(frozen=True, slots=True)
class PlaybookDetail:
    """A brand's playbook. Revision 0 is the default; `stand_ins` are called where no on-call is named."""

    brand_id: str
    playbook: Playbook
    revision: int
    stand_ins: list[str]
    changed_by: str = ""
    changed_at: datetime | None = None


class Playbooks(Protocol):
    """The brands' playbooks."""

    async def get(self, scope: AgencyScope, brand_id: str) -> PlaybookDetail:
        """Return a brand's playbook. Raises `NotFound`."""
        ...

    async def change(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, revision: int, given: Any
    ) -> PlaybookDetail:
        """Put another. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
        ...


class Pages(Protocol):
    """Calls for people."""

    async def of_incident(self, scope: AgencyScope, incident_id: str) -> list[PageView]:
        """Return the pages of an incident with their deliveries, oldest first."""
        ...

    async def standing(self, scope: AgencyScope) -> list[PageView]:
        """Return the pages that nobody has acknowledged, without their deliveries."""
        ...

    async def acknowledge(self, scope: AgencyScope, viewer: Viewer, incident_id: str) -> None:
        """Acknowledge every standing page of an incident. Raises `Conflict` when there is none."""
        ...

    async def page_now(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, step_id: str
    ) -> None:
        """Page whom a step names. Raises `Conflict` when they were."""
        ...

    async def shown(self, token: str) -> "PageCard":
        """Return what an acknowledging link may show. Raises `NotFound`."""
        ...

    async def acknowledge_by(self, token: str) -> "PageCard":
        """Acknowledge by a link, once. Raises `NotFound`, `Conflict`."""
        ...


@dataclass(frozen=True, slots=True)
class PageCard:
    """All that a link without sign-in shows. `problem` says why it cannot be acknowledged."""

    brand: str
    severity: int
    sentence: str
    is_drill: bool
    opened_at: datetime
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    problem: str = ""


class CrossWatch(Protocol):
    """What rises at several brands at once."""

    async def shared(self, viewer: Viewer) -> list[SharedTopic]:
        """Return it in counts, for who leads three or more of them; nothing to anybody else."""
        ...


@dataclass(frozen=True, slots=True)
class Storms:
    """The ports about storms in one bundle."""

    incidents: Incidents
    steering: Steering
    playbooks: Playbooks
    pages: Pages
    cross: CrossWatch
    rooms: Rooms
    reports: Reports
    triage: Triage
