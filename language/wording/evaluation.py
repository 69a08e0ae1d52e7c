"""How many disguised terms are found, and how many ordinary replies are blocked by mistake.

Run: python -m language.wording.evaluation [--errors]. Exits with 1 under the floors.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import TextIO

from language.wording.folding import fold
from language.wording.money import only_amount
from language.wording.terms import find_terms

LEAST_CAUGHT, MOST_FALSE = 0.95, 0.01
_REPLIES = (
    ("language.care", "data/pairs.jsonl", ("better", "worse")),
    ("language.promises", "data/promises.jsonl", ("text",)),
    ("language.wording", "data/ordinary.jsonl", ("text",)),
)
"""Replies of our own: pairs that were rated, labelled promises, and what phrase book and demo facts make."""


def evasions() -> list[dict[str, str]]:
    """Return the disguised terms: language, term, technique, reply."""
    return list(_rows("language.wording", "data/evasions.jsonl"))


def ordinary() -> list[str]:
    """Return replies that no rule is meant for, each once."""
    found = (
        str(row[name])
        for package, path, names in _REPLIES
        for row in _rows(package, path)
        for name in names
    )
    return list(dict.fromkeys(found))


def missed() -> list[dict[str, str]]:
    """Return the evasions that are not found."""
    return [row for row in evasions() if not find_terms([row["term"]], row["reply"])]


def false_blocks() -> list[tuple[str, str]]:
    """Return the ordinary replies in which a term is found that does not stand there as a word of its own."""
    terms = sorted({row["term"] for row in evasions()})
    plain = {term: _as_word(term) for term in terms}
    return [
        (reply, span.term)
        for reply in ordinary()
        for span in find_terms(terms, reply)
        if not plain[span.term].search(fold(reply).chars) and only_amount(span.term) is None
    ]


def write(out: TextIO, *, with_errors: bool) -> bool:
    """Write the figures; return whether they hold."""
    rows, lost, replies, wrong = evasions(), missed(), ordinary(), false_blocks()
    caught = 1 - len(lost) / len(rows)
    false = len({reply for reply, _ in wrong}) / len(replies)
    terms = len({row["term"] for row in rows})
    out.write(f"forbidden wording: {caught:.1%} of {len(rows)} evasions of {terms} terms caught\n")
    out.writelines(
        f"  missed {count}: {technique}\n"
        for technique, count in sorted(Counter(row["technique"] for row in lost).items())
    )
    out.write(
        f"false blocks: {false:.2%} of {len(replies)} ordinary replies, all {terms} terms at once\n"
    )
    if with_errors:
        out.writelines(f"  missed {row['term']!r}: {row['reply']!r}\n" for row in lost)
        out.writelines(f"  wrong {term!r}: {reply!r}\n" for reply, term in wrong)
    return caught >= LEAST_CAUGHT and false < MOST_FALSE


def _as_word(term: str) -> re.Pattern[str]:
    """The term as somebody writes it who hides nothing, in its plural or alone."""
    words = r"[\W_]+".join(re.escape(word) for word in re.findall(r"[^\W_]+", fold(term).chars))
    words = re.sub(
        "ao$", "(?:ao|oes)", re.sub("o$", "[oai]", words) if not words.endswith("ao") else words
    )
    return re.compile(rf"(?<![^\W_]){words}(?:s|es|n|en|e|r)?(?![^\W_])")


def _rows(package: str, path: str) -> Iterator[dict[str, str]]:
    for line in files(package).joinpath(path).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--errors", action="store_true", help="list what is missed and what is wrong"
    )
    options = parser.parse_args()
    sys.exit(0 if write(sys.stdout, with_errors=options.errors) else 1)


if __name__ == "__main__":
    main()
