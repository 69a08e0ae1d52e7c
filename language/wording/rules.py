"""A brand's wording rules applied to one reply: what blocks it, what sends it to an approver, what it lacks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.brands import MustSay, WordingRules
from language.wording.folding import fold
from language.wording.links import is_allowed, links
from language.wording.money import Amount, amounts
from language.wording.personal import Personal, personal_data
from language.wording.terms import find_terms


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that speaks against reply[start:end]. `code` is stable, `what` the term, host or kind meant."""

    code: str
    start: int
    end: int
    text: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say. A reply with `blocks` or `missing` cannot leave; with `routes` an approver must agree."""

    blocks: list[Finding] = field(default_factory=list)
    routes: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def may_leave(self) -> bool:
        """Whether nothing forbids it."""
        return not self.blocks and not self.missing


@dataclass(frozen=True, slots=True)
class Setting:
    """What the reply answers and where. `known` are the texts the brand itself gave out: facts, posts, replies."""

    intent: str | None = None
    language: str | None = None
    is_public: bool = True
    known: Sequence[str] = ()


def check(
    rules: WordingRules,
    reply: str,
    *,
    intent: str | None = None,
    language: str | None = None,
    setting: Setting | None = None,
) -> Verdict:
    """Return the verdict of a brand's rules on a reply. `setting` says more than intent and language can."""
    setting = setting or Setting(intent, language)
    verdict = Verdict()
    for never in rules.never_say:
        found = verdict.blocks if never.action == "block" else verdict.routes
        for span in find_terms(never.terms, reply):
            text = reply[span.start : span.end]
            found.append(
                Finding(f"wording.{never.kind}", span.start, span.end, text, span.term, never.why)
            )
    if rules.allowed_links is not None:
        verdict.blocks.extend(_links(rules.allowed_links, reply))
    if rules.blocks_personal_data and setting.is_public:
        verdict.blocks.extend(_personal(reply, setting))
    if rules.checks_prices:
        verdict.routes.extend(_prices(reply, setting.known))
    verdict.missing.extend(
        must.text
        for must in rules.must_say
        if _applies(must, setting) and not says(reply, must.text)
    )
    return verdict


def says(reply: str, text: str) -> bool:
    """Whether the reply holds the text, whatever its case, spacing and punctuation."""
    return f" {_plain(text)} " in f" {_plain(reply)} "


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+|[%€$£]", fold(text).chars))


def _applies(must: MustSay, setting: Setting) -> bool:
    if must.intents and setting.intent not in must.intents:
        return False
    return not must.languages or setting.language in must.languages


def _links(allowed: Sequence[str], reply: str) -> list[Finding]:
    return [
        Finding("wording.link", link.start, link.end, reply[link.start : link.end], link.host)
        for link in links(reply)
        if not is_allowed(link.host, allowed)
    ]


def _personal(reply: str, setting: Setting) -> list[Finding]:
    found = personal_data(reply, setting.language)
    if not found:
        return []
    own = {_key(one) for text in setting.known for one in personal_data(text, setting.language)}
    return [
        Finding("wording.personal", one.start, one.end, reply[one.start : one.end], one.kind)
        for one in found
        if _key(one) not in own
    ]


def _key(one: Personal) -> tuple[str, str]:
    # A number is the same with and without its country code.
    return one.kind, one.bare[-8:] if one.kind == "phone" else one.bare


def _prices(reply: str, known: Sequence[str]) -> list[Finding]:
    found = amounts(reply)
    if not found:
        return []
    own = {_price(amount, text) for text in known for amount in amounts(text)}
    return [
        Finding(
            "wording.price",
            amount.start,
            amount.end,
            reply[amount.start : amount.end],
            amount.currency,
        )
        for amount in found
        if _price(amount, reply) not in own
    ]


def _price(amount: Amount, text: str) -> tuple[str, str]:
    spelled = _plain(text[amount.start : amount.end]) if amount.value is None else str(amount.value)
    return amount.currency, spelled
