"""A brand, its voice and its rules. Payload of `brand.changed.v1`."""

from typing import Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Payload

Mode = Literal["silent", "suggest", "hold", "automatic"]
MODES: tuple[Mode, ...] = ("silent", "suggest", "hold", "automatic")


Need = Literal["agent", "approver", "client_approver", "lead"]
Fallback = Literal["lead", "holding"]


class ApprovalRule(Payload):
    """Whose consent an answer needs when every condition that is given holds; none given: always.

    Each entry of `needs` is the consent of another person. `is_unsure`: the labels are doubtful or a
    person is asked for. Rules add up with what the mode asks for.
    """

    name: str
    needs: list[Need] = Field(min_length=1, max_length=4)
    intents: list[str] = Field(default_factory=list)
    sentiments: list[str] = Field(default_factory=list)
    urgency_from: int | None = Field(default=None, ge=0, le=3)
    networks: list[str] = Field(default_factory=list)
    kinds: list[str] = Field(default_factory=list)
    is_unsure: bool | None = None


class Hours(Payload):
    """When somebody is there. `days` holds, Monday first, the spans of a day as ["09:00", "17:30"]."""

    timezone: str = "UTC"
    days: list[list[tuple[str, str]]] = Field(min_length=7, max_length=7)


class Policy(Payload):
    """Who may answer, and when a reply may leave without a person.

    silent: nothing is drafted. suggest: a draft, sent by any agent. hold: a draft that only an
    approver may release. automatic: sent by itself inside the limits, else treated as hold.
    `hours`: automatic answers leave then only (none: always). An answer that waits longer than
    `expires_after_minutes` for its consents expires; then a lead decides, or the brand's holding
    reply leaves. `answer_within_minutes` is what the brand promises its people.
    """

    mode: Mode = "suggest"
    automatic_intents: list[str] = Field(default_factory=lambda: ["praise"])
    minimum_confidence: float = Field(default=0.8, ge=0.5, le=1.0)
    maximum_urgency: int = Field(default=1, ge=0, le=3)
    per_author_per_day: int = Field(default=1, ge=0, le=100)
    is_automatic_stopped: bool = False
    per_brand_per_hour: int = Field(default=60, ge=0, le=10_000)
    hours: Hours | None = None
    approvals: list[ApprovalRule] = Field(default_factory=list)
    expires_after_minutes: int | None = Field(default=None, ge=1, le=10_080)
    fallback: Fallback = "lead"
    answer_within_minutes: int = Field(default=60, ge=1, le=10_080)


class NeverSay(Payload):
    """Words that no answer may hold. block: it cannot leave. route: it needs an approver's consent."""

    terms: list[str]
    kind: Literal["term", "price", "legal", "health", "competitor"] = "term"
    action: Literal["block", "route"] = "block"
    why: str = ""


class MustSay(Payload):
    """A text that an answer must hold, for these intents and languages; empty: for all."""

    text: str
    intents: list[str] = Field(default_factory=list)
    languages: list[str] = Field(default_factory=list)


class WordingRules(Payload):
    """What the brand never says and must say.

    `allowed_links`: hosts that answers may link to, with their subdomains; null: any.
    `checks_prices`: an amount of money that the brand's knowledge does not hold needs an approver.
    `blocks_personal_data`: telephone numbers, addresses and the like of people never stand in public.
    """

    never_say: list[NeverSay] = Field(default_factory=list)
    must_say: list[MustSay] = Field(default_factory=list)
    allowed_links: list[str] | None = None
    checks_prices: bool = False
    blocks_personal_data: bool = True


class ModelUse(Payload):
    """A language model that may help to draft: an endpoint that speaks the OpenAI chat format.

    Off unless the brand says so, because the text of its people leaves the house then.
    `sealed_key` opens in respond only; prices are per 1,000 tokens in the brand's currency.
    """

    is_on: bool = False
    base_url: str
    model: str
    sealed_key: str | None = None
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    currency: str = "EUR"
    timeout_s: float = Field(default=8.0, gt=0, le=60)


class VocabularyTerm(Payload):
    """What a word or phrase says at this brand: "sick drop" is praise here."""

    term: str
    head: Literal["sentiment", "emotion", "offensive", "irony", "spam", "intent"]
    label: str
    language: str | None = None


class Shadow(Payload):
    """A model that labels the brand's messages silently beside the one in use, and until when."""

    job_id: str
    model: str
    until: AwareDatetime


class Understanding(Payload):
    """How the brand's messages are read.

    `thresholds` say for a head below which probability its label is unsure. `adaptation` is the newest
    version of what was learnt from corrections that may be used: none: the newest there is, 0: nothing.
    `model` is the tier that reads (empty: the platform's own choice).
    """

    model: Literal["", "fast", "accurate"] = ""
    adaptation: int | None = Field(default=None, ge=0)
    thresholds: dict[str, float] = Field(default_factory=dict)
    vocabulary: list[VocabularyTerm] = Field(default_factory=list)
    shadow: Shadow | None = None


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
    `holding` is the whole text that stands in when nobody approves in time; empty: none is sent.
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
    holding: str = ""


class Voice(Payload):
    """How the brand speaks."""

    signature: str = ""
    uses_emoji: bool = False
    phrases: list[Phrases] = Field(default_factory=list)
    facts: list[Fact] = Field(default_factory=list)


class BrandChanged(Payload):
    """The whole brand after a change. The greater `revision` is the newer.

    `colour` is `#rrggbb`; `languages` are ISO 639-1 codes, the first is the default. `channels` holds
    the policies of networks that differ from `policy`.
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
    channels: dict[str, Policy] = Field(default_factory=dict)
    wording: WordingRules = Field(default_factory=WordingRules)
    assistant: ModelUse | None = None
    understanding: Understanding = Field(default_factory=Understanding)
    revision: int
    changed_at: AwareDatetime

    def policy_for(self, network: str) -> Policy:
        """Return the rules for answers at this network."""
        return self.channels.get(network, self.policy)
