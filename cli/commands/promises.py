"""`rapport promises`: what replies promise and until when, line by line. Finding it is in language.promises."""

from __future__ import annotations

from typing import Any

import click

from cli.lines import BrokenLine, answer_lines


@click.command()
def command() -> None:
    """Find promises in replies, and the words that say when they are due.

    Reads one JSON object a line from standard input: text and, where it is known, language. Prints
    {"promise": …, "due_text": …} a line. A bad line is named on standard error, prints {"error": …},
    and the exit code is 2.
    """
    answer_lines("promises", judge)


def judge(question: dict[str, Any]) -> dict[str, Any]:
    """Return promise and due_text. Raises `BrokenLine`."""
    from language.promises.finding import find_promises

    text, language = question.get("text"), question.get("language")
    if not isinstance(text, str):
        raise BrokenLine('"text" is missing or no string')
    if not isinstance(language, str | None):
        raise BrokenLine('"language" must be a string or left out')
    found = find_promises(text, language)
    due_text = next((promise.due_text for promise in found if promise.due_text is not None), None)
    return {"promise": bool(found), "due_text": due_text}
