"""`rapport relabel`: has a brand's stored messages read again by another model, and shows both side by side."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cli.stores import Opened
    from services.gateway.domain.relabelling import JobView
    from services.gateway.store.relabels import RelabelStore

MODELS = ("fast", "accurate", "fast@base", "accurate@base")
LOOK_S = 0.5


@click.command()
@click.argument("brand")
@click.option("--model", required=True, type=click.Choice(MODELS), help="Which model reads.")
@click.option("--days", type=click.IntRange(1, 3_650), default=365, show_default=True)
@click.option("--compare", is_flag=True, help="Only show the newest job of this model again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--within", "within_s", default=3_600.0, show_default=True, help="Wait this long (s)."
)
def command(
    brand: str, model: str, days: int, within_s: float, *, compare: bool, as_json: bool
) -> None:
    """Read the stored messages of BRAND (id or name) again with another model.

    The services must run: classify reads beside the live stream. Nothing changes until somebody
    switches on the brand's page Understanding. MODEL@base leaves the brand's words and corrections out.
    """
    from cli.stores import administer

    job = administer(lambda opened: _job(opened, brand, (model, days), within_s, compare=compare))
    if as_json:
        click.echo(json.dumps(asdict(job), default=str, ensure_ascii=False))
    else:
        _show(job)
    sys.exit(0 if job.state in ("read", "switched", "switching", "dropped") else 1)


async def _job(
    opened: Opened, told: str, wish: tuple[str, int], within_s: float, *, compare: bool
) -> JobView:
    from cli.environment import WrongInput
    from cli.finding import find_brand
    from cli.stores import operator
    from contracts.scope import AgencyScope
    from runtime.errors import Conflict
    from services.gateway.store.relabels import RelabelStore

    brand = await find_brand(opened, told)
    scope = AgencyScope(brand["agency_id"], frozenset({brand["_id"]}))
    store = RelabelStore(opened.gateway, opened.clock, opened.desk.audit, lambda: None)
    if compare:
        jobs = await store.every(scope, brand["_id"])
        found = next((one for one in jobs if one.model == wish[0]), None)
        if found is None:
            raise WrongInput(f"No job of {wish[0]} yet; leave --compare out to begin one.")
        return found
    viewer = operator(brand["agency_id"], {brand["_id"]: "owner"})
    try:
        job_id = await store.start(scope, viewer, brand["_id"], *wish)
    except Conflict as error:
        raise WrongInput(error.why) from error
    return await _watched(store, scope, job_id, within_s)


async def _watched(store: RelabelStore, scope: Any, job_id: str, within_s: float) -> JobView:
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while True:
        job = await store.get(scope, job_id)
        if sys.stderr.isatty():
            click.echo(f"\r{job.read:,} of {job.total:,} messages", nl=False, err=True)
        if job.state != "reading" or loop.time() > until:
            if sys.stderr.isatty():
                click.echo("", err=True)
            return job
        await asyncio.sleep(LOOK_S)


def _show(job: JobView) -> None:
    click.echo(
        f"{job.model}: {job.state}, {job.read:,} of {job.total:,} messages read ({job.job_id})"
    )
    if job.why:
        click.echo(f"It failed: {job.why}")
    for head in job.heads:
        share = head.flips / max(job.read, 1)
        click.echo(f"{head.head:<12} {head.flips:>7,} changed ({share:.1%})")
        for label in sorted({*head.old, *head.new}):
            click.echo(
                f"  {label:<18} {head.old.get(label, 0):>7,} -> {head.new.get(label, 0):>7,}"
            )
        if head.corrected:
            click.echo(
                f"  right by people: {head.old_right} -> {head.new_right} of {head.corrected}"
            )
    for one in job.examples[:10]:
        click.echo(f"  {one.head}: {one.old} -> {one.new}: {' '.join(one.text.split())[:100]}")
    if job.state == "reading":
        click.echo("Still reading. Look again with --compare; classify must be running.")
