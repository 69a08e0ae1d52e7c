"""Forbidden terms in a reply: found through disguises, not found inside innocent words.

A pattern proposes, the judgement here disposes: a stretch of text counts as the term when it is written plainly as a
word of its own, or when it is disguised in a way that ordinary text is not.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

from language.wording.evidence import Evidence, boundaries_hold, is_meant, is_meant_masked
from language.wording.folding import Folded, fold
from language.wording.money import Amount, amounts, only_amount
from language.wording.patterns import MASKS, Pattern, compiled

_PATIENCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Span:
    """A term at reply[start:end], in code points of the reply as it was given."""

    start: int
    end: int
    term: str


def find_terms(terms: Iterable[str], reply: str) -> list[Span]:
    """Return where each of the terms stands in the reply, in order of their place."""
    folded = fold(reply)
    found: list[Span] = []
    for term in dict.fromkeys(terms):
        found += _distinct(_spans(term, reply, folded))
    return sorted(found, key=lambda span: (span.start, span.end, span.term))


def _spans(term: str, reply: str, folded: Folded) -> Iterator[Span]:
    price = only_amount(term)
    if price is not None:
        yield from (
            Span(found.start, found.end, term) for found in amounts(reply) if _is_same(found, price)
        )
    pattern = compiled(term)
    if pattern is None:
        yield from _literal(term, reply)
        return
    yield from _disguised(pattern, reply, folded)


def _disguised(pattern: Pattern, reply: str, folded: Folded) -> Iterator[Span]:
    for match in _matches(pattern.spaced, folded.chars):
        evidence = Evidence(pattern, folded, match)
        if is_meant(evidence, reply):
            yield _span(pattern.term, folded, match.start(), evidence.end)
    if pattern.masked is not None and any(mask in reply for mask in MASKS):
        for match in _matches(pattern.masked, folded.chars):
            evidence = Evidence(pattern, folded, match)
            if boundaries_hold(evidence) and is_meant_masked(evidence):
                yield _span(pattern.term, folded, match.start(), match.end())


def _matches(pattern: "regex.Pattern[str]", chars: str) -> Iterator["regex.Match[str]"]:
    return pattern.finditer(chars, overlapped=True, timeout=_PATIENCE_S)


def _span(term: str, folded: Folded, start: int, end: int) -> Span:
    places = range(start, end)
    return Span(min(folded.starts[i] for i in places), max(folded.ends[i] for i in places), term)


def _is_same(found: Amount, price: Amount) -> bool:
    return found.value == price.value and found.currency == price.currency


def _literal(term: str, reply: str) -> Iterator[Span]:
    """A term of signs or emoji only, as it stands."""
    wanted = unicodedata.normalize("NFC", term).strip().rstrip("\ufe0f")
    at = reply.find(wanted) if wanted else -1
    while at >= 0:
        yield Span(at, at + len(wanted), term)
        at = reply.find(wanted, at + len(wanted))


def _distinct(spans: Iterable[Span]) -> list[Span]:
    """Of overlapping finds of one term the first and longest."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept
