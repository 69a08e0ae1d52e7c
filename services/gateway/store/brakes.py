"""The switch that stops every automatic answer of a brand, or of all brands that somebody leads."""

import asyncio
from collections.abc import Callable, Collection, Iterator

from contracts.scope import AgencyScope
from runtime.errors import Conflict, Forbidden
from services.gateway.deps import BrandChange
from services.gateway.domain.views import Viewer
from services.gateway.store.audit import Act, AuditStore
from services.gateway.store.brands import BrandStore

_TRIES, _AT_ONCE = 5, 8
_NOT_YOURS = "Only an owner or lead of a brand may stop its automatic answers."


def batched(brand_ids: list[str]) -> Iterator[list[str]]:
    """Return the brands a few at a time: each change is a line in the one trail of the agency."""
    for start in range(0, len(brand_ids), _AT_ONCE):
        yield brand_ids[start : start + _AT_ONCE]


class BrakeStore:
    """Changes nothing but the switch, whatever else is being changed at the same moment."""

    def __init__(self, brands: BrandStore, audit: AuditStore, nudge: Callable[[], None]) -> None:
        self._brands = brands
        self._audit = audit
        self._nudge = nudge

    async def brake(
        self,
        scope: AgencyScope,
        viewer: Viewer,
        *,
        is_stopped: bool,
        brand_ids: Collection[str] | None = None,
    ) -> list[str]:
        """Stop, or let go again, these brands (none named: all that the viewer leads); return them.

        Raises `NotFound`, and `Forbidden` for a named one that the viewer does not lead.
        """
        chosen = scope.brand_ids if brand_ids is None else frozenset(brand_ids)
        led = sorted(one for one in chosen if viewer.may_manage(one))
        if brand_ids is not None and len(led) < len(chosen):
            for one in sorted(chosen):
                await self._brands.get(scope, one)
            raise Forbidden("brand.not_yours", _NOT_YOURS)
        for some in batched(led):
            await asyncio.gather(
                *(self._brake(scope, viewer, one, is_stopped=is_stopped) for one in some)
            )
            # The first brands must not wait for the last.
            self._nudge()
        if brand_ids is None and led:
            after = {"stopped": is_stopped, "brands": led}
            act = Act("brands.braked", viewer.agency_id, led[0], None, after)
            await self._audit.append(viewer, act)
        return led

    async def _brake(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, *, is_stopped: bool
    ) -> None:
        for left in reversed(range(_TRIES)):
            detail = await self._brands.get(scope, brand_id)
            stop = {"is_automatic_stopped": is_stopped}
            channels = {
                network: policy.model_copy(update=stop)
                for network, policy in detail.channels.items()
            }
            policy = detail.policy.model_copy(update=stop)
            change = BrandChange(detail.revision, policy=policy, channels=channels or None)
            try:
                await self._brands.change(scope, viewer, brand_id, change)
            except Conflict:
                # The brake never waits for a fresh page: it takes the newest revision.
                if not left:
                    raise
            else:
                return
