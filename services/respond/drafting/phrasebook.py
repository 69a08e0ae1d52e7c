"""Reads the phrase book: what is said in each language where a brand has no phrases of its own.

The wording is in phrasebook.json; which phrase is said when is decided by the composer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

from contracts.brands import Phrases
from services.respond.drafting.cues import Cues

# What brands may word themselves, by the same name as here.
_OWN = ("closings", "thanks", "apologies", "handovers", "invites", "unknowns", "leads", "requests")
MOODS = ("upset", "pleased", "irony", "conditions", "remedies", "joins")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that goes wrong for people, and how we name it."""

    name: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Everything that can be said in one language. `{name}` is the author's first name.

    `signs` are words that nobody uses unless the problem is there, `topics` words that only name its
    subject. `signs` also knows MOODS: how people sound, the `conditions` ("if") under which nothing has happened yet,
    words that call for `remedies` once a problem is sure, and those that `join` a second question.
    """

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
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    signs: Cues
    topics: Cues
    disclosure: str
    lowerable: frozenset[str]
    owner: str = "rapport"

    def spoken_by(self, phrases: Phrases, brand_id: str) -> "Language":
        """Return the language with the brand's own phrases in place of ours, where it has some."""
        named = tuple(phrases.greetings)
        own: dict[str, Any] = {kind: tuple(getattr(phrases, kind)) for kind in _OWN}
        return replace(
            self,
            greetings=named or self.greetings,
            greetings_plain=named or self.greetings_plain,
            disclosure=phrases.disclosure.strip() or self.disclosure,
            owner=brand_id,
            **{kind: said for kind, said in own.items() if said},
        )


PhraseBook = Mapping[str, Language]


def load_phrasebook() -> PhraseBook:
    """Read the phrase book that comes with the service."""
    source = resources.files("services.respond.drafting").joinpath("phrasebook.json")
    book = json.loads(source.read_text("utf-8"))
    return {code: _language(code, entry) for code, entry in book.items()}


def _language(code: str, entry: Mapping[str, Any]) -> Language:
    fields = dict(entry)
    problems: dict[str, dict[str, list[str]]] = fields.pop("problems")
    moods = {mood: fields.pop(mood) for mood in MOODS}
    signs = {name: problem["signs"] for name, problem in problems.items()}
    disclosure, lowerable = fields.pop("disclosure"), frozenset(fields.pop("lowerable"))
    lists: dict[str, Any] = {name: tuple(said) for name, said in fields.items()}
    return Language(
        code=code,
        problems=tuple(Problem(name, tuple(told["says"])) for name, told in problems.items()),
        signs=Cues(signs | moods),
        topics=Cues({name: problem["words"] for name, problem in problems.items()}),
        disclosure=disclosure,
        lowerable=lowerable,
        **lists,
    )
