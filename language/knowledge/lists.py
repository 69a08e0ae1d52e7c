"""Reads what brands know from JSON lists on disk: DIR/BRAND.json. Finds nothing in them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.knowledge import Entry

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
_MOST_BYTES = 5_000_000


class BrokenList(ValueError):
    """A list that cannot be used; the message names the file, the entry and what to mend."""


def read_lists(folder: Path) -> dict[str, list[Entry]]:
    """Return the entries of every BRAND.json of a folder, by brand. Raises `BrokenList`."""
    if not folder.is_dir():
        raise BrokenList(f"{folder} is no folder: it must hold one BRAND.json per brand")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise BrokenList(f"{folder} holds no BRAND.json")
    return {file.stem: read_list(file) for file in files}


def read_list(file: Path) -> list[Entry]:
    """Return the entries of one file. Raises `BrokenList`."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise BrokenList(f"{file.name} is larger than {_MOST_BYTES // 1_000_000} MB")
        told = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise BrokenList(f"{file.name} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, BrokenList):
            raise
        raise BrokenList(f"{file.name} is not JSON in UTF-8: {error}") from None
    if not isinstance(told, list):
        raise BrokenList(f"{file.name} must hold a list of facts")
    entries = [_entry(file.name, at, one) for at, one in enumerate(told)]
    _refuse_twins(file.name, entries)
    return entries


def _entry(name: str, at: int, told: Any) -> Entry:
    if not isinstance(told, dict):
        raise BrokenList(f"{name}: entry {at} is no object")
    fields = dict(told)
    if "entry_id" not in fields and "id" in fields:
        fields["entry_id"] = fields.pop("id")
    fields.setdefault("title", "")
    fields["keywords"] = fields.get("keywords") or []
    known = {key: value for key, value in fields.items() if key in Entry.model_fields}
    try:
        entry = Entry.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])).replace("entry_id", "id")
        raise BrokenList(f"{name}: entry {at}: {where}: {first['msg']}") from None
    if not entry.entry_id or not entry.text.strip():
        raise BrokenList(f"{name}: entry {at} has an empty id or text")
    return entry


def _refuse_twins(name: str, entries: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.entry_id in seen:
            raise BrokenList(f"{name}: the id {entry.entry_id!r} stands there twice")
        seen.add(entry.entry_id)
