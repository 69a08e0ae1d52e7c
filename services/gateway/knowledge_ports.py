"""The ports about what brands know and promise, and about the life of one message. The adapters are in store/."""

from collections.abc import Mapping
from typing import Any, Protocol

from contracts.knowledge import EntryKind
from contracts.scope import AgencyScope, BrandScope
from services.gateway.domain.knowledge import EntryView, SavedView
from services.gateway.domain.life import LifeView
from services.gateway.domain.views import Viewer


class Knowledge(Protocol):
    """What the brands know and the replies they keep at hand. Raises `NotFound` for what is outside
    the scope, `Forbidden` (wrong role), `Invalid` (says what to mend)."""

    async def every(
        self, scope: AgencyScope, brand_id: str, kind: EntryKind | None = None
    ) -> list[EntryView]:
        """Return a brand's entries by kind and title."""
        ...

    async def add(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, given: Mapping[str, Any]
    ) -> EntryView:
        """Write an entry."""
        ...

    async def bring(self, scope: AgencyScope, viewer: Viewer, brand_id: str, content: str) -> int:
        """Write every row of a CSV file, or none when one is wrong; return how many."""
        ...

    async def change(
        self,
        scope: AgencyScope,
        viewer: Viewer,
        entry_id: str,
        revision: int,
        given: Mapping[str, Any] | None,
    ) -> None:
        """Put another entry in its place; None takes it out. Raises `Conflict`."""
        ...

    async def saved(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, query: str = ""
    ) -> list[SavedView]:
        """Return the saved replies for a message, filled in, the best first."""
        ...

    async def note_use(self, scope: BrandScope, entry_id: str, care: int | None) -> None:
        """Count an answer that was made from a saved reply, with its care score."""
        ...


class Life(Protocol):
    """Everything that is known of one message."""

    async def life(self, scope: AgencyScope, viewer: Viewer, message_id: str) -> LifeView:
        """Return it, oldest step first. Raises `NotFound`."""
        ...
