"""One answer for many people, never the same text twice in a row: names, greetings, phrasings. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.gateway.domain.replies import refusal_of_text

MOST_PHRASINGS, LONGEST_PHRASING, LONGEST_NAME = 3, 2_000, 30
OWN_GREETINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("Hello {name},", "Hi {name},", "{name},"), "de": ("Hallo {name},", "Guten Tag {name},"),
    "es": ("Hola {name}:", "Hola, {name}:"), "fr": ("Bonjour {name},", "{name}, bonjour,"),
}  # fmt: skip
_ANY = ("{name},",)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody to answer. `language` is of the message; `who` tells people apart."""

    message_id: str
    network: str
    kind: str
    who: str
    name: str
    language: str
    revision: int
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be said to somebody, or why nothing (`code` and `why`)."""

    message_id: str
    network: str
    name: str
    text: str
    revision: int
    code: str = ""
    why: str = ""


def plan(
    people: Sequence[Addressee],
    phrasings: Sequence[str],
    greetings: Mapping[str, Sequence[str]],
    answered: frozenset[str],
) -> list[Planned]:
    """Return what is said to each, in this order. Nobody is answered twice; `answered` were already."""
    seen, before, planned = set(answered), "", []
    turn = 0
    for one in people:
        refusal = _refusal(one, seen)
        if refusal:
            planned.append(
                Planned(one.message_id, one.network, one.name, "", one.revision, *refusal)
            )
            continue
        found = _worded(one, phrasings, _greetings(one.language, greetings), turn, before)
        planned.append(found)
        if not found.code:
            seen.add(one.who)
            before, turn = found.text, turn + 1
    return planned


def is_varied(planned: Sequence[Planned]) -> bool:
    """Say whether no text stands twice in a row."""
    said = [one.text for one in planned if not one.code]
    return all(one != other for one, other in pairwise(said))


def calling_name(author: str) -> str:
    """Return the first name to greet with; empty for what does not look like one."""
    first = author.split(maxsplit=1)[0] if author.split() else ""
    letters = [
        one for one in first if unicodedata.category(one)[0] in {"L", "M"} or one in "-'\u2019."
    ]
    is_name = bool(first) and len(letters) == len(first) and len(first) <= LONGEST_NAME
    return unicodedata.normalize("NFC", first) if is_name and not first.endswith(".") else ""


def _refusal(one: Addressee, seen: set[str]) -> tuple[str, str] | None:
    if one.is_taken:
        return "triage.answered", "Somebody answers this message already."
    if one.who in seen:
        return "triage.same_person", "This person gets an answer to another message."
    return None


def _worded(
    one: Addressee, phrasings: Sequence[str], greetings: Sequence[str], turn: int, before: str
) -> Planned:
    """Return the next wording that fits the network and differs from the one before."""
    name = calling_name(one.name)
    refusal = (
        "triage.too_alike",
        "It would say the same as the answer before. Write another phrasing.",
    )
    tries = len(phrasings) * max(1, len(greetings))
    for step in range(tries):
        at = turn + step
        phrasing = phrasings[at % len(phrasings)]
        greeting = greetings[(at // len(phrasings)) % len(greetings)] if greetings else ""
        for text in _texts(phrasing, greeting, name):
            wrong = refusal_of_text(one.network, one.kind, text)
            if wrong is not None:
                refusal = (wrong.code, wrong.why)
            elif text != before:
                return Planned(one.message_id, one.network, name, text, one.revision)
    return Planned(one.message_id, one.network, name, "", one.revision, *refusal)


def _texts(phrasing: str, greeting: str, name: str) -> list[str]:
    """Return the wording with a greeting and, should that be too long, without."""
    body = _named(phrasing, name)
    if "{name}" in phrasing or not name or not greeting:
        return [body]
    return [f"{_named(greeting, name)} {body}", body]


def _named(text: str, name: str) -> str:
    if name:
        return text.replace("{name}", name).strip()
    bare = re.sub(r"[ ,]*\{name\}", "", text)
    return re.sub(r"^[ ,:;]+", "", bare).strip()


def _greetings(language: str, known: Mapping[str, Sequence[str]]) -> Sequence[str]:
    named = [one for one in known.get(language, ()) if "{name}" in one]
    return named or OWN_GREETINGS.get(language, _ANY)
