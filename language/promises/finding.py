"""Promises in a reply: the brand commits itself to do something for its reader. The guideline is data/GUIDELINE.md."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

from language.promises.due import Hours, due
from language.promises.moments import Moment, moments
from language.promises.text import folded, sentences
from language.promises.tongues.de import DE
from language.promises.tongues.en import EN
from language.promises.tongues.es import ES
from language.promises.tongues.fr import FR
from language.promises.tongues.it import IT
from language.promises.tongues.pt import PT
from language.promises.tongues.tongue import Tongue

TONGUES: dict[str, Tongue] = {"en": EN, "de": DE, "es": ES, "fr": FR, "it": IT, "pt": PT}
Kind = Literal["answer", "deed"]
_WORD = re.compile(r"[a-zß']+")


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise at text[start:end]; the words that say when are text[due_start:due_end], all None where none do.

    `kind`: answer where the brand says it will write or call, deed for everything else.
    """

    start: int
    end: int
    text: str
    due_text: str | None
    due_start: int | None
    due_end: int | None
    kind: Kind
    moment: Moment | None = field(default=None, repr=False)


def find_promises(text: str, language: str | None = None) -> list[Promise]:
    """Return the promises of a reply, at most one for each sentence, in order.

    Another language than the six, or none, is guessed from the words.
    """
    plain = folded(text)
    tongue = TONGUES.get((language or "")[:2].lower()) or _guess(plain)
    return [
        promise
        for start, end in sentences(text)
        for promise in _in_sentence(text, plain, (start, end), tongue)
    ]


def language_of(text: str) -> str:
    """Return which of the six languages a text is in, by its small words."""
    tongue = _guess(folded(text))
    return next(code for code, known in TONGUES.items() if known is tongue)


def due_at(
    promise: Promise, said_at: datetime, timezone: str, hours: Hours | None = None
) -> datetime | None:
    """Return when the promise is due, in UTC; None where it does not say."""
    return None if promise.moment is None else due(promise.moment, said_at, timezone, hours)


def _guess(plain: str) -> Tongue:
    words = _WORD.findall(plain)
    return max(TONGUES.values(), key=lambda tongue: sum(word in _markers(tongue) for word in words))


@cache
def _markers(tongue: Tongue) -> frozenset[str]:
    return frozenset(tongue.markers.split())


def _in_sentence(
    text: str, plain: str, place: tuple[int, int], tongue: Tongue
) -> Iterator[Promise]:
    start, end = place
    sentence = plain[start:end]
    if sentence.rstrip(" )\"'").endswith("?"):
        return
    ahead = moments(sentence, tongue)
    said = _commitment(sentence, ahead, tongue)
    if said is None:
        return
    when = _nearest(sentence, said, ahead)
    lead = len(sentence) - len(sentence.lstrip())
    stated = text[start:end].strip()
    yield Promise(
        start + lead,
        start + lead + len(stated),
        stated,
        text[start + when.start : start + when.end] if when else None,
        start + when.start if when else None,
        start + when.end if when else None,
        "answer" if re.search(tongue.answers, sentence[said[0] :]) else "deed",
        when,
    )


def _commitment(sentence: str, ahead: list[Moment], tongue: Tongue) -> tuple[int, int] | None:
    """Where the sentence commits the brand; None where it does not."""
    patterns = _patterns(tongue)
    for place in _places(patterns.commits, sentence, ahead, tongue):
        if _stands(sentence, place, patterns):
            return place
    for place in _places(patterns.acts, sentence, ahead, tongue) if ahead else ():
        start, end = _clause(sentence, place)
        is_theirs = patterns.reader.search(sentence[start:end]) is not None
        is_past = any(past.search(sentence[start:end]) for past in patterns.pasts)
        if is_theirs and not is_past and _stands(sentence, place, patterns):
            return place
    return None


def _places(
    patterns: tuple[re.Pattern[str], ...], sentence: str, ahead: list[Moment], tongue: Tongue
) -> Iterator[tuple[int, int]]:
    """Where any of the patterns fits words that are not told of the past."""
    for pattern in patterns:
        for match in pattern.finditer(sentence):
            if not _may_be_past(match.group(), ahead, tongue):
                yield match.span()


@dataclass(frozen=True)
class _Patterns:
    commits: tuple[re.Pattern[str], ...]
    acts: tuple[re.Pattern[str], ...]
    voids: tuple[re.Pattern[str], ...]
    pasts: tuple[re.Pattern[str], ...]
    conditions: re.Pattern[str]
    reader: re.Pattern[str]
    whether: re.Pattern[str]


@cache
def _patterns(tongue: Tongue) -> _Patterns:
    return _Patterns(
        tuple(re.compile(one) for one in tongue.commits),
        tuple(re.compile(one) for one in tongue.acts),
        tuple(re.compile(one) for one in tongue.voids),
        tuple(re.compile(one) for one in tongue.pasts),
        re.compile(tongue.conditions),
        re.compile(tongue.reader),
        re.compile(tongue.whether),
    )


def _stands(sentence: str, span: tuple[int, int], patterns: _Patterns) -> bool:
    """Neither a hedge in its clause nor a condition on it takes the commitment back."""
    start, end = _clause(sentence, span)
    if any(void.search(sentence[start:end]) for void in patterns.voids):
        return False
    return not _is_conditional(sentence, span, patterns)


def _may_be_past(said: str, ahead: list[Moment], tongue: Tongue) -> bool:
    """A verb whose present is its past too, with a bare day: "lo enviamos el lunes"."""
    is_double = tongue.doubles is not None and re.search(tongue.doubles, said) is not None
    return is_double and bool(ahead) and all(moment.is_bare for moment in ahead)


_CLAUSE = re.compile(r",|:|\(|\)|\s-\s|\b(?:and|but|so|und|aber|y|pero|et|mais|e|ma|mas)\b")


def _clause(sentence: str, span: tuple[int, int]) -> tuple[int, int]:
    start = max((mark.end() for mark in _CLAUSE.finditer(sentence, 0, span[0])), default=0)
    after = _CLAUSE.search(sentence, span[1])
    return start, after.start() if after else len(sentence)


def _is_conditional(sentence: str, span: tuple[int, int], patterns: _Patterns) -> bool:
    for condition in patterns.conditions.finditer(sentence):
        if patterns.whether.search(sentence[: condition.start()]):
            continue
        if condition.start() < span[0]:
            return True
        between = sentence[span[1] : condition.start()]
        if not re.search(r"[,;:(]|\s-\s", between):
            return True
    return False


def _nearest(sentence: str, said: tuple[int, int], ahead: list[Moment]) -> Moment | None:
    """The moment of this commitment: the nearest one, those after it before those ahead of it."""
    if not ahead:
        return None
    start, end = _clause(sentence, said)

    def distance(moment: Moment) -> int:
        away = moment.start - said[0] if moment.start >= said[0] else (said[0] - moment.end) * 2
        return away if start <= moment.start < end else away + len(sentence) * 2

    return min(ahead, key=distance)
