"""`rapport care`: scores of replies for lines of JSON on standard input. The rules are in language/care."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli.lines import BrokenLine, answer_lines

if TYPE_CHECKING:
    from language.care import Care

_EXAMPLE = 'write one object a line, like {"message": "Where is my order?", "reply": "It is ..."}'
_VALUES = ("quick", "empathetic", "proactive", "transparent", "overall", "language")


@click.command()
def command() -> None:
    """Score replies: one JSON object a line in, one a line out.

    Each line is {"message": "...", "reply": "...", "language": "en", "waited_s": 1200}; language,
    waited_s, answer_within_s and author_name may be left out. What cost points comes as "findings",
    dearest first, with the phrase, why, and one change. A bad line is named on standard error,
    prints {"error": …}, and the exit code is 2.
    """
    from language.care import Care
    from language.care.model import ModelError

    try:
        care = Care.load()
    except ModelError as broken:
        raise click.ClickException(str(broken)) from broken
    answer_lines("care", lambda row: judge(care, row))


def judge(care: Care, row: dict[str, Any]) -> dict[str, Any]:
    """Return the four values, overall, language and findings. Raises `BrokenLine`."""
    score = care.score(
        _text(row, "message"),
        _text(row, "reply"),
        language=_optional(row, "language"),
        waited_s=_seconds(row, "waited_s"),
        answer_within_s=_seconds(row, "answer_within_s") or 3600,
        author_name=_optional(row, "author_name"),
    )
    answer: dict[str, Any] = {name: getattr(score, name) for name in _VALUES}
    findings = [asdict(finding) for finding in score.findings]
    return answer | {"findings": findings, "notes": list(score.notes), "model": score.model}


def _text(row: dict[str, Any], name: str) -> str:
    found = row.get(name)
    if not isinstance(found, str):
        raise BrokenLine(f'"{name}" is missing or no string; {_EXAMPLE}')
    return found


def _optional(row: dict[str, Any], name: str) -> str | None:
    found = row.get(name)
    if not isinstance(found, str | None):
        raise BrokenLine(f'"{name}" must be a string or left out')
    return found


def _seconds(row: dict[str, Any], name: str) -> float | None:
    found = row.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise BrokenLine(f'"{name}" must be a number of seconds or left out')
    if not math.isfinite(found) or found < 0:
        raise BrokenLine(f'"{name}" must be 0 or more seconds')
    return float(found)
