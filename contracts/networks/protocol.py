"""What is said about every network in the same words: counting, windows, acts, connecting. Pure data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contracts.messages import Kind
from contracts.moderation import Act

Unit = Literal["characters", "graphemes", "bytes", "weighted", "utf16"]
"""characters: code points. bytes: of UTF-8. utf16: code units. weighted: X's own."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a text may be. `also` is a second limit that must hold too.

    `url_length` 0: an address counts as typed; else every address counts that much.
    """

    limit: int
    unit: Unit
    length: Callable[[str], int]
    url_length: int = 0
    also: Callable[[str], bool] | None = None

    def fits(self, text: str) -> bool:
        """Say whether the network takes a text of this length."""
        return self.length(text) <= self.limit and (self.also is None or self.also(text))


@dataclass(frozen=True, slots=True)
class Window:
    """For how long after the person's last message they may be written to.

    `open_for`: by anybody. `person_for`: by a person who answers by hand, where that is longer.
    `lifted_by`: the account's option that, when it is set, lets answers leave after it closed.
    """

    kinds: frozenset[Kind]
    open_for: timedelta
    person_for: timedelta
    closed_code: str
    advice: str
    lifted_by: str | None = None

    def closes_at(self, last_from_person_at: datetime, *, is_by_person: bool) -> datetime:
        """Return when it closes."""
        return last_from_person_at + (self.person_for if is_by_person else self.open_for)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing the connect form asks for. A secret is sealed before it leaves the gateway.

    Where it goes: `base_url`, `account_id`, `handle`, `name`, `token` and `webhook_secret` by those
    names; anything else into the connection's options.
    """

    name: str
    label: str
    help: str
    kind: Literal["text", "url", "secret", "number"] = "text"
    is_required: bool = True
    default: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """A consent page (RFC 6749 authorisation code; PKCE by RFC 7636 where the network has it).

    `app` names the agency's own app registration in the settings, which may override the addresses.
    `client_id_name`: what the consent page calls the app's id. `refresh_url`: where a refresh token
    is taken; empty: where the code is.
    """

    app: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]
    has_pkce: bool
    extra: Mapping[str, str] = field(default_factory=dict)
    client_id_name: str = "client_id"
    refresh_url: str = ""


@dataclass(frozen=True, slots=True)
class Connecting:
    """How an account of the network is connected: by consent page, by form, or either."""

    steps: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    oauth: OAuth | None = None
    base_url: str = ""
    also_connects: tuple[str, ...] = ()


Arrival = Literal["webhook", "stream", "poll"]


@dataclass(frozen=True, slots=True)
class Rules:
    """One network. `arrivals` is how its items reach us, the fastest first.

    `by_kind` holds measures that differ from `measure` for answers to one kind of item.
    `can_amend`: the kinds of items an answer to which can be changed after it is out. `own_only`: acts that can be
    done to own items alone. `private_answer_for`: how long a public item may be answered by a private message; None: never.
    `missing` lists in plain words what Rapport cannot do there, and why.
    """

    network: str
    title: str
    measure: Measure
    connecting: Connecting
    arrivals: tuple[Arrival, ...]
    can_answer: bool = True
    by_kind: Mapping[str, Measure] = field(default_factory=dict)
    window: Window | None = None
    acts: frozenset[Act] = frozenset()
    own_only: frozenset[Act] = frozenset()
    can_amend: frozenset[Kind] = frozenset()
    private_answer_for: timedelta | None = None
    has_backfill: bool = True
    missing: tuple[str, ...] = ()

    def measure_for(self, kind: str | None) -> Measure:
        """Return how an answer to an item of this kind is counted."""
        return self.by_kind.get(kind, self.measure) if kind else self.measure
