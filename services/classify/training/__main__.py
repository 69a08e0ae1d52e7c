"""Rebuilds the model: `python -m services.classify.training --data FOLDER`. The only file here that writes."""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.classify.domain.cues import NAMES
from services.classify.domain.labels import OUTPUTS, SENTIMENT, SPANS
from services.classify.models import artefact
from services.classify.models.linear import LinearModel
from services.classify.training import data, fit, report

RELEASE = "2026.11"


def main(arguments: list[str]) -> int:
    """Trains, writes the artefact and its card, measures the written file, prints the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m services.classify.training", description=main.__doc__
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/classify"),
        help="folder with the message sets",
    )
    parser.add_argument(
        "--out", type=Path, default=artefact.DEFAULT_PATH, help="where to write the .npz file"
    )
    parser.add_argument(
        "--only-measure", action="store_true", help="print the figures of the file that is there"
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        parser.error(f"no folder {options.data}: name the folder of the message sets with --data")
    examples = data.sentiment_examples(options.data)
    if not options.only_measure:
        build(options.data, examples, options.out)
    model = LinearModel.load(options.out)
    figures = {
        "sentiment": report.sentiment_figures(model, examples),
        "brand_messages": report.brand_figures(model, data.brand_messages()),
        "holdout_messages": report.brand_figures(
            model, data.brand_messages(data.HOLDOUT_FILE), "holdout"
        ),
    }
    if not options.only_measure:
        card = json.loads(options.out.with_suffix(".json").read_bytes())
        artefact.write(options.out, options.out.read_bytes(), {**card, "figures": figures})
    print(json.dumps({"model": model.version, **figures}, indent=1, ensure_ascii=False))
    return 0


def build(folder: Path, examples: list[data.Example], out: Path) -> None:
    """Fits every head and writes the artefact with a card that has no figures yet."""
    settings = fit.Settings()
    arrays = train(folder, examples, settings)
    content = artefact.pack(arrays)
    version = f"linear-{RELEASE}-{hashlib.sha256(content).hexdigest()[:8]}"
    card = {"version": version, "data_sha256": data.hashes(folder), "settings": settings.card()}
    artefact.write(out, content, card)


def train(
    folder: Path, examples: list[data.Example], settings: fit.Settings
) -> dict[str, NDArray[Any]]:
    """The arrays of the model (see models/weights.py)."""
    texts, masks, labels = fit.example_arrays(examples)
    public, idf2 = fit.features(texts, masks, settings.polar_bits)
    split = np.array([each.split for each in examples])
    umsab = np.array([each.source.startswith("umsab/") for each in examples])
    weights = np.where(umsab, settings.umsab_weight, 1.0).astype(np.float32)
    messages = [each for each in data.brand_messages() if each.split == "train"]
    ours, _ = fit.features(
        [m.text for m in messages], [m.languages for m in messages], settings.polar_bits, idf2
    )
    is_train = split == "train"
    # Public sets only: our messages' own sentiment must not leak into the features of their other heads.
    outside = fit.fit_sentiment(
        public.take(is_train), labels[is_train], weights[is_train], settings
    )
    polar, tuning = _sentiment(
        (public, labels, weights), is_train, split == "val", (ours, messages), settings
    )
    heads, temperatures = _heads(folder, examples, outside, (ours, messages), idf2, settings)
    return assemble(polar, heads, [tuning, *temperatures], idf2)


def _sentiment(
    public: tuple[fit.Features, NDArray[np.int64], NDArray[np.float32]],
    is_train: NDArray[np.bool_],
    is_val: NDArray[np.bool_],
    brand: tuple[fit.Features, list[data.BrandMessage]],
    settings: fit.Settings,
) -> tuple[fit.Linear, float]:
    """Sentiment on the public sets and on ours, and its temperature on the public validation splits."""
    given, labels, weights = public
    ours, messages = brand
    tones = np.array([SENTIMENT.index(m.sentiment) if m.sentiment else -1 for m in messages])
    known = tones >= 0
    more = (ours.take(known), np.zeros((known.sum(), 3), dtype=np.float32), tones[known],
            np.full(known.sum(), settings.brand_sentiment_weight, dtype=np.float32))  # fmt: skip
    none = np.zeros((int(is_train.sum()), 3), dtype=np.float32)
    both, _, every, factors = fit.joined(given.take(is_train), none, labels[is_train], more)
    factors[: int(is_train.sum())] = weights[is_train]
    model = fit.fit_sentiment(both, every, factors, settings)
    held = given.take(is_val)
    return model, fit.temperature(
        model.logits(held) + held.rules[:, SPANS["sentiment"]], labels[is_val]
    )


def _heads(
    folder: Path,
    examples: list[data.Example],
    outside: fit.Linear,
    brand: tuple[fit.Features, list[data.BrandMessage]],
    idf2: NDArray[np.float32],
    settings: fit.Settings,
) -> tuple[list[fit.Linear], list[float]]:
    """Intent and urgency with their temperatures, the latter from cross-fitted logits of our training messages."""
    ours, messages = brand
    shift = settings.polar_bits - settings.rest_bits
    tones = outside.logits(ours)
    ours = fit.Features(fit.narrow(ours.grams, shift), ours.cues, ours.rules)
    weak = _weak(folder, examples, outside, idf2, settings)
    heads, temperatures = [], []
    for head, labels in fit.brand_labels(messages).items():
        more = weak if head == "intent" else None
        unseen = fit.cross_fit(head, ours, tones, labels, more, settings)
        temperatures.append(fit.temperature(unseen, labels))
        heads.append(fit.fit_head(*fit.joined(ours, tones, labels, more), settings))
    return heads, temperatures


def _weak(
    folder: Path,
    examples: list[data.Example],
    outside: fit.Linear,
    idf2: NDArray[np.float32],
    settings: fit.Settings,
) -> tuple[fit.Features, NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Weakly labelled intents: other sets' messages and neutral chatter, with small weights."""
    assistants, chatter = data.weak_intents(folder), data.chatter(examples)
    texts, masks, labels = fit.example_arrays([*assistants, *chatter])
    given, _ = fit.features(texts, masks, settings.polar_bits, idf2)
    tones = outside.logits(given)
    given = fit.Features(
        fit.narrow(given.grams, settings.polar_bits - settings.rest_bits), given.cues, given.rules
    )
    factors = [settings.weak_weight] * len(assistants) + [settings.chatter_weight] * len(chatter)
    return given, tones, labels, np.array(factors, dtype=np.float32)


def assemble(
    polar: fit.Linear, heads: list[fit.Linear], temperatures: list[float], idf2: NDArray[np.float32]
) -> dict[str, NDArray[Any]]:
    """One set of arrays; what the sentiment's cues and intercept add to the other heads is folded in."""
    mix = np.concatenate([head.mix for head in heads], axis=1)
    rest = np.concatenate([head.grams for head in heads], axis=1)
    cues = np.zeros((len(NAMES), OUTPUTS), dtype=np.float32)
    cues[:, :3], cues[:, 3:] = (
        polar.cues,
        np.concatenate([head.cues for head in heads], axis=1) + polar.cues @ mix,
    )
    start = np.concatenate([head.intercept for head in heads]) + polar.intercept @ mix
    return {
        "polar": polar.grams.astype(np.float16),
        "rest": rest.astype(np.float16),
        "idf2": idf2.astype(np.float16),
        "mix": mix.astype(np.float32),
        "cues": cues,
        "intercept": np.concatenate([polar.intercept, start]).astype(np.float32),
        "temperatures": np.array(temperatures, dtype=np.float32),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
