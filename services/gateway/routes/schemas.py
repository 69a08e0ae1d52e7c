"""What the REST API takes and gives that is no read model of the inbox."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.brands import Policy, Voice
from services.gateway.domain.views import ItemState, QueueFilter, Role


class Body(BaseModel):
    """Base of every request body: what is not documented is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Login(Body):
    """An address and its password."""

    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=1024)


class Me(BaseModel):
    """Who is signed in. Send `csrf_token` as X-CSRF-Token with every change made by cookie."""

    person_id: str
    name: str
    email: str
    agency_id: str
    roles: dict[str, Role]
    csrf_token: str


class QueueQuery(Body):
    """Which items, in which order. `brand` may be repeated; brands of others are not there."""

    brand: list[str] = Field(default_factory=list, max_length=500)
    state: ItemState | Literal["all"] = "open"
    intent: str | None = Field(default=None, max_length=40)
    network: str | None = Field(default=None, max_length=40)
    sort: Literal["priority", "newest"] = "priority"
    q: str | None = Field(default=None, max_length=100)
    after: str | None = Field(default=None, max_length=400)

    def filter(self) -> QueueFilter:
        """Return what the store is asked."""
        brands = frozenset(self.brand)
        return QueueFilter(brands, self.state, self.intent, self.network, self.sort, self.q)


class DraftText(Body):
    """The text being worked on, and the revision of the reply it builds on."""

    text: str = Field(max_length=20_000)
    revision: int = Field(ge=0, le=2**53)


class ReleaseText(DraftText):
    """The answer to publish. `draft_id` says which proposal it came from."""

    draft_id: str | None = Field(default=None, max_length=100)


class Rejection(Body):
    """Why a draft is not sent."""

    reason: str = Field(min_length=1, max_length=1_000)
    revision: int = Field(ge=0, le=2**53)


class Revision(Body):
    """The revision of the reply that the caller looked at, or the one after the change."""

    revision: int = Field(ge=0, le=2**53)


class BrandPatch(Body):
    """What changes about a brand; what is left out stays."""

    revision: int = Field(ge=1, le=2**53)
    name: str | None = Field(default=None, min_length=1, max_length=100)
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    languages: list[str] | None = Field(default=None, min_length=1, max_length=50)
    policy: Policy | None = None
    voice: Voice | None = None


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `request_id` is missing from a 404."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None


class AuditLine(BaseModel):
    """One line of the trail. `hash` covers the line and the one before it."""

    seq: int
    at: datetime
    who_id: str
    who_name: str
    action: str
    brand_id: str | None
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these statuses, as problem+json."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANING[status], "content": content} for status in statuses}


_MEANING = {
    400: "Not acceptable as it is",
    401: "Not signed in",
    403: "Not allowed, or the CSRF token is missing",
    404: "No such thing, or not the caller's to see",
    409: "Somebody was first; the detail says who",
    413: "More than 1 MiB",
    422: "Not as documented",
    429: "Too many; Retry-After says how long to wait",
    503: "A part is away; Retry-After says how long to wait",
}
