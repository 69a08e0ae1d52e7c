"""What keeps automatic answers back besides the message itself: a freeze, the hour, and how many left."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from contracts.brands import Policy
from contracts.scope import AgencyScope
from services.respond.domain import opening
from services.respond.store import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that would leave by itself: to which message, of whom, under which rules."""

    brand_id: str
    author: str
    message_id: str
    policy: Policy


class Limits:
    """Counts what may leave; asking again for the same message counts once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def held(
        self, scope: AgencyScope, asked: Sequence[Asked], now: datetime
    ) -> Mapping[str, str]:
        """Return the code why a message gets no automatic answer, for those that get none."""
        frozen = await self._store.freezes.frozen(scope) if asked else frozenset()
        held: dict[str, str] = {}
        for one in asked:
            if one.brand_id in frozen:
                held[one.message_id] = "automatic.frozen"
            elif not opening.is_open(one.policy.hours, now):
                held[one.message_id] = "automatic.hours"
        held |= await self._over(
            scope, _left(asked, held), "automatic.author_limit", now, by_author=True
        )
        held |= await self._over(
            scope, _left(asked, held), "automatic.brand_limit", now, by_author=False
        )
        return held

    async def _over(
        self,
        scope: AgencyScope,
        asked: Sequence[Asked],
        code: str,
        now: datetime,
        *,
        by_author: bool,
    ) -> dict[str, str]:
        if not asked:
            return {}
        allowances = self._store.allowances
        if by_author:
            day = datetime.combine(now.date(), time(), UTC)
            a_day = [
                (one.brand_id, one.author, one.message_id, one.policy.per_author_per_day)
                for one in asked
            ]
            allowed: Collection[str] = await allowances.allow(scope, a_day, day)
        else:
            an_hour = [
                (one.brand_id, one.message_id, one.policy.per_brand_per_hour) for one in asked
            ]
            allowed = await allowances.allow_hour(scope, an_hour, now)
        return {one.message_id: code for one in asked if one.message_id not in allowed}


def _left(asked: Sequence[Asked], held: Mapping[str, str]) -> list[Asked]:
    return [one for one in asked if one.message_id not in held]
