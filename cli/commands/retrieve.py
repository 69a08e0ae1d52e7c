"""`rapport retrieve`: which facts of a brand answer a question. The search itself is in language/knowledge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.lines import BrokenLine, answer_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from language.knowledge.search import Knowledge

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
_EXAMPLE = '{"brand": "casa", "language": "de", "question": "Wann habt ihr offen?"}'


@click.command()
@click.option(
    "--facts",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder with one BRAND.json per brand: a list of {id, title, text, language}.",
)
@click.option(
    "--words-only", is_flag=True, help="Search without the encoder, as a small machine would."
)
def command(facts: Path, words_only: bool) -> None:
    """Find the facts that answer questions.

    Reads one JSON object a line from standard input: brand, language (of the question; en, es, pt,
    fr, de or it) and question. Prints {"fact_ids": [best first]} a line, three at most and none when
    the brand's facts hold no answer. A line that cannot be answered prints {"error": ...}, and the
    exit code is then 2.
    """
    from language.knowledge.lists import BrokenList, read_lists
    from language.knowledge.loading import load_tools
    from language.knowledge.search import Knowledge, Tools

    try:
        lists = read_lists(facts)
    except BrokenList as error:
        click.echo(f"rapport retrieve: {error}", err=True)
        sys.exit(2)
    tools = Tools() if words_only else load_tools()
    known: dict[str, Knowledge] = {}

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(question, lists)
        brand = asked["brand"]
        if brand not in known:
            known[brand] = Knowledge(lists[brand], tools)
        return {"fact_ids": _answer(known[brand], asked)}

    answer_lines("retrieve", answer, example=_EXAMPLE)


def _answer(knowledge: Knowledge, asked: Mapping[str, str]) -> list[str]:
    return [match.entry_id for match in knowledge.find(asked["question"], asked["language"])]


def _asked(asked: dict[str, Any], brands: Mapping[str, Any]) -> dict[str, str]:
    for name in ("brand", "language", "question"):
        if not isinstance(asked.get(name), str) or not asked[name].strip():
            raise BrokenLine(f'"{name}" is missing or no string; write {_EXAMPLE}')
    if asked["brand"] not in brands:
        raise BrokenLine(f"unknown brand {asked['brand']!r}; known: {', '.join(sorted(brands))}")
    if asked["language"] not in LANGUAGES:
        raise BrokenLine(f"unknown language {asked['language']!r}; known: {', '.join(LANGUAGES)}")
    # Half an emoji is no text for the encoder.
    asked["question"] = (
        asked["question"].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
    return asked
