"""The port about promises. The adapter is store/promises.py."""

from typing import Protocol

from contracts.scope import AgencyScope
from services.gateway.domain.promises import PromiseAct, PromiseBook, PromiseView
from services.gateway.domain.views import Viewer


class Promises(Protocol):
    """What the brands promised. What is outside the scope raises `NotFound`, or is not there."""

    async def book(self, scope: AgencyScope, *, is_pressing: bool = False) -> PromiseBook:
        """Return the promises and how each brand keeps its word; only the urgent ones, if asked."""
        ...

    async def urgent(self, scope: AgencyScope) -> int:
        """Return how many are due soon, or broken and not made good; 100 for more."""
        ...

    async def of_thread(self, scope: AgencyScope, thread_id: str) -> dict[str, list[PromiseView]]:
        """Return the promises of a thread by the message they were made to."""
        ...

    async def tick(
        self, scope: AgencyScope, viewer: Viewer, promise_id: str, act: PromiseAct
    ) -> None:
        """Say what became of a promise. Raises `NotFound`, `Forbidden`, `Conflict`."""
        ...
