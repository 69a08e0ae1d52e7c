"""`rapport up`: everything on this machine, with three demo brands, until Ctrl-C."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.platform import Options, Platform

POLL_S = 1.0


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=None, help="Where data is kept [./data]."
)
@click.option("--no-demo", is_flag=True, help="Start without the sandbox and its demo brands.")
def command(data: Path | None, no_demo: bool) -> None:
    """Start Rapport on this machine and keep it running until Ctrl-C.

    KAFKA=apache takes Apache Kafka, BUS_URL and MONGO_URL servers of your own;
    GATEWAY_HTTP_PORT, INGEST_HTTP_PORT and SANDBOX_PORT choose ports.
    """
    from cli.platform import Platform, only_one
    from cli.stack.processes import StartError

    folder = data or Path(os.environ.get("RAPPORT_DATA", "data")).absolute()
    # A shell's background job starts with SIGINT ignored; here it must drain all the same.
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with only_one(folder):
            platform = Platform(_options(folder, with_demo=not no_demo), None if no_demo else _seed)
            started = time.monotonic()
            click.echo("Starting the database, the broker and the services ...")
            with platform:
                _greet(platform, time.monotonic() - started, with_demo=not no_demo)
                _watch(platform)
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("Stopped. The data stays; the next start goes on from here.")


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _options(folder: Path, *, with_demo: bool) -> "Options":
    from cli.platform import DEFAULT_PORTS, SANDBOX, Options

    names = {name: f"{name.upper()}_HTTP_PORT" for name in DEFAULT_PORTS}
    names[SANDBOX] = "SANDBOX_PORT"
    return Options(
        data_dir=folder,
        broker="apache" if os.environ.get("KAFKA") == "apache" else "tansu",
        bus_url=os.environ.get("BUS_URL") or None,
        mongo_url=os.environ.get("MONGO_URL") or None,
        ports={
            name: int(os.environ.get(names[name], port)) for name, port in DEFAULT_PORTS.items()
        },
        with_sandbox=with_demo,
        env={key: value for key, value in os.environ.items() if key.startswith("SANDBOX_")},
    )


def _seed(env: "Mapping[str, str]") -> None:
    from cli.demo import seed

    seed(env)


def _greet(platform: "Platform", took_s: float, *, with_demo: bool) -> None:
    click.echo(f"Rapport is running after {took_s:.0f} s.\n\n  Inbox     {platform.url('gateway')}")
    if with_demo:
        from cli.demo import OWNER_EMAIL

        click.echo(f"  Sign in   {OWNER_EMAIL}  password {platform.secrets.password}")
        click.echo(f"  Sandbox   {platform.url('sandbox')}  (the demo's social networks)")
    click.echo(f"  Logs      {platform.options.data_dir / 'logs'}\n\nCtrl-C drains and stops it.")


def _watch(platform: "Platform") -> None:
    try:
        while True:
            time.sleep(POLL_S)
            for sentence in platform.mend():
                click.echo(sentence, err=True)
    except KeyboardInterrupt:
        click.echo("\nDraining ...")
        raise
