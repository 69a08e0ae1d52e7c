"""The ports about the storm room, triage and the report. The adapters are in store/."""

from typing import Protocol

from contracts.scope import AgencyScope
from services.gateway.domain.after_report import ReportView
from services.gateway.domain.answering import Planned
from services.gateway.domain.storm_room import RoomView
from services.gateway.domain.triage_views import Answering, ReleaseView, TriageView
from services.gateway.domain.views import Viewer


class Rooms(Protocol):
    """What the room shows beside the incident. What is outside the scope raises `NotFound`."""

    async def room(self, scope: AgencyScope, incident_id: str) -> RoomView:
        """Return numbers then and now, threads, examples and the answered share."""
        ...


class Reports(Protocol):
    """What is told of an incident afterwards. What is outside the scope raises `NotFound`."""

    async def report(self, scope: AgencyScope, incident_id: str) -> ReportView:
        """Return the report, of an open incident as it stands."""
        ...


class Triage(Protocol):
    """Groups of alike messages and one answer for many. What is outside the scope raises `NotFound`."""

    async def groups(self, scope: AgencyScope, incident_id: str) -> TriageView:
        """Return the groups, the greatest first."""
        ...

    async def plan(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, ask: Answering
    ) -> list[Planned]:
        """Return what would be said to each. Raises `Forbidden`, `Conflict` (drill), `Invalid`."""
        ...

    async def release(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, ask: Answering
    ) -> str:
        """Let them go at a pace; return the release's id. Raises as `plan`."""
        ...

    async def releases(self, scope: AgencyScope, incident_id: str) -> list[ReleaseView]:
        """Return the releases of an incident, newest first."""
        ...

    async def stop(
        self, scope: AgencyScope, viewer: Viewer, incident_id: str, release_id: str
    ) -> None:
        """Stop one: what has not left stays. Raises `Forbidden`, `Conflict` when it has ended."""
        ...
