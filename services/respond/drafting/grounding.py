"""What of the brand's knowledge an answer may stand on, in the author's language. Composes nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from contracts.brands import Fact
from contracts.knowledge import Entry
from language.knowledge.search import Knowledge, Match, group_of
from language.knowledge.words import content_words

NO_FACT, OTHER_LANGUAGE = "facts.none", "facts.other_language"
_MOST, _CLAUSES = 2, 4
_VARIABLE = re.compile(r"\{(?!name\})[^{}]*\}")
_CLAUSE = re.compile(r"[?.!;:]+|,?\s(?:and|also|und|et|e|ed|y|ou|o|oder|or)\s", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LONG = 140


@dataclass(frozen=True, slots=True)
class Ground:
    """`matches` may be said as they stand; `foreign` answers too, but in another language."""

    matches: tuple[Match, ...] = ()
    foreign: tuple[Entry, ...] = ()


class Grounds:
    """The knowledge of one brand, ready to be asked."""

    def __init__(self, knowledge: Knowledge, entries: Iterable[Entry]) -> None:
        self._knowledge = knowledge
        self._groups: dict[str, list[Entry]] = {}
        for entry in entries:
            self._groups.setdefault(group_of(entry), []).append(entry)

    def find(self, text: str, language: str, *, network: str, is_asking: bool) -> Ground:
        """Return what answers a message in `language`; for one that asks nothing, what its words call for."""
        found = self._found(text, language) if is_asking else self._knowledge.called(text, language)
        matches, foreign = [], []
        for match in found:
            entry = self._said_in(match.entry, language)
            if not is_sayable(match.entry if entry is None else entry, network):
                continue
            if entry is None:
                foreign.append(match.entry)
            else:
                matches.append(Match(entry, match.score, match.called_by))
        # What answers best decides: a second-best fact in the right language would miss the question.
        if foreign and foreign[0] is found[0].entry:
            return Ground((), tuple(foreign[:1]))
        return Ground(tuple(matches[:_MOST]))

    def _found(self, text: str, language: str) -> list[Match]:
        whole = self._knowledge.find(asked_of(text), language)
        parts = [part for part in _CLAUSE.split(text) if len(content_words(part)) > 1]
        if len(parts) < 2:
            return whole
        each = [self._knowledge.find(part, language, 1) for part in parts[:_CLAUSES]]
        # Two questions have two answers; two clauses of one question have one, or none.
        several = {match.entry_id: match for match in chain.from_iterable(each)}
        if len(several) > 1 and (not whole or whole[0].entry_id in several):
            return list(several.values())
        return whole or list(several.values())

    def _said_in(self, entry: Entry, language: str) -> Entry | None:
        if entry.language == language:
            return entry
        same = self._groups.get(group_of(entry), ())
        return next((one for one in same if one.language == language), None)


def asked_of(text: str) -> str:
    """Return the part of a long message that asks: its questions, each with the sentence before."""
    if "?" not in text or len(text) <= _LONG:
        return text
    sentences = _SENTENCE.split(text)
    wanted = {
        place
        for at, sentence in enumerate(sentences)
        if "?" in sentence
        for place in (at - 1, at)
        if place >= 0
    }
    return " ".join(sentences[place] for place in sorted(wanted))


def is_sayable(entry: Entry, network: str) -> bool:
    """Say whether an entry may stand in an answer at this network as it is."""
    is_here = not entry.networks or network in entry.networks
    return is_here and not _VARIABLE.search(entry.text)


def entry_of(fact: Fact) -> Entry:
    """Return a fact of the voice as an entry of the knowledge."""
    return Entry(
        entry_id=fact.fact_id, title=fact.title, language=fact.language, text=fact.text,
        keywords=fact.keywords,
    )  # fmt: skip
