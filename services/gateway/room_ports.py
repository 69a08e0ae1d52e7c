"""The ports about the storm room, triage and the report. The adapters are in store/."""

from typing import Protocol

from contracts.scope import AgencyScope
from services.gateway.domain.after_report import ReportView
from services.gateway.domain.storm_room import RoomView


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
