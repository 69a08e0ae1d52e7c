"""A brand, its voice and its rules. Payload of `brand.changed.v1`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload

Mode = Literal["silent", "suggest", "hold", "automatic"]
MODES: tuple[Mode, ...] = ("silent", "suggest", "hold", "automatic")


class Policy(Payload):
    """Who may answer, and when a reply may leave without a person.

    silent: nothing is drafted. suggest: a draft, sent by any agent. hold: a draft that only an
    approver may release. automatic: sent by itself inside the limits, else treated as hold.
    """

    mode: Mode = "suggest"
    automatic_intents: list[str] = Field(default_factory=lambda: ["praise"])
    minimum_confidence: float = Field(default=0.8, ge=0.5, le=1.0)
    maximum_urgency: int = Field(default=1, ge=0, le=3)
    per_author_per_day: int = Field(default=1, ge=0, le=100)
    is_automatic_stopped: bool = False


class StormRules(Payload):
    """When a storm stops what the brand sends by itself, and whether calm lets it go again.

    `alarms_per_year` is how many false alarms the brand accepts; `freezes_from` the severity from
    which a storm freezes by itself (5: never).
    """

    alarms_per_year: float = Field(default=2.6, gt=0, le=52)
    freezes_from: int = Field(default=2, ge=1, le=5)
    resumes_by_itself: bool = False


class Fact(Payload):
    """Something the brand knows and may say, in one language."""

    fact_id: str
    title: str
    language: str
    keywords: list[str]
    text: str


class Phrases(Payload):
    """The building blocks of the voice in one language. `{name}` is the author's name.

    `leads` open an answer to a question, `requests` one to a wish, `unknowns` stand where no fact is
    known, `invites` ask for a private message. Where a list is empty, Rapport's own phrases are used.
    """

    language: str
    greetings: list[str]
    closings: list[str]
    thanks: list[str]
    apologies: list[str]
    handovers: list[str]
    disclosure: str
    invites: list[str] = Field(default_factory=list)
    unknowns: list[str] = Field(default_factory=list)
    leads: list[str] = Field(default_factory=list)
    requests: list[str] = Field(default_factory=list)


class Voice(Payload):
    """How the brand speaks."""

    signature: str = ""
    uses_emoji: bool = False
    phrases: list[Phrases] = Field(default_factory=list)
    facts: list[Fact] = Field(default_factory=list)


class BrandChanged(Payload):
    """The whole brand after a change. The greater `revision` is the newer.

    `colour` is `#rrggbb`; `languages` are ISO 639-1 codes, the first is the default.
    """

    brand_id: str
    agency_id: str
    name: str
    initials: str
    colour: str
    languages: list[str]
    policy: Policy
    voice: Voice
    storms: StormRules = Field(default_factory=StormRules)
    revision: int
    changed_at: AwareDatetime
