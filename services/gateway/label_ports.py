"""The ports about labels: corrections by people, and reading again with another model. The adapters are in store/."""

from datetime import datetime
from typing import Any, Protocol

from contracts.scope import AgencyScope
from services.gateway.domain.relabelling import JobView, Week
from services.gateway.domain.views import Viewer


class Corrections(Protocol):
    """What people say of labels. Raises `NotFound` for what is outside the scope."""

    async def correct(
        self, scope: AgencyScope, viewer: Viewer, message_id: str, head: str, label: str
    ) -> None:
        """Say what a label should be; the label it has says that it is right. Raises `Forbidden`,
        `Invalid` (no such label) and `Conflict` (not understood yet)."""
        ...

    async def sample(self, scope: AgencyScope, brand_id: str) -> list[dict[str, Any]]:
        """Return up to ten messages of the last week, drawn at random, that nobody has judged yet."""
        ...

    async def weeks(self, scope: AgencyScope, brand_id: str) -> list[Week]:
        """Return the label mix and the agreement with people of the last weeks, the newest first."""
        ...


class Relabels(Protocol):
    """Reading a brand's messages with another model. Raises `NotFound` for what is outside the scope,
    `Forbidden` for who does not lead the brand."""

    async def start(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, model: str, days: int
    ) -> str:
        """Begin to read the last `days` again; return the job's id. Raises `Invalid`, `Conflict`."""
        ...

    async def shadow(
        self, scope: AgencyScope, viewer: Viewer, brand_id: str, model: str, days: int
    ) -> tuple[str, datetime]:
        """Note a trial of a model on live messages; return its id and its end. Raises `Invalid`."""
        ...

    async def every(self, scope: AgencyScope, brand_id: str) -> list[JobView]:
        """Return the brand's jobs, the newest first."""
        ...

    async def get(self, scope: AgencyScope, job_id: str) -> JobView:
        """Return one job with both models side by side."""
        ...

    async def decide(
        self, scope: AgencyScope, viewer: Viewer, job_id: str, *, is_switch: bool
    ) -> None:
        """Take the new labels over, or drop them. Raises `Conflict` while it reads."""
        ...

    async def sweep(self, scope: AgencyScope) -> bool:
        """Do a round of what is under way; say whether there was anything."""
        ...
