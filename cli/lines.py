"""Commands that answer one JSON object a line with one a line. What they answer is theirs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import click


class BrokenLine(ValueError):
    """The line is no question: says what is wrong with it."""


def answer_lines(
    name: str, answer: Callable[[dict[str, Any]], dict[str, Any]], *, example: str = ""
) -> None:
    """Answer every line of standard input as it comes. A bad one is answered by its error; exit code 2 then.

    `example`: a line as it should be, shown where one is no JSON object.
    """
    is_broken = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            reply = answer(question_of(line, example))
        except BrokenLine as error:
            reply, is_broken = {"error": str(error)}, True
            click.echo(f"rapport {name}: line {number}: {error}", err=True)
        sys.stdout.buffer.write(
            (json.dumps(reply, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
        )
        sys.stdout.buffer.flush()
    if is_broken:
        sys.exit(2)


def question_of(line: bytes, example: str = "") -> dict[str, Any]:
    """Return the object in a line. Raises `BrokenLine`."""
    mend = f"; write {example}" if example else ""
    try:
        question = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BrokenLine(f"not JSON in UTF-8: {error}{mend}") from None
    if not isinstance(question, dict):
        raise BrokenLine(f"not a JSON object{mend}")
    return question
