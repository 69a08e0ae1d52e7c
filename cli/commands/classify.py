"""`rapport classify`: labels for lines of JSON on standard input. The model itself is in services/classify."""

import codecs
import gc
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

import click

if TYPE_CHECKING:
    from contracts.messages import Labels
    from services.classify.models.linear import LinearModel

HEADS = (
    "language",
    "sentiment",
    "emotion",
    "offensive",
    "irony",
    "spam",
    "intent",
    "urgency",
    "needs_human",
)
TIERS = ("fast", "accurate", "cascade")
BATCH = 256
_EXAMPLE = 'write one object a line, like {"text": "Where is my order?"}'
_CHUNK_BYTES = 64 * 1024


class _Bad(Exception):
    """A line that cannot be classified; the message says how to mend it."""


class _Line(NamedTuple):
    text: str
    languages: list[str] | None


class _Model(Protocol):
    """What every tier can do."""

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> "list[tuple[Any, Labels]]": ...


@click.command(name="classify")
@click.option(
    "--tier",
    type=click.Choice(TIERS),
    default="fast",
    show_default=True,
    help="Which model decides: fast for everything, accurate, or both in a cascade.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Also print what every head's label is made of: spans, rules, intercept; they add up to the logit.",
)
def command(tier: str, explain: bool) -> None:
    """Label messages: one JSON object a line in, one a line out.

    Each line is {"text": "...", "brand": "...", "languages": ["en"]}; only the text must be there, `languages` are those
    the brand expects. Every head comes back as {"label": ..., "p": {label: probability}}; `unsure` lists the heads
    whose label is a guess. A bad line is named on standard error, the others are answered in order, and the
    exit code is then 2.
    """
    from services.classify.models.artefact import ArtefactError
    from services.classify.models.linear import LinearModel

    try:
        fast = LinearModel.load()
        model = fast if tier == "fast" else _slower(tier, fast)
    except ArtefactError as broken:
        raise click.ClickException(str(broken)) from broken
    gc.freeze()  # the model stays: nothing in it need be looked at again
    bad = 0
    for lines, complaints in _batches(sys.stdin.buffer):
        for complaint in complaints:
            click.echo(complaint, err=True)
        bad += len(complaints)
        _answer(model, lines, fast if explain else None)
    sys.exit(2 if bad else 0)


def _slower(tier: str, fast: "LinearModel") -> _Model:
    """The accurate tier, or the cascade of both."""
    name = f"services.classify.models.{tier}"
    try:
        found: _Model = importlib.import_module(name).load(fast)
    except ImportError as missing:
        raise click.ClickException(
            f"the {tier} tier is not in this installation ({missing}); use --tier fast"
        ) from missing
    return found


def _batches(source: BinaryIO) -> Iterator[tuple[list[_Line], list[str]]]:
    """Messages and complaints of up to BATCH lines at a time."""
    number = 0
    for lines in _arrived(source):
        for start in range(0, len(lines), BATCH):
            found: list[_Line] = []
            complaints: list[str] = []
            for line in lines[start : start + BATCH]:
                number += 1
                try:
                    found += _read(line)
                except _Bad as reason:
                    complaints.append(f"line {number}: {reason}")
            yield found, complaints


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


def _read(line: bytes) -> list[_Line]:
    """The message of a line; none for an empty line."""
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


def _checked(found: Any) -> _Line:
    """The message of a parsed line."""
    if not isinstance(found, dict):
        raise _Bad(f"not a JSON object; {_EXAMPLE}")
    if "text" not in found:
        raise _Bad(f'no "text"; {_EXAMPLE}')
    if not isinstance(found["text"], str):
        raise _Bad(f'"text" must be a string, not {_kind(found["text"])}; {_EXAMPLE}')
    if not isinstance(found.get("brand"), str | None):
        raise _Bad(f'"brand" must be a string or left out, not {_kind(found["brand"])}')
    languages = found.get("languages")
    if not (
        languages is None
        or (isinstance(languages, list) and all(isinstance(each, str) for each in languages))
    ):
        raise _Bad('"languages" must be a list of codes like ["en", "es"], or left out')
    return _Line(found["text"], languages or None)


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


def _answer(model: _Model, lines: list[_Line], explained: "LinearModel | None") -> None:
    """Print the labels; with the parts of the fast tier's logits where `explained` is that tier."""
    rows: list[str] = []
    found = model.understand([line.text for line in lines], [line.languages for line in lines])
    for line, (_, labels) in zip(lines, found, strict=True):
        row: dict[str, Any] = {}
        for head in HEADS:
            answer = getattr(labels, head)
            row[head] = None if answer is None else {"label": answer.label, "p": answer.p}
        row |= {"tier": labels.tier, "unsure": labels.unsure, "model": labels.model}
        if explained is not None:
            _explain(row, explained, line, labels)
        rows.append(json.dumps(row, ensure_ascii=False))
    if rows:
        sys.stdout.buffer.write("\n".join([*rows, ""]).encode())
        sys.stdout.buffer.flush()


def _explain(row: dict[str, Any], fast: "LinearModel", line: _Line, labels: "Labels") -> None:
    """Add to every head of a row what its label is made of in the fast tier, and the rules that fired."""
    from services.classify.models.explanation import told

    for head, parts in told(fast, line.text, labels, line.languages).items():
        row[head] |= parts
    row["rules"] = labels.rules
