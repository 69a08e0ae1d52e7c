"""`rapport dlq`: what was put aside, why, and putting it back after a fix."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from runtime.admin import Admin, DeadLetter


@click.group()
def command() -> None:
    """Look at dead letters and replay them."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_letters(as_json: bool) -> None:
    """Count what lies in every dead-letter topic, by reason."""
    from cli.environment import clear_errors

    counts: Counter[tuple[str, str]] = Counter()
    with clear_errors(), _admin() as admin:
        for topic in _topics():
            counts.update(
                (topic, letter.facts.get("code", "?")) for letter in admin.dead_letters(topic)
            )
    if as_json:
        rows = [{"topic": t, "code": code, "count": n} for (t, code), n in sorted(counts.items())]
        click.echo(json.dumps(rows))
        return
    for (topic, code), count in sorted(counts.items()):
        click.echo(f"{topic:<44} {code:<28} {count:>7}")
    if not counts:
        click.echo("no dead letters")


@command.command("show")
@click.argument("topic")
@click.option("--code", help="Only letters with this reason code.")
@click.option("--limit", default=20, show_default=True, help="How many at the most.")
def show(topic: str, code: str | None, limit: int) -> None:
    """Print dead letters of TOPIC, one JSON object a line, with the original bytes as text."""
    from cli.environment import clear_errors

    with clear_errors(), _admin() as admin:
        for position, letter in enumerate(_chosen(admin, topic, code)):
            if position == limit:
                break
            click.echo(json.dumps(_row(letter), ensure_ascii=False))


@command.command("replay")
@click.argument("topic")
@click.option("--code", help="Only letters with this reason code.")
@click.option("--dry-run", is_flag=True, help="Say what would be replayed, and do nothing.")
def replay(topic: str, code: str | None, dry_run: bool) -> None:
    """Put the dead letters of TOPIC back where they came from.

    Safe to repeat: what was handled already is recognised by its id and changes nothing.
    """
    from cli.environment import clear_errors

    with clear_errors(), _admin() as admin:
        letters = list(_chosen(admin, topic, code))
        if dry_run:
            click.echo(f"{len(letters)} would be replayed")
            return
        click.echo(f"{admin.replay(letters)} replayed")


def _admin() -> "Admin":
    from cli.environment import read_settings
    from runtime.admin import Admin
    from runtime.settings import BusSettings

    return Admin(read_settings(BusSettings))


def _topics() -> list[str]:
    from contracts.topics import TOPICS

    return [topic.dead_letters(group) for topic in TOPICS.values() for group in topic.consumers]


def _chosen(admin: "Admin", topic: str, code: str | None) -> "Iterator[DeadLetter]":
    if topic not in _topics():
        sys.stderr.write(f"{topic} is no dead-letter topic; these are: {', '.join(_topics())}\n")
        sys.exit(2)
    for letter in admin.dead_letters(topic):
        if code is None or letter.facts.get("code") == code:
            yield letter


def _row(letter: "DeadLetter") -> dict[str, object]:
    return {
        "partition": letter.partition,
        "offset": letter.offset,
        "key": letter.key.decode("utf-8", "replace") if letter.key else None,
        **letter.facts,
        "value": letter.value.decode("utf-8", "replace"),
    }
