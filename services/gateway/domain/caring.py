"""What is said of an answer while it is written: its care, what the brand's rules forbid, what it promises. Pure."""

from dataclasses import dataclass
from datetime import datetime

from contracts.brands import Policy, WordingRules
from language import care
from language.care import CareScore
from language.promises.finding import find_promises
from language.wording.rules import Setting, check
from services.gateway.domain.views import MessageView


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of the text (code points) that a rule speaks against. `stops`: it cannot leave so."""

    code: str
    start: int
    end: int
    phrase: str
    why: str
    stops: bool


@dataclass(frozen=True, slots=True)
class PromiseSpot:
    """A promise in the text and the words that say when, if any do."""

    start: int
    end: int
    phrase: str
    due_text: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that is said of a text. `missing` are sentences that the brand's rules ask for."""

    care: CareScore
    wording: list[Spot]
    missing: list[str]
    promises: list[PromiseSpot]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the brand asks of its answers here."""

    policy: Policy
    wording: WordingRules
    known: tuple[str, ...] = ()


def judged(
    message: MessageView, rules: Rules, text: str, now: datetime, *, is_private: bool = False
) -> Judged:
    """Judge a text as an answer to this message, as if it left now."""
    score = care.score(
        message.text or "",
        text,
        waited_s=max(0.0, (now - message.created_at).total_seconds()),
        answer_within_s=60.0 * rules.policy.answer_within_minutes,
        author_name=message.author_name,
    )
    is_public = message.kind != "dm" and not is_private
    intent = message.labels.intent.label if message.labels else None
    setting = Setting(intent, score.language, is_public=is_public, known=rules.known)
    verdict = check(rules.wording, text, setting=setting)
    spots = [
        Spot(one.code, one.start, one.end, one.text, one.why or one.what, stops)
        for found, stops in ((verdict.blocks, True), (verdict.routes, False))
        for one in found
    ]
    promises = [
        PromiseSpot(one.start, one.end, one.text, one.due_text)
        for one in find_promises(text, score.language)
    ]
    return Judged(score, spots, list(verdict.missing), promises)
