"""`rapport normalise`: show what a recorded payload means. The reading itself lives in the connectors of ingest."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contracts.messages import Item
    from services.ingest.connectors.protocol import Normalise, Problem

_TIMES = ("created_at", "edited_at")
_INTERNAL = frozenset({"account_id", "sent_at"})


@click.command()
@click.argument("network")
@click.option(
    "--own-id", "own_ids", multiple=True, help="An account id of the brand at the network."
)
@click.option("--own-handle", "own_handles", multiple=True, help="A handle of the brand, @ or not.")
def command(network: str, own_ids: tuple[str, ...], own_handles: tuple[str, ...]) -> None:
    """Read a payload of NETWORK from standard input and print one event a line.

    Takes a webhook body, a page or a single item of the API, a list of them, stream frames, feed
    documents and raw e-mail. Parts that cannot be read are one line on stderr; when nothing can be
    read the exit code is 2.
    """
    from services.ingest.connectors.protocol import Account

    account = Account(frozenset(own_ids), frozenset(own_handles))
    found = _normaliser(network)(sys.stdin.buffer.read(), account)
    for item in found.items:
        click.echo(line(item).encode())
    if found.problems:
        click.echo(f"rapport normalise: {_summary(found.problems)}", err=True)
    is_understood = found.items or found.ignored or found.receipts or found.revoked
    if found.problems and not is_understood:
        sys.exit(2)


def line(item: Item) -> str:
    """Return the item as one line of JSON, with the field names every network shares."""
    fields = item.model_dump(exclude=set(_INTERNAL))
    fields.update({name: _time(fields[name]) for name in _TIMES})
    text = json.dumps(fields, ensure_ascii=False)
    # `raw` is untouched and may hold half a surrogate pair, which only escapes can carry.
    return text if _is_utf8(text) else json.dumps(fields)


def _normaliser(network: str) -> Normalise:
    from services.ingest.connectors.registry import normalisers

    known: Mapping[str, Normalise] = normalisers()
    if network not in known:
        click.echo(
            f"rapport normalise: unknown network {network!r}; known: {', '.join(known)}", err=True
        )
        sys.exit(2)
    return known[network]


def _summary(problems: Sequence[Problem]) -> str:
    first = problems[0]
    rest = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return " ".join(f"{first.code}: {first.why}{rest}".split())


def _time(moment: Any) -> str | None:
    from services.ingest.connectors.times import iso_z

    return iso_z(moment) if moment is not None else None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
