"""Puts an answer together: greeting, acknowledgement, facts or the next step, closing, signature.

The same message always gives the same drafts. Nothing of the author's text is repeated, and nothing
is said that stands neither in the brand's facts nor in the phrases.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.knowledge import Entry
from contracts.messages import Labels, MessageReceived
from contracts.networks.protocol import Measure, Unit
from contracts.replies import Draft, Source
from language.knowledge.words import fold
from services.respond.drafting.grounding import NO_FACT, OTHER_LANGUAGE
from services.respond.drafting.names import first_name
from services.respond.drafting.phrasebook import Language, Problem
from services.respond.drafting.situation import assess
from services.respond.drafting.voice import Voice

VARIANTS = 2
_MOST: Mapping[Unit, int] = {"characters": 1, "graphemes": 1, "bytes": 4, "weighted": 2, "utf16": 2}
"""What one character counts at most."""
_EMOJI = {"praise": "😊", "question": "🙂"}
_NAME = re.compile(r"\s*,?\s*\{name\}")
_PRIVATE = re.compile(r"privat|privad|prive|direktnachricht|direct message")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the network asks of a text: how it counts and what it takes, and how it must begin."""

    measure: Measure
    text_for: Callable[[str], str]

    def fits(self, text: str) -> bool:
        """Say whether the network would take the text."""
        # Most texts are far from the limit, and counting clusters is slow.
        measure = self.measure
        most = len(text) * _MOST[measure.unit] + measure.url_length * text.count(".")
        is_surely_short = measure.also is None and most <= measure.limit
        return is_surely_short or measure.fits(text)


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
    draft_id = make_draft_id(draft.draft_id, text)
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
        text = message.text or ""
        is_asking = "?" in text or labels.intent.label == "question"
        ground = voice.grounds.find(
            text, language.code, network=message.network, is_asking=is_asking
        )
        self._situation = assess(language, text, labels, ground.matches)
        self._facts = [match.entry for match in self._situation.facts]
        self.abstained = self._situation.abstained
        # For the person who answers: what the brand knows of this, in another language.
        self._pointers = ground.foreign if self.abstained == NO_FACT else ()
        if self._pointers:
            self.abstained = OTHER_LANGUAGE

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
        sources += [entry_source(entry) for entry in self._pointers]
        draft_id = make_draft_id(self._message.message_id, self._message.version, text)
        return Draft(draft_id=draft_id, text=text, language=self._language.code, sources=sources)

    def _parts(self, variant: int) -> list[_Part]:
        told = self._told_facts()
        match self._situation.kind:
            case "praise":
                return [self._say("thanks", variant), *told]
            case "complaint":
                return [self._sorrow(variant), *told, self._next_step(variant)]
            case "note":
                return [self._say("notes", variant), *told]
            case "question":
                return self._question(variant, told)
            case "request":
                return self._request(variant, told)

    def _question(self, variant: int, told: list[_Part]) -> list[_Part]:
        opening = [self._sorrow(variant)] if self._situation.is_sorry else []
        if not told:
            return [*opening, self._say("unknowns", variant)]
        if not opening:
            opening = [replace(self._say("leads", variant), can_be_left_out=True)]
        return [*opening, *told]

    def _request(self, variant: int, told: list[_Part]) -> list[_Part]:
        is_sorry = self._situation.is_sorry
        opening = self._sorrow(variant) if is_sorry else self._say("requests", variant)
        return [opening, *(told or [self._say("handovers", variant)])]

    def _sorrow(self, variant: int) -> _Part:
        """Name the problem where it is known; else the brand's own apology."""
        problem = self._situation.problem
        if problem is None:
            return self._say("apologies", variant)
        at = self._pick(problem.says, variant)
        return _Part(problem.says[at], _problem_source(self._language, problem, at))

    def _next_step(self, variant: int) -> _Part:
        """Ask for a private message where all can read along, unless a fact has just done so."""
        is_seen_by_all = self._message.kind != "dm" and self._message.visibility != "direct"
        is_invited = any(_PRIVATE.search(fold(fact.text)) for fact in self._facts)
        wants_details = is_seen_by_all and variant == 0 and not is_invited
        return self._say("invites" if wants_details else "handovers", variant)

    def _told_facts(self) -> list[_Part]:
        return [
            _Part(
                self._filled(fact.text.strip()),
                entry_source(fact),
                can_be_left_out=number > 0,
            )
            for number, fact in enumerate(self._facts)
        ]

    def _filled(self, text: str) -> str:
        """Put the author's name where a saved reply wants it."""
        if "{name}" not in text:
            return text
        return text.replace("{name}", self._name) if self._name else _unnamed(text)

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
        is_glad = self._voice.uses_emoji and not self._situation.is_sorry
        emoji = _EMOJI.get(self._situation.kind) if is_glad and not self.abstained else None
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
    # French keeps its space before the other signs.
    return re.sub(r"\s+([,.])", r"\1", _NAME.sub("", phrase)).strip()


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


def make_draft_id(*key: str) -> str:
    """Return the id that follows from what a draft was made of."""
    natural = "\x1f".join(key).encode()
    return f"drf_{hashlib.blake2b(natural, digest_size=16).hexdigest()}"


def _source(language: Language, kind: str, at: int) -> Source:
    return Source(kind="phrase", id=f"{language.owner}.{language.code}.{kind}.{at}", title=kind)


def entry_source(entry: Entry) -> Source:
    """Return an entry as the source of a draft."""
    kind = entry.kind if entry.kind in ("saved", "hours", "policy") else "fact"
    return Source(kind=kind, id=entry.entry_id, title=entry.title)


def _problem_source(language: Language, problem: Problem, at: int) -> Source:
    phrase_id = f"rapport.{language.code}.{problem.name}.{at}"
    return Source(kind="phrase", id=phrase_id, title=f"apology: {problem.name}")
