"""Calm boards for the pages over invented data. Storms are looked at over a real store."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from contracts.scope import AgencyScope
from services.gateway.domain.cross_watch import SharedTopic
from services.gateway.domain.incident_views import BoardView, HeldView, IncidentLine, PageView
from services.gateway.domain.views import Viewer
from services.gateway.storm_ports import Storms


class CalmStorms:
    """The ports that the frame and the overview read."""

    async def boards(self, scope: AgencyScope) -> dict[str, BoardView]:
        return {brand_id: BoardView(brand_id) for brand_id in scope.brand_ids}

    async def board(self, scope: AgencyScope, brand_id: str) -> BoardView:
        return BoardView(brand_id)

    async def lines(self, scope: AgencyScope) -> list[IncidentLine]:
        return []

    async def held_by_brand(self, scope: AgencyScope) -> dict[str, list[HeldView]]:
        return {}

    async def shared(self, viewer: Viewer) -> list[SharedTopic]:
        return []

    async def standing(self, scope: AgencyScope) -> list[PageView]:
        return []


def storms() -> Storms:
    port = cast(Any, CalmStorms())
    return Storms(**{field.name: port for field in fields(Storms)})
