"""Reads and writes the model's file and the JSON beside it. The hash in the JSON must fit the file."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEFAULT_PATH = Path(__file__).with_name("linear.npz")
FORMAT = 1


class ArtefactError(Exception):
    """The model's file cannot be used; the message says why and what to do."""


def read(path: Path | None = None) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and card of a model.

    Raises ArtefactError when a file is missing, does not fit its hash or has another format.
    """
    file = path or DEFAULT_PATH
    card_file = file.with_suffix(".json")
    mend = "rebuild it with: python -m services.classify.training"
    try:
        content, card = file.read_bytes(), json.loads(card_file.read_bytes())
    except FileNotFoundError as missing:
        raise ArtefactError(f"model file {missing.filename} is missing; {mend}") from missing
    except ValueError as broken:
        raise ArtefactError(f"{card_file} is not JSON; {mend}") from broken
    found = hashlib.sha256(content).hexdigest()
    if found != card.get("sha256"):
        raise ArtefactError(
            f"{file} does not fit its card: sha256 is {found}, {card_file.name} says {card.get('sha256')}; {mend}"
        )
    if card.get("format") != FORMAT:
        raise ArtefactError(
            f"{file} has format {card.get('format')}, this program reads {FORMAT}; {mend}"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}, card


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an .npz file: the same arrays always give the same bytes (fixed times, fixed order)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)),
                part.getvalue(),
                zipfile.ZIP_DEFLATED,
            )
    return buffer.getvalue()


def write(path: Path, content: bytes, card: Mapping[str, Any]) -> None:
    """The file, and its card with the hash of the file."""
    full = {
        "format": FORMAT,
        **card,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
    path.write_bytes(content)
    path.with_suffix(".json").write_text(
        json.dumps(full, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    )
