"""Answers kept by Idempotency-Key for 24 hours, so that a repeat is answered and not done again."""

import hashlib
from datetime import timedelta

from runtime.clock import Clock
from runtime.errors import Conflict
from runtime.web import HttpError
from services.gateway.deps import Answer
from services.gateway.domain.inbox import whole_ms
from services.gateway.store.database import GatewayDatabase

KEPT = timedelta(hours=24)
RUNNING = timedelta(seconds=60)


class AnswerStore:
    """Begins, finishes and replays. A request that was begun and never finished frees its key."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._answers = database.answers
        self._clock = clock

    async def begin(self, caller: str, key: str, fingerprint: str) -> Answer | None:
        """Return the answer kept, or None when the request shall be carried out now."""
        now = whole_ms(self._clock.now())
        answer_id = _id(caller, key)
        fresh = {
            "_id": answer_id,
            "fingerprint": fingerprint,
            "status": None,
            "ends_at": now + RUNNING,
        }
        if await self._answers.insert(fresh):
            return None
        found = await self._answers.find_one({"_id": answer_id})
        if found is None or found["ends_at"] <= now:
            # The database clears what is over only once a minute.
            await self._answers.delete({"_id": answer_id, "ends_at": {"$lte": now}})
            if await self._answers.insert(fresh):
                return None
            raise Conflict("idempotency.running", _RUNNING)
        if found["fingerprint"] != fingerprint:
            raise HttpError(422, "idempotency.other_request", _OTHER)
        if found["status"] is None:
            raise Conflict("idempotency.running", _RUNNING)
        return Answer(found["status"], bytes(found["body"]), found["content_type"])

    async def finish(self, caller: str, key: str, answer: Answer | None) -> None:
        """Keep the answer; None forgets that the request was ever begun."""
        where = {"_id": _id(caller, key)}
        if answer is None:
            await self._answers.delete(where)
            return
        told = {
            "status": answer.status,
            "body": answer.body,
            "content_type": answer.content_type,
            "ends_at": whole_ms(self._clock.now()) + KEPT,
        }
        await self._answers.update(where, {"$set": told})


_RUNNING = "The first request with this Idempotency-Key is still running. Try again in a moment."
_OTHER = "This Idempotency-Key was used for another request within the last 24 hours."


def _id(caller: str, key: str) -> str:
    return hashlib.sha256(f"{caller}\x1f{key}".encode()).hexdigest()
