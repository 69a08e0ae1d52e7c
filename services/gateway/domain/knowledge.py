"""What a brand knows and the replies it keeps at hand: how they are written, filled in and judged. Pure."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from contracts.knowledge import ENTRY_KINDS, Entry
from contracts.networks.table import NETWORKS

VARIABLES: Mapping[str, str] = {
    "name": "the author's name",
    "brand": "the brand's name",
    "agent": "who answers",
}
"""What `{...}` in a saved reply may stand for."""

MOST_ENTRIES = 2_000
LONGEST_TEXT = 8_000
LONGEST_TITLE = 200
UNUSED_FOR = timedelta(days=90)
POOR_CARE = 50
ENOUGH_USES = 3
COLUMNS = ("title", "text", "language", "kind", "keywords", "networks", "group")
_VARIABLE = re.compile(r"\{([^{}\n]{0,40})\}")


class Wrong(ValueError):
    """What was written cannot be kept; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry with what became of it. `care` is the mean of the answers made from it, 0-100.

    `stale` says in a sentence why somebody should look at it; empty: nothing is wrong.
    """

    entry: Entry
    revision: int
    changed_at: datetime
    changed_by: str
    uses: int
    last_used_at: datetime | None
    care: int | None
    stale: str


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved reply as it fits one message. `open` are the variables that nobody knows yet."""

    entry: Entry
    text: str
    open: list[str]
    is_other_language: bool


def checked(entry_id: str, given: Mapping[str, Any]) -> Entry:
    """Return the entry that was written. Raises `Wrong` with the first thing that is wrong."""
    told = {name: value for name, value in given.items() if name != "entry_id"}
    try:
        entry = Entry(entry_id=entry_id, **told)
    except (ValidationError, TypeError) as error:
        where = error.errors()[0]["loc"] if isinstance(error, ValidationError) else ("entry",)
        raise Wrong(f"{'.'.join(map(str, where))} is missing or not as it must be.") from None
    entry = entry.model_copy(
        update={"title": " ".join(entry.title.split()), "text": entry.text.strip()}
    )
    problem = _problem_of(entry)
    if problem:
        raise Wrong(problem)
    return entry


def _problem_of(entry: Entry) -> str:
    if not entry.title or len(entry.title) > LONGEST_TITLE:
        return f"Give it a title of at most {LONGEST_TITLE} letters."
    if not entry.text or len(entry.text) > LONGEST_TEXT:
        return f"Write a text of at most {LONGEST_TEXT:,} letters."
    if not re.fullmatch(r"[a-z]{2,3}", entry.language):
        return "Name the language by its code, such as en or es."
    strange = sorted(set(entry.networks) - set(NETWORKS))
    if strange:
        return f"There is no network named {strange[0]}."
    unknown = [name for name in variables_of(entry.text) if name not in VARIABLES]
    if entry.kind == "saved" and unknown:
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        return f"Nothing is known of {{{unknown[0]}}}. These are filled in: {known}."
    return ""


def variables_of(text: str) -> list[str]:
    """Return the names in braces, in their order."""
    return _VARIABLE.findall(text)


def filled(text: str, values: Mapping[str, str | None]) -> tuple[str, list[str]]:
    """Return the text with its variables filled in, and the names nobody knew a value for.

    What is not known is left out with the comma or space before it: "Hello {name}," reads "Hello,".
    """
    left: list[str] = []

    def fill(match: re.Match[str]) -> str:
        name = match.group(2)
        value = values.get(name)
        if value:
            return f"{match.group(1)}{value}"
        left.append(name)
        return "" if name in VARIABLES else match.group(0)

    return re.sub(r"(\s?)\{([^{}\n]{0,40})\}", fill, text), left


def stale_because(
    entry: Entry, written_at: datetime, record: Mapping[str, Any], now: datetime
) -> str:
    """Say why somebody should look at a saved reply again, or nothing."""
    if entry.kind != "saved":
        return ""
    used_at: datetime = record.get("last_used_at") or written_at
    if now - used_at > UNUSED_FOR:
        return f"Nobody has used it for {(now - used_at).days} days."
    care = care_of(record)
    if care is not None and record["uses"] >= ENOUGH_USES and care < POOR_CARE:
        return f"Answers made from it have a care score of {care} on average."
    return ""


def care_of(record: Mapping[str, Any]) -> int | None:
    """Return the mean care score of the answers made from an entry, or None before the first."""
    scored = record.get("scored") or 0
    return round(record["care_sum"] / scored) if scored else None


def best_first(
    entries: Sequence[Entry], network: str, language: str | None, query: str
) -> list[Entry]:
    """Return the saved replies that may be used here: the message's language first, then by title."""
    asked = query.casefold().split()
    here = [
        one
        for one in entries
        if one.kind == "saved" and (not one.networks or network in one.networks)
        if all(word in f"{one.title} {one.text}".casefold() for word in asked)
    ]
    return sorted(here, key=lambda one: (one.language != language, one.title.casefold()))


def read_table(content: str) -> list[dict[str, Any]]:
    """Return the rows of a CSV file with a heading line. Raises `Wrong` naming the line.

    Columns: title, text, language; kind, keywords, networks (both with `;` between) and group may be
    left out.
    """
    rows = csv.DictReader(io.StringIO(content.lstrip("\ufeff")), skipinitialspace=True)
    heading = [name.strip().casefold() for name in rows.fieldnames or ()]
    lacking = [name for name in COLUMNS[:3] if name not in heading]
    if lacking:
        raise Wrong(f"The first line must name the columns; {lacking[0]} is missing.")
    rows.fieldnames = heading
    found = []
    for number, row in enumerate(rows, 2):
        told: dict[str, Any] = {name: (row.get(name) or "").strip() for name in COLUMNS}
        told["kind"] = told["kind"] or "saved"
        if told["kind"] not in ENTRY_KINDS:
            raise Wrong(f"Line {number}: kind must be one of {', '.join(ENTRY_KINDS)}.")
        for name in ("keywords", "networks"):
            told[name] = [part.strip() for part in told[name].split(";") if part.strip()]
        told["group"] = told["group"] or None
        found.append(told)
        if len(found) > MOST_ENTRIES:
            raise Wrong(f"A file may hold {MOST_ENTRIES:,} entries. Split it.")
    return found
