"""`rapport length`: how long a text is as its network counts it. The counting itself lives in contracts.networks."""

from __future__ import annotations

from typing import Any

import click

from cli.lines import BrokenLine, answer_lines


@click.command()
def command() -> None:
    """Count texts by their network's own way.

    Reads one JSON object a line from standard input: network, text, and, where a network counts kinds
    of answers differently, kind (comment, dm). Prints {"length": …, "limit": …, "fits": …} a line. A
    line that cannot be counted prints {"error": …}, and the exit code is then 2.
    """
    answer_lines("length", measure)


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
