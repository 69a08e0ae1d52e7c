"""Decides what kind of answer a message wants, and whether anything is to be sorry for. No wording here.

The labels of a model are a guess; the words that name a problem are not. An apology that nobody
needs is as awkward as one that is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.messages import Labels
from language.knowledge.search import Match
from language.knowledge.words import words
from services.respond.drafting.cues import Found
from services.respond.drafting.phrasebook import MOODS, Language, Problem

Kind = Literal["praise", "complaint", "question", "request", "note"]
# Who says one of these has the problem, however the rest of the message reads.
_PLAIN = frozenset({"safety", "stolen", "charge", "silence", "wrong_item"})
_CLEARLY_NEGATIVE, _VERY_NEGATIVE, _SURELY_NEGATIVE = 0.6, 0.7, 0.85
_SURE_OF_COMPLAINT, _SURE_OF_PRAISE = 0.6, 0.6
_DOUBTFUL = 0.45
# Below these a sign of trouble in a question is taken for its subject.
_SOME_ANGER, _SOME_COMPLAINT = 0.35, 0.2
_CLOSE = 0.6
# So many of a complaint's words call for a fact that helps; two may just name the subject.
_MUCH = 3
# A customer may well say "too expensive" without any harm done.
_MILD = frozenset({"price", "availability"})


@dataclass(frozen=True, slots=True)
class Situation:
    """How to answer. A `note` is acknowledged and left to a person: what it wants is not clear."""

    kind: Kind
    problem: Problem | None
    is_sorry: bool
    facts: tuple[Match, ...]
    abstained: str | None


@dataclass(frozen=True, slots=True)
class _Read:
    """A message with what its words say."""

    signs: frozenset[str]
    phrases: frozenset[str]
    trouble_words: frozenset[str]
    topics: frozenset[str]
    is_asking: bool
    intent: str
    intents: dict[str, float]
    negative: float

    def p(self, intent: str) -> float:
        return self.intents.get(intent, 0.0)

    @property
    def is_in_trouble(self) -> bool:
        """Say whether a problem is told, not only asked about."""
        if self.signs & _PLAIN:
            return True
        if "upset" in self.signs and self.negative >= _CLEARLY_NEGATIVE:
            return True
        if "conditions" in self.signs:
            return False
        has_problem = bool(self.signs.difference(MOODS))
        is_angry = self.negative >= _SOME_ANGER or self.p("complaint") >= _SOME_COMPLAINT
        return (has_problem and is_angry) or bool(self.phrases.difference(MOODS, _MILD))


def assess(language: Language, text: str, labels: Labels, facts: Sequence[Match]) -> Situation:
    """Return how to answer this message; `facts` are those that its words call for."""
    spoken = words(text)
    signs = language.signs.find(spoken)
    read = _Read(
        signs=frozenset(found.name for found in signs),
        phrases=frozenset(found.name for found in signs if len(found.words) > 1),
        trouble_words=frozenset(found.words[0] for found in signs if _calls_for_remedy(found)),
        topics=frozenset(found.name for found in language.topics.find(spoken)),
        is_asking="?" in text,
        intent=labels.intent.label,
        intents=labels.intent.p,
        negative=labels.sentiment.p.get("negative", 0.0),
    )
    kind = _kind(read, facts)
    if kind == "complaint":
        return _complaint(language, read, facts)
    wants_facts = kind in {"question", "request"} or read.is_asking
    told = tuple(facts[: _most(read, text)]) if wants_facts else ()
    is_sorry = kind in {"question", "request"} and read.negative >= _SURELY_NEGATIVE
    return Situation(kind, None, is_sorry, told, _why_no_answer(kind, told))


def _most(read: _Read, text: str) -> int:
    """One question gets one answer: a second fact would only be noise."""
    return 2 if text.count("?") > 1 or "joins" in read.signs else 1


def _kind(read: _Read, facts: Sequence[Match]) -> Kind:
    if read.intent == "praise":
        return _praise(read)
    if read.is_in_trouble:
        return "complaint"
    if read.intent == "question" or (read.intent == "request" and read.is_asking and facts):
        return "question"
    return _not_surely_complaint(read, facts) if read.intent == "complaint" else "request"


def _praise(read: _Read) -> Kind:
    if read.negative >= _CLEARLY_NEGATIVE:
        return "complaint"
    is_sure = read.p("praise") >= _SURE_OF_PRAISE and read.negative < _DOUBTFUL
    is_pleased = is_sure or "pleased" in read.signs
    return "praise" if is_pleased and "irony" not in read.signs else "note"


def _not_surely_complaint(read: _Read, facts: Sequence[Match]) -> Kind:
    """A message that the model calls a complaint and whose words tell no certain problem."""
    is_upset = "upset" in read.signs or read.negative >= _SURELY_NEGATIVE
    if is_upset:
        return "complaint"
    has_subject = bool(read.topics) and read.p("complaint") >= _SURE_OF_COMPLAINT
    if read.is_asking and (facts or not has_subject):
        return "question"
    if read.p("praise") >= _CLOSE * read.p("complaint"):
        return "praise"
    is_negative = read.negative >= _VERY_NEGATIVE and "pleased" not in read.signs
    return "complaint" if has_subject or is_negative else "note"


def _complaint(language: Language, read: _Read, facts: Sequence[Match]) -> Situation:
    problem = _named(language, read.signs) or _named(language, read.topics)
    told = tuple(match for match in facts if _is_remedy(read, match))[:1]
    has_asked = read.intent in {"question", "request"}
    abstained = "facts.none" if has_asked and not told else None
    return Situation("complaint", problem, True, told, abstained)


def _named(language: Language, names: frozenset[str]) -> Problem | None:
    return next((problem for problem in language.problems if problem.name in names), None)


def _calls_for_remedy(found: Found) -> bool:
    """Of a phrase like "never delivered" no single word may call for a fact."""
    is_problem = found.name not in MOODS and len(found.words) == 1
    return is_problem or found.name == "remedies"


def _is_remedy(read: _Read, match: Match) -> bool:
    """A fact helps a complaint when trouble itself calls for it: "delivery" would only tell the price."""
    called = {word for one in match.called_by for word in one.split()}
    return bool(called & read.trouble_words) or len(called) >= _MUCH


def _why_no_answer(kind: Kind, facts: Sequence[Match]) -> str | None:
    if kind == "note":
        return "intent.unclear"
    return "facts.none" if kind in {"question", "request"} and not facts else None
