"""`rapport classify`: labels for lines of JSON on standard input. The model itself is in services/classify."""

import codecs
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import click

if TYPE_CHECKING:
    from services.classify.models.linear import LinearModel

HEADS = ("language", "sentiment", "intent", "urgency", "needs_human")
BATCH = 256
_EXAMPLE = 'write one object a line, like {"text": "Where is my order?"}'
_CHUNK_BYTES = 64 * 1024


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
    bad = 0
    for texts, complaints in _batches(sys.stdin.buffer):
        for complaint in complaints:
            click.echo(complaint, err=True)
        bad += len(complaints)
        _answer(model, texts, with_reasons)
    sys.exit(2 if bad else 0)


def _batches(source: BinaryIO) -> Iterator[tuple[list[str], list[str]]]:
    """Texts and complaints of up to BATCH lines at a time."""
    number = 0
    for lines in _arrived(source):
        for start in range(0, len(lines), BATCH):
            texts: list[str] = []
            complaints: list[str] = []
            for line in lines[start : start + BATCH]:
                number += 1
                try:
                    texts += _texts(line)
                except _Bad as reason:
                    complaints.append(f"line {number}: {reason}")
            yield texts, complaints


def _arrived(source: BinaryIO) -> Iterator[list[bytes]]:
    """Complete lines, as many as are there: nobody waits for a batch to fill."""
    rest = bytearray()
    read = getattr(source, "read1", source.read)
    while chunk := read(_CHUNK_BYTES):
        rest += chunk
        if b"\n" in chunk:
            whole, _, tail = bytes(rest).rpartition(b"\n")
            rest = bytearray(tail)
            yield whole.split(b"\n")
    if rest:
        yield [bytes(rest)]


def _texts(line: bytes) -> list[str]:
    """The text of a line; none for an empty line."""
    if not line.removeprefix(codecs.BOM_UTF8).strip():
        return []
    try:
        found: Any = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Bad("not UTF-8; save the file as UTF-8") from None
    except RecursionError:
        raise _Bad(f"JSON nested too deeply; {_EXAMPLE}") from None
    except ValueError as reason:
        raise _Bad(f"not JSON ({reason}); {_EXAMPLE}") from None
    return [_checked(found)]


def _checked(found: Any) -> str:
    """The text of a parsed line."""
    if not isinstance(found, dict):
        raise _Bad(f"not a JSON object; {_EXAMPLE}")
    if "text" not in found:
        raise _Bad(f'no "text"; {_EXAMPLE}')
    if not isinstance(found["text"], str):
        raise _Bad(f'"text" must be a string, not {_kind(found["text"])}; {_EXAMPLE}')
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
    rows: list[str] = []
    for labels in model.label(texts):
        row: dict[str, Any] = {
            head: {"label": getattr(labels, head).label, "p": getattr(labels, head).p}
            for head in HEADS
        }
        row["model"] = labels.model
        if with_reasons:
            row["reasons"] = [reason.model_dump() for reason in labels.reasons]
            row["rules"] = labels.rules
        rows.append(json.dumps(row, ensure_ascii=False))
    if rows:
        sys.stdout.buffer.write("\n".join([*rows, ""]).encode())
        sys.stdout.buffer.flush()
