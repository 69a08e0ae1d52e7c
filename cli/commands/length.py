"""`rapport length`: how long a text is as its network counts it. The counting itself lives in contracts.networks."""

from __future__ import annotations

import json
import sys
from typing import Any

import click


class BrokenLine(ValueError):
    """The line is no question: says what is wrong with it."""


@click.command()
def command() -> None:
    """Count texts by their network's own way.

    Reads one JSON object a line from standard input: network, text, and, where a network counts kinds
    of answers differently, kind (comment, dm). Prints {"length": …, "limit": …, "fits": …} a line. A
    line that cannot be counted prints {"error": …}, and the exit code is then 2.
    """
    is_broken = False
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            answer = measure(_question(line))
        except BrokenLine as error:
            answer, is_broken = {"error": str(error)}, True
            click.echo(f"rapport length: line {number}: {error}", err=True)
        click.echo(json.dumps(answer, ensure_ascii=False))
    if is_broken:
        sys.exit(2)


def measure(question: dict[str, Any]) -> dict[str, Any]:
    """Return length, limit and fits. Raises `BrokenLine`."""
    from contracts.networks.table import NETWORKS, rules

    network, text = question.get("network"), question.get("text")
    if network not in NETWORKS:
        raise BrokenLine(f"unknown network {network!r}; known: {', '.join(NETWORKS)}")
    if not isinstance(text, str):
        raise BrokenLine("text is missing or no string")
    kind = question.get("kind")
    how = rules(network).measure_for(kind if isinstance(kind, str) else None)
    # Half an emoji cannot be sent: networks get the replacement character.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return {"length": how.length(text), "limit": how.limit, "fits": how.fits(text)}


def _question(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BrokenLine(f"not JSON in UTF-8: {error}") from None
    if not isinstance(question, dict):
        raise BrokenLine("not a JSON object")
    return question
