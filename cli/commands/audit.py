"""`rapport audit`: read the trail of what people did, and check that nobody changed it. It is the gateway's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cli.stores import Opened

MOST = 10_000


@click.group()
def command() -> None:
    """Read and verify the audit trail."""


@command.command()
@click.option("--agency", help="Only this agency (name or id).")
def verify(agency: str | None) -> None:
    """Walk each agency's chain of hashes from its start; exit code 1 when one is broken.

    The last hash is printed: kept elsewhere, it shows later whether entries were cut off the end.
    """
    from cli.stores import administer

    broken = administer(lambda opened: _verify(opened, agency))
    sys.exit(1 if broken else 0)


@command.command("list")
@click.option("--agency", required=True, help="The agency's name or id.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, MOST), help="How many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with what changed.")
def list_entries(agency: str, limit: int, as_json: bool) -> None:
    """Print the newest entries, newest first."""
    from cli.stores import administer
    from cli.tables import show

    rows = administer(lambda opened: _rows(opened, agency, limit))
    if not as_json:
        names = ("seq", "at", "who_name", "action", "brand", "subject")
        rows = [{name: row[name] for name in names} for row in rows]
    show(rows, as_json=as_json, empty="The trail is empty.")


async def _verify(opened: Opened, agency: str | None) -> int:
    broken = 0
    for agency_id, name in await _agencies(opened, agency):
        verdict = await opened.desk.audit.verify(agency_id)
        if verdict.broken_at is not None:
            broken += 1
            why = f"broken at entry {verdict.broken_at}: it, or what stood before it, was changed"
            click.echo(f"{name}: {why}", err=True)
            continue
        last = await opened.gateway.audit.find_one({"agency_id": agency_id, "seq": verdict.count})
        ends = f", the last hash is {last['hash']}" if last else ""
        click.echo(f"{name}: {verdict.count} entries, whole{ends}")
    return broken


async def _agencies(opened: Opened, agency: str | None) -> Sequence[tuple[str, str]]:
    """Return id and name of every agency that is known, or has left a trail."""
    from cli.finding import find_agency

    if agency is not None:
        found = await find_agency(opened, agency)
        return [(found["_id"], found["name"])]
    names = {one["_id"]: one["name"] for one in await opened.gateway.agencies.find({})}
    trails = await opened.gateway.audit.aggregate([{"$group": {"_id": "$agency_id"}}])
    names = {**{one["_id"]: one["_id"] for one in trails}, **names}
    return sorted(names.items(), key=lambda one: one[1])


async def _rows(opened: Opened, agency: str, limit: int) -> list[Mapping[str, Any]]:
    from cli.finding import every_brand, find_agency

    agency_id = (await find_agency(opened, agency))["_id"]
    brands = {brand["_id"]: brand["name"] for brand in await every_brand(opened)}
    where = {"agency_id": agency_id}
    found = await opened.gateway.audit.find(where, sort=[("seq", -1)], limit=limit)
    names = ("seq", "at", "who_name", "action", "brand_id", "subject", "before", "after", "hash")
    return [
        {
            **{name: entry[name] for name in names},
            "brand": brands.get(entry["brand_id"], entry["brand_id"]),
        }
        for entry in found
    ]
