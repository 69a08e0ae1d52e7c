"""`rapport never-say`: forbidden terms in replies, line by line. Finding them is in language.wording."""

from __future__ import annotations

from typing import Any

import click

from cli.lines import BrokenLine, answer_lines


@click.command(name="never-say")
def command() -> None:
    """Find terms that a reply must never say, whatever disguise they wear.

    Reads one JSON object a line from standard input: rule_terms (a list of strings) and reply. Prints
    {"block": …, "found": [{"term", "start", "end", "text"}]} a line; start and end count code points
    of the reply. A bad line is named on standard error, prints {"error": …}, and the exit code is 2.
    """
    answer_lines("never-say", judge)


def judge(question: dict[str, Any]) -> dict[str, Any]:
    """Return block and found. Raises `BrokenLine`."""
    from language.wording.terms import find_terms

    terms, reply = question.get("rule_terms"), question.get("reply")
    if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise BrokenLine('"rule_terms" must be a list of strings')
    if not isinstance(reply, str):
        raise BrokenLine('"reply" is missing or no string')
    found = [
        {
            "term": span.term,
            "start": span.start,
            "end": span.end,
            "text": reply[span.start : span.end],
        }
        for span in find_terms(terms, reply)
    ]
    return {"block": bool(found), "found": found}
