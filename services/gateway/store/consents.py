"""Consents that were begun: single use, ten minutes, bound to the session and the brand.

What must be kept until the person comes back (the PKCE verifier, a fresh app's secret) is sealed
under the state itself, which only the address they come back to carries.
"""

import hashlib
import json
from datetime import timedelta

from contracts.scope import AgencyScope, brand_filter
from runtime.clock import Clock
from runtime.crypto import Sealer
from runtime.errors import Invalid
from services.gateway.domain.inbox import whole_ms
from services.gateway.ports import Begun
from services.gateway.store.database import GatewayDatabase

LASTS = timedelta(minutes=10)
_ABOUT = "consent"


class ConsentStore:
    """Keeps and takes what was begun. The state itself is never stored, only its hash."""

    def __init__(self, database: GatewayDatabase, clock: Clock) -> None:
        self._consents = database.consents
        self._clock = clock

    async def keep(self, state: str, begun: Begun) -> Begun:
        """Keep what was begun until it ends; return it with its end."""
        ends_at = whole_ms(self._clock.now()) + LASTS
        secrets = json.dumps(begun.secrets)
        await self._consents.insert({
            "_id": _id(state),
            "brand_id": begun.brand_id,
            "session": begun.session,
            "network": begun.network,
            "base_url": begun.base_url,
            "options": begun.options,
            "sealed": _sealer(state).seal(secrets, brand_id=begun.brand_id, about=_ABOUT),
            "ends_at": ends_at,
        })  # fmt: skip
        return Begun(
            begun.brand_id, begun.session, begun.network, begun.base_url, begun.options,
            begun.secrets, ends_at,
        )  # fmt: skip

    async def take(self, scope: AgencyScope, session: str, state: str) -> Begun:
        """Return what was begun with this state, once. Raises `Invalid` when it is over or foreign."""
        where = {"_id": _id(state), **brand_filter(scope), "session": session}
        found = await self._consents.find_one(where)
        # Two that come back with one state: only one of them removes it.
        if found is None or not await self._consents.delete(where):
            raise Invalid("consent.unknown", _OVER)
        if found["ends_at"] <= self._clock.now():
            raise Invalid("consent.unknown", _OVER)
        opened = _sealer(state).open(found["sealed"], brand_id=found["brand_id"], about=_ABOUT)
        return Begun(
            found["brand_id"], session, found["network"], found["base_url"], found["options"],
            json.loads(opened), found["ends_at"],
        )  # fmt: skip


_OVER = "This sign-in was used already, took longer than ten minutes, or was begun elsewhere. Begin again."


def _id(state: str) -> str:
    return hashlib.sha256(b"rapport/consent/id\x1f" + state.encode()).hexdigest()


def _sealer(state: str) -> Sealer:
    return Sealer({"state": hashlib.sha256(b"rapport/consent/key\x1f" + state.encode()).digest()})
