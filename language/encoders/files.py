"""Reads a model's file beside its card, a JSON with the hash that the file must have. Knows nothing of what is inside."""

import hashlib
import json
from pathlib import Path
from typing import Any


class FileError(Exception):
    """A model's file cannot be used; the message names the file, its hash and what to do."""


def checked(file: Path, mend: str) -> tuple[bytes, dict[str, Any]]:
    """Content and card of a file. Raises FileError when one is missing, cut, altered or has a card that is no JSON."""
    card_file = file.with_suffix(".json")
    try:
        content, card = file.read_bytes(), json.loads(card_file.read_bytes())
    except FileNotFoundError as missing:
        raise FileError(f"model file {missing.filename} is missing; {mend}") from missing
    except ValueError as broken:
        raise FileError(f"{card_file} is not JSON; {mend}") from broken
    found = hashlib.sha256(content).hexdigest()
    if found != card.get("sha256"):
        raise FileError(
            f"{file} does not fit its card: sha256 is {found}, {card_file.name} says {card.get('sha256')}; {mend}"
        )
    return content, card
