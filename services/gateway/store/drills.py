"""The score of a drill: worked out when it ends, kept in its log and its incident. A repeat changes nothing."""

from contracts.scope import BrandScope, brand_filter
from runtime.mongo import Document
from services.gateway.domain import incidents
from services.gateway.domain.drills import score_of
from services.gateway.store.database import GatewayDatabase

MOST_LINES = 2_000


class DrillScores:
    """Scores drills whose end has been noted."""

    def __init__(self, database: GatewayDatabase) -> None:
        self._incidents = database.incidents
        self._log = database.incident_log

    async def settle(self, scope: BrandScope, incident: Document) -> None:
        """Score an incident if it is a drill and over. The first score counts."""
        if not incident["is_drill"] or incident["closed_at"] is None:
            return
        where = {**brand_filter(scope), "incident_id": incident["_id"]}
        lines = await self._log.find(where, sort=[("at", 1)], limit=MOST_LINES)
        score = score_of(incident.get("onset_at"), lines)
        told = {"text": score.sentence, "at": incident["closed_at"]}
        line = incidents.log_document(scope, incident["_id"], "drill", ("score",), told)
        await self._log.insert(line)
        unscored = {"_id": incident["_id"], **brand_filter(scope), "score": {"$exists": False}}
        await self._incidents.update(unscored, {"$set": {"score": score.to_state()}})
