"""`rapport backfill`: reads an account again since a moment; what was known already is not shown twice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime

    from cli.rereading import Reread
    from cli.stores import Opened


@click.command()
@click.argument("connection")
@click.option("--since", required=True, help="2h, 3d, 2026-11-20 or 2026-11-20T08:30 (UTC).")
@click.option("--no-wait", is_flag=True, help="Ask for it and leave.")
@click.option("--within", "within_s", default=600.0, show_default=True, help="Wait this long (s).")
def command(connection: str, since: str, no_wait: bool, within_s: float) -> None:
    """Read CONNECTION (id, name or handle) again since a moment.

    Items that were missed come into the inbox marked as late; none comes twice.
    """
    from cli.moments import moment_of
    from cli.stores import administer
    from cli.wishes import Refused
    from runtime.clock import SystemClock

    moment = moment_of(since, SystemClock().now())
    try:
        administer(
            lambda opened: _read_again(opened, connection, moment, None if no_wait else within_s)
        )
    except Refused as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)


async def _read_again(
    opened: Opened, connection: str, moment: datetime, within_s: float | None
) -> None:
    from cli.environment import WrongInput
    from cli.finding import find_connection
    from cli.rereading import Rereading

    known = await find_connection(opened, connection)
    if known["state"] != "active":
        raise WrongInput(f"{known['name']} is {known['state'].replace('_', ' ')}: resume it first.")
    rereading = Rereading(opened, known)
    await rereading.begin(moment)
    name = f"{known['name']} ({known['network']})"
    click.echo(f"{name} is read again since {moment:%Y-%m-%d %H:%M} UTC.")
    if within_s is not None:
        _tell(await rereading.watch(within_s, _progress), within_s)


def _progress(found: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{found} items so far", nl=False, err=True)


def _tell(came: Reread, within_s: float) -> None:
    if sys.stderr.isatty():
        click.echo("", err=True)
    told = f"{came.found} items found that were missing, {came.late} of them marked as late."
    if not came.is_done:
        click.echo(f"Still being read after {within_s:.0f} s; {told}", err=True)
        sys.exit(1)
    click.echo(f"Done: {told}")
