"""Puts an answer together: greeting, acknowledgement, facts or the next step, closing, signature.

The same message always gives the same drafts. Nothing of the author's text is repeated, and nothing
is said that stands neither in the brand's facts nor in the phrases.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from contracts.brands import Fact
from contracts.messages import Labels, MessageReceived
from contracts.replies import Draft, Source
from services.respond.drafting.names import first_name
from services.respond.drafting.phrasebook import Language, Problem
from services.respond.drafting.voice import Voice

VARIANTS = 2
_EMOJI = {"praise": "😊", "question": "🙂"}
_NAME = re.compile(r"\s*,?\s*\{name\}")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the network asks of a text: its limit, how it counts, and how it must begin."""

    limit: int
    length: Callable[[str], int]
    text_for: Callable[[str], str]

    def fits(self, text: str) -> bool:
        """Say whether the network would take the text."""
        # Only an address can count more than its characters; counting clusters is slow.
        most = len(text) + 23 * text.count("://")
        return most <= self.limit or self.length(text) <= self.limit


@dataclass(frozen=True, slots=True)
class Composed:
    """The drafts, and the code why they are no full answer, if they are none."""

    drafts: list[Draft]
    abstained: str | None
    language: str


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    source: Source
    can_be_left_out: bool = False


def compose(voice: Voice, message: MessageReceived, labels: Labels, frame: Frame) -> Composed:
    """Return up to two drafts for a message with text."""
    language = voice.language_for(labels)
    writer = _Writer(voice, language, message, labels)
    drafts: list[Draft] = []
    for variant in range(VARIANTS):
        draft = writer.draft(variant, frame)
        if draft is not None and all(draft.text != other.text for other in drafts):
            drafts.append(draft)
    abstained = writer.abstained if drafts else "draft.too_long"
    return Composed(drafts, abstained, language.code)


def with_disclosure(draft: Draft, voice: Voice, frame: Frame) -> Draft | None:
    """Return the draft with the brand's disclosure at its end, or None when that is too long."""
    language = voice.languages.get(draft.language, voice.first_language)
    text = f"{draft.text}\n\n{language.disclosure}"
    if not frame.fits(text):
        return None
    source = _source(language, "disclosure", 0)
    return _replace_draft(draft, text, [*draft.sources, source])


def _replace_draft(draft: Draft, text: str, sources: list[Source]) -> Draft:
    """Return another draft of the same message: its id follows its text."""
    draft_id = _draft_id(draft.draft_id, text)
    return Draft(draft_id=draft_id, text=text, language=draft.language, sources=sources)


class _Writer:
    """Composes the variants for one message."""

    def __init__(
        self, voice: Voice, language: Language, message: MessageReceived, labels: Labels
    ) -> None:
        self._voice = voice
        self._language = language
        self._message = message
        self._name = first_name(message.author_name)
        self._seed = int.from_bytes(
            hashlib.blake2b(message.message_id.encode(), digest_size=4).digest()
        )
        self._intent = labels.intent.label
        self._is_negative = labels.sentiment.label == "negative"
        text = message.text or ""
        wants_fact = self._intent in {"question", "request"} or "?" in text
        index = voice.facts.get(language.code)
        self._facts = index.find(text) if index is not None and wants_fact else []
        is_trouble = self._intent == "complaint" or self._is_negative
        self._problem = language.problem_in(text) if is_trouble else None
        self.abstained = self._why_no_answer()

    def _why_no_answer(self) -> str | None:
        is_asked = self._intent in {"question", "request"}
        return "facts.none" if is_asked and not self._facts else None

    def draft(self, variant: int, frame: Frame) -> Draft | None:
        """Return one variant, shortened as the limit asks; None when nothing useful would be left."""
        parts = self._parts(variant)
        while True:
            text = frame.text_for(self._text(parts, variant))
            if frame.fits(text):
                break
            left_out = next((part for part in reversed(parts) if part.can_be_left_out), None)
            if left_out is None:
                return None
            parts = [part for part in parts if part is not left_out]
        sources = list({(s.kind, s.id): s for s in (part.source for part in parts)}.values())
        draft_id = _draft_id(self._message.message_id, self._message.version, text)
        return Draft(draft_id=draft_id, text=text, language=self._language.code, sources=sources)

    def _parts(self, variant: int) -> list[_Part]:
        body = {"praise": self._praise, "complaint": self._complaint, "question": self._question}
        compose_body = body.get(self._intent, self._request)
        if self._intent == "praise" and self._is_negative:
            compose_body = self._complaint
        return compose_body(variant)

    def _praise(self, variant: int) -> list[_Part]:
        return [self._say("thanks", variant), *self._told_facts(self._facts)]

    def _complaint(self, variant: int) -> list[_Part]:
        return [self._sorrow(variant), *self._told_facts(self._facts), self._next_step(variant)]

    def _question(self, variant: int) -> list[_Part]:
        opening = [self._sorrow(variant)] if self._is_negative else []
        if not self._facts:
            return [*opening, self._say("unknowns", variant)]
        if not opening:
            opening = [replace(self._say("leads", variant), can_be_left_out=True)]
        return [*opening, *self._told_facts(self._facts)]

    def _request(self, variant: int) -> list[_Part]:
        opening = self._sorrow(variant) if self._is_negative else self._say("requests", variant)
        if self._facts:
            return [opening, *self._told_facts(self._facts)]
        return [opening, self._say("handovers", variant)]

    def _sorrow(self, variant: int) -> _Part:
        """Name the problem where it is known; else the brand's own apology."""
        problem = self._problem
        if problem is None:
            return self._say("apologies", variant)
        at = self._pick(problem.says, variant)
        return _Part(problem.says[at], _problem_source(self._language, problem, at))

    def _next_step(self, variant: int) -> _Part:
        is_seen_by_all = self._message.kind != "dm" and self._message.visibility != "direct"
        return self._say("invites" if is_seen_by_all and variant == 0 else "handovers", variant)

    def _told_facts(self, facts: Sequence[Fact]) -> list[_Part]:
        return [
            _Part(
                fact.text.strip(),
                Source(kind="fact", id=fact.fact_id, title=fact.title),
                can_be_left_out=number > 0,
            )
            for number, fact in enumerate(facts)
        ]

    def _say(self, kind: str, variant: int) -> _Part:
        options: Sequence[str] = getattr(self._language, kind)
        at = self._pick(options, variant)
        said = options[at].replace("{name}", self._name) if self._name else _unnamed(options[at])
        return _Part(said, _source(self._language, kind, at))

    def _pick(self, options: Sequence[str], variant: int) -> int:
        return (self._seed + variant) % len(options)

    def _text(self, parts: Sequence[_Part], variant: int) -> str:
        greeting = self._greeting(variant)
        body = " ".join(part.text for part in parts)
        emoji = (
            _EMOJI.get(self._intent) if self._voice.uses_emoji and not self._is_negative else None
        )
        lines = [_join(greeting, f"{body} {emoji}" if emoji else body, self._language)]
        if closing := self._closing(variant):
            lines.append(closing)
        return "\n\n".join(lines)

    def _greeting(self, variant: int) -> str:
        language = self._language
        if self._name is None:
            plain = language.greetings_plain
            return _unnamed(plain[self._pick(plain, variant)])
        return language.greetings[self._pick(language.greetings, variant)].replace(
            "{name}", self._name
        )

    def _closing(self, variant: int) -> str:
        closings = self._language.closings
        closing = (
            closings[self._pick(closings, variant)].replace("{name}", "").strip()
            if closings
            else ""
        )
        return "\n".join(filter(None, (closing, self._voice.signature)))


def _unnamed(phrase: str) -> str:
    return re.sub(r"\s+([,.!?])", r"\1", _NAME.sub("", phrase)).strip()


def _join(greeting: str, body: str, language: Language) -> str:
    """Put the body behind the greeting: after a comma it goes on in lower case, where that is safe."""
    if not greeting:
        return body
    if not greeting.endswith((",", ".", "!", "?", ":")):
        greeting += ","
    if not greeting.endswith(","):
        return f"{greeting} {body}"
    first, _, rest = body.partition(" ")
    if first.rstrip(",.").casefold() in language.lowerable:
        return f"{greeting} {first[:1].lower()}{first[1:]} {rest}".rstrip()
    return f"{greeting}\n{body}"


def _draft_id(*key: str) -> str:
    natural = "\x1f".join(key).encode()
    return f"drf_{hashlib.blake2b(natural, digest_size=16).hexdigest()}"


def _source(language: Language, kind: str, at: int) -> Source:
    return Source(kind="phrase", id=f"{language.owner}.{language.code}.{kind}.{at}", title=kind)


def _problem_source(language: Language, problem: Problem, at: int) -> Source:
    phrase_id = f"rapport.{language.code}.{problem.name}.{at}"
    return Source(kind="phrase", id=phrase_id, title=f"apology: {problem.name}")
