"""What the REST API takes and gives that is no read model of the inbox."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.brands import ModelUse, Policy, Understanding, Voice, WordingRules
from contracts.knowledge import Attachment, EntryKind
from contracts.moderation import Act
from contracts.networks.protocol import Rules
from services.gateway.domain.account_views import Ways
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
    is_private: bool = False
    send_at: AwareDatetime | None = None
    cancels_on_reply: bool = False


class HandoverText(DraftText):
    """The public answer, and the private message that goes with it."""

    private_text: str = Field(min_length=1, max_length=20_000)
    draft_id: str | None = Field(default=None, max_length=100)


class ActWish(Body):
    """What shall be done to a message at its network. Hiding, deleting and blocking need a reason."""

    act: Act
    reason: str = Field(default="", max_length=300)


class Countable(Body):
    """A text to be counted as the network of a message counts it."""

    text: str = Field(max_length=20_000)
    is_private: bool = False


class Length(BaseModel):
    """What a network counts, and whether it takes the text."""

    length: int
    limit: int
    fits: bool


class Since(Body):
    """From when an account is read again."""

    since: AwareDatetime


class ConnectForm(Body):
    """What the network's fields ask for, by field name. Secrets are sealed at once."""

    network: str = Field(max_length=40)
    values: dict[str, str] = Field(max_length=40, repr=False)


class ConsentStart(Body):
    """At which network; `server` where everybody has a server of their own, as on Mastodon; `values`
    by the names of the network's fields that are no secret."""

    network: str = Field(max_length=40)
    server: str = Field(default="", max_length=300)
    values: dict[str, str] = Field(default_factory=dict, max_length=20)


class FieldLine(BaseModel):
    """One thing that a connect form asks for."""

    name: str
    label: str
    help: str
    kind: str
    is_required: bool
    default: str


class NetworkLine(BaseModel):
    """One network: how items arrive, what can be done, how it is connected, what is missing."""

    network: str
    title: str
    arrivals: list[str]
    can_answer: bool
    acts: list[str]
    steps: list[str]
    fields: list[FieldLine]
    missing: list[str]
    ways: Ways

    @classmethod
    def of(cls, rules: Rules, ways: Ways) -> "NetworkLine":
        """Return a network's rules as they are told."""
        connecting = rules.connecting
        return cls(
            network=rules.network,
            title=rules.title,
            arrivals=list(rules.arrivals),
            can_answer=rules.can_answer,
            acts=sorted(rules.acts),
            steps=list(connecting.steps),
            fields=[FieldLine(**asdict(one)) for one in connecting.fields],
            missing=list(rules.missing),
            ways=ways,
        )


class Rejection(Body):
    """Why a draft is not sent."""

    reason: str = Field(min_length=1, max_length=1_000)
    revision: int = Field(ge=0, le=2**53)


class Revision(Body):
    """The revision of the reply that the caller looked at, or the one after the change."""

    revision: int = Field(ge=0, le=2**53)


class Brake(Body):
    """Whether automatic answers stop, or leave again."""

    is_stopped: bool = True


class BrandPatch(Body):
    """What changes about a brand; what is left out stays."""

    revision: int = Field(ge=1, le=2**53)
    name: str | None = Field(default=None, min_length=1, max_length=100)
    colour: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    languages: list[str] | None = Field(default=None, min_length=1, max_length=50)
    policy: Policy | None = None
    voice: Voice | None = None
    channels: dict[str, Policy] | None = Field(default=None, max_length=30)
    wording: WordingRules | None = None
    assistant: ModelUse | None = None
    understanding: Understanding | None = None


class EntryBody(Body):
    """An entry of a brand's knowledge, or a saved reply, as it is written."""

    kind: EntryKind = "saved"
    title: str = Field(min_length=1, max_length=200)
    language: str = Field(min_length=2, max_length=3)
    text: str = Field(min_length=1, max_length=8_000)
    keywords: list[str] = Field(default_factory=list, max_length=50)
    networks: list[str] = Field(default_factory=list, max_length=30)
    files: list[Attachment] = Field(default_factory=list, max_length=10)
    group: str | None = Field(default=None, max_length=100)


class EntryChange(Body):
    """Another entry in the place of one; `revision` is the one the caller looked at."""

    revision: int = Field(ge=1, le=2**53)
    entry: EntryBody


class LabelBody(Body):
    """What a label of a message should be."""

    head: str = Field(max_length=20)
    label: str = Field(max_length=30)


class RelabelBody(Body):
    """Which model reads which days: the last ones, or as a shadow the next ones."""

    model: str = Field(max_length=40)
    days: int = Field(default=30, ge=1, le=3_650)
    is_shadow: bool = False


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
