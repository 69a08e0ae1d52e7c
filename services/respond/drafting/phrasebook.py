"""Reads the phrase book: what is said in each language where a brand has no phrases of its own.

The wording is in phrasebook.json; which phrase is said when is decided by the composer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from contracts.brands import Phrases
from services.respond.drafting.words import words

# Shorter words must match whole: "app" is not in "apparently".
_SHORTEST_PREFIX = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that goes wrong for people, how they say it, and how we name it."""

    name: str
    cues: tuple[str, ...]
    phrases: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that can be said in one language. `{name}` is the author's first name."""

    code: str
    greetings: tuple[str, ...]
    greetings_plain: tuple[str, ...]
    closings: tuple[str, ...]
    thanks: tuple[str, ...]
    apologies: tuple[str, ...]
    handovers: tuple[str, ...]
    invites: tuple[str, ...]
    unknowns: tuple[str, ...]
    leads: tuple[str, ...]
    requests: tuple[str, ...]
    problems: tuple[Problem, ...]
    disclosure: str
    lowerable: frozenset[str]
    owner: str = "rapport"

    def problem_in(self, text: str) -> Problem | None:
        """Return what went wrong for the author, the most specific first, or None."""
        spoken = words(text)
        joined = f" {' '.join(spoken)} "
        for problem in self.problems:
            if any(f" {phrase}" in joined for phrase in problem.phrases):
                return problem
            if any(_matches(word, cue) for word in spoken for cue in problem.cues):
                return problem
        return None

    def spoken_by(self, phrases: Phrases, brand_id: str) -> "Language":
        """Return the language with the brand's own phrases in place of ours, where it has some."""
        named = tuple(phrases.greetings)
        return replace(
            self,
            greetings=named or self.greetings,
            greetings_plain=named or self.greetings_plain,
            closings=tuple(phrases.closings) or self.closings,
            thanks=tuple(phrases.thanks) or self.thanks,
            apologies=tuple(phrases.apologies) or self.apologies,
            handovers=tuple(phrases.handovers) or self.handovers,
            disclosure=phrases.disclosure.strip() or self.disclosure,
            owner=brand_id,
        )


PhraseBook = Mapping[str, Language]


def load_phrasebook() -> PhraseBook:
    """Read the phrase book that comes with the service."""
    source = resources.files("services.respond.drafting").joinpath("phrasebook.json")
    book = json.loads(source.read_text("utf-8"))
    return {code: _language(code, entry) for code, entry in book.items()}


def _language(code: str, entry: dict[str, object]) -> Language:
    fields = dict(entry)
    problems = fields.pop("problems")
    assert isinstance(problems, dict)
    lists: dict[str, Any] = {
        name: tuple(value) for name, value in fields.items() if isinstance(value, list)
    }
    lowerable = frozenset(lists.pop("lowerable"))
    return Language(
        code=code,
        problems=tuple(_problem(name, problem) for name, problem in problems.items()),
        disclosure=str(fields["disclosure"]),
        lowerable=lowerable,
        **lists,
    )


def _problem(name: str, entry: dict[str, list[str]]) -> Problem:
    cues = entry["words"]
    return Problem(
        name=name,
        cues=tuple(cue for cue in cues if " " not in cue),
        phrases=tuple(cue for cue in cues if " " in cue),
        says=tuple(entry["says"]),
    )


def _matches(word: str, cue: str) -> bool:
    return word.startswith(cue) if len(cue) >= _SHORTEST_PREFIX else word == cue
