"""`rapport classify`: labels for lines of JSON on standard input. The model itself is in services/classify."""

import json
import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.classify.models.linear import LinearModel

HEADS = ("language", "sentiment", "intent", "urgency", "needs_human")
BATCH = 256
_LINE_LIMIT_BYTES = 16 * 1024 * 1024


class _Bad(Exception):
    """A line that cannot be classified; the message says how to mend it."""


@click.command(name="classify")
@click.option(
    "--reasons",
    "with_reasons",
    is_flag=True,
    help="Also print the top reasons and the rules that fired.",
)
def command(with_reasons: bool) -> None:
    """Label messages: one JSON object a line in, one a line out.

    Each line is {"text": "...", "brand": "..."}; `brand` may be left out. Every head comes back as
    {"label": ..., "p": {label: probability}}. A bad line is named on standard error, the others are
    answered in order, and the exit code is then 2.
    """
    from services.classify.models.artefact import ArtefactError
    from services.classify.models.linear import LinearModel

    try:
        model = LinearModel.load()
    except ArtefactError as broken:
        raise click.ClickException(str(broken)) from broken
    source = click.get_binary_stream("stdin")
    is_live = source.isatty()
    bad = 0
    for texts, complaints in _batches(source, 1 if is_live else BATCH):
        for complaint in complaints:
            click.echo(complaint, err=True)
        bad += len(complaints)
        _answer(model, texts, with_reasons)
    sys.exit(2 if bad else 0)


def _batches(source: IO[bytes], size: int) -> Iterator[tuple[list[str], list[str]]]:
    """Texts and complaints of up to `size` lines at a time."""
    texts: list[str] = []
    complaints: list[str] = []
    number = 0
    while line := source.readline(_LINE_LIMIT_BYTES + 1):
        number += 1
        if len(line) > _LINE_LIMIT_BYTES:
            _skip_line(source, line)
            complaints.append(f"line {number}: longer than 16 MiB; shorten the text")
        elif line.strip() and line.strip() != b"\xef\xbb\xbf":
            try:
                texts.append(_text(line))
            except _Bad as reason:
                complaints.append(f"line {number}: {reason}")
        if len(texts) + len(complaints) >= size:
            yield texts, complaints
            texts, complaints = [], []
    yield texts, complaints


def _skip_line(source: IO[bytes], start: bytes) -> None:
    while start and not start.endswith(b"\n"):
        start = source.readline(_LINE_LIMIT_BYTES)


def _text(line: bytes) -> str:
    example = 'write one object a line, like {"text": "Where is my order?"}'
    try:
        found: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Bad("not UTF-8; save the file as UTF-8") from None
    except RecursionError:
        raise _Bad(f"JSON nested too deeply; {example}") from None
    except ValueError as reason:
        raise _Bad(f"not JSON ({reason}); {example}") from None
    if not isinstance(found, dict):
        raise _Bad(f"not a JSON object; {example}")
    if "text" not in found:
        raise _Bad(f'no "text"; {example}')
    if not isinstance(found["text"], str):
        raise _Bad(f'"text" must be a string, not {_kind(found["text"])}; {example}')
    if not isinstance(found.get("brand"), str | None):
        raise _Bad(f'"brand" must be a string or left out, not {_kind(found["brand"])}')
    return found["text"]


def _kind(value: Any) -> str:
    names = {
        type(None): "null",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), type(value).__name__)


def _answer(model: "LinearModel", texts: list[str], with_reasons: bool) -> None:
    for labels in model.label(texts):
        row: dict[str, Any] = {
            head: {"label": getattr(labels, head).label, "p": getattr(labels, head).p}
            for head in HEADS
        }
        row["model"] = labels.model
        if with_reasons:
            row["reasons"] = [reason.model_dump() for reason in labels.reasons]
            row["rules"] = labels.rules
        click.echo(json.dumps(row, ensure_ascii=False))
    sys.stdout.flush()
