"""Prints rows for a person (columns) or a program (JSON)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print rows that have the same fields; `empty` is the sentence for none."""
    if as_json:
        click.echo(json.dumps(rows, default=_plain, ensure_ascii=False))
        return
    if not rows:
        click.echo(empty)
        return
    cells = [list(rows[0]), *([_text(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {what}" for name, what in value.items()) or "-"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    # Names and reasons come from outside: nothing in them may steer the terminal.
    return "".join(char if char.isprintable() else "?" for char in str(value))
