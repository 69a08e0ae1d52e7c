"""Fits all heads in order and packs them into the arrays of the model, with temperatures and thresholds."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from services.classify.domain.labels import LEARNED, OUTPUTS, SPANS
from services.classify.models import lexicon
from services.classify.models.weights import folded
from services.classify.training import calibration, data, fit, lessons, matrix
from services.classify.training.accurate.sets import Row
from services.classify.training.fit import Floats, Lesson, Linear, Settings
from services.classify.training.lessons import MIXED, OWN, Material
from services.classify.training.matrix import Corpus, Inputs
from services.classify.training.statics import WIDTH, Vectors

log = logging.getLogger(__name__)
_FOLDS = 3


def train(
    read: Material, tables: Mapping[str, Vectors], settings: Settings
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """The arrays of the model (see models/weights) and what its card says of calibration."""
    corpus = matrix.corpus([row.text for row in read.rows], read.masks, settings.bits)
    idf2, _ = matrix.squared_idf(corpus, read.is_train)
    given = matrix.inputs(corpus, idf2, list(tables.values()))
    heads, found, outer = dict[str, Linear](), dict[str, calibration.Answers](), dict[str, Linear]()
    shifts = dict[str, Floats]()
    for head in (each for each in read.heads if each not in OWN):
        outer[head], heads[head] = _outer(given, read, head, settings)
        found[head] = _validated(given, read, head, heads[head])
        shifts[head] = _shift(found[head])
        log.info("%s: moved by %s: %s", head, shifts[head].tolist(), found[head].figures())
    mixed = [head for head in MIXED if head in heads]
    tones = np.concatenate([outer[head].logits(given) for head in mixed], axis=1)
    for head in OWN:
        heads[head], found[head] = _own(given, tones, read, head, settings)
        log.info("%s: %s", head, found[head].figures())
    arrays = pack(heads, mixed, idf2, tables) | _words(corpus, read)
    for head, shift in shifts.items():
        arrays["intercept"][SPANS[head]] += shift
    return arrays, calibration.card(found, corpus, read)  # fmt: skip


def _outer(given: Inputs, read: Material, head: str, settings: Settings) -> tuple[Linear, Linear]:
    """A head that never saw a message of ours, which our heads may lean on, and the one that is shipped."""
    strength = dict(settings.strengths)[head]
    places = read.places(head, "train", own=False)
    outside = fit.fit(
        lessons.lesson(given, read, head, settings, places), strength, settings.cue_scale, settings
    )
    full = read.places(head, "train")
    if len(full) == len(places):
        return outside, outside
    lesson = lessons.lesson(given, read, head, settings, full)
    return outside, fit.fit(lesson, strength, settings.cue_scale, settings, outside)


def _validated(given: Inputs, read: Material, head: str, model: Linear) -> calibration.Answers:
    places = read.places(head, "val")
    part = given.take(places)
    logits = model.logits(part) + part.rules[:, SPANS[head]]
    return calibration.Answers(head, logits, read.labels(head, places), [read.rows[p] for p in places])  # fmt: skip


def _shift(answers: calibration.Answers) -> Floats:
    """What moves a head's logits to where validation scores best; the answers are moved at once."""
    best = answers.shift()
    shift = np.zeros(answers.logits.shape[1], dtype=np.float32)
    for name in calibration.SHIFTED.get(answers.head, ()):
        shift[LEARNED[answers.head].index(name)] = best
    answers.logits += shift
    return shift


def _own(
    given: Inputs, tones: Floats, read: Material, head: str, settings: Settings
) -> tuple[Linear, calibration.Answers]:
    """A head of ours, and its logits for our training messages from models that saw no message of their situation."""
    strength = dict(settings.strengths)[head]
    ours = read.places(head, "train")
    labels = read.labels(head, ours)
    logits = np.zeros((len(ours), SPANS[head].stop - SPANS[head].start), dtype=np.float32)
    groups = situations([read.rows[place] for place in ours])
    for known, asked in GroupKFold(_FOLDS).split(ours, labels, groups):
        places = ours[known]
        model = fit.fit(_lesson(given, tones, read, head, settings, places), strength, settings.brand_cue_scale, settings)  # fmt: skip
        part = given.take(ours[asked])
        logits[asked] = model.logits(part, tones[ours[asked]]) + part.rules[:, SPANS[head]]
    model = fit.fit(_lesson(given, tones, read, head, settings, ours), strength, settings.brand_cue_scale, settings)  # fmt: skip
    return model, calibration.Answers(head, logits, labels, [read.rows[place] for place in ours])


def _lesson(
    given: Inputs, tones: Floats, read: Material, head: str, settings: Settings, places: NDArray[np.int64]
) -> Lesson:  # fmt: skip
    return lessons.lesson(given, read, head, settings, places, tones[places])


def situations(rows: Sequence[Row]) -> list[int]:
    """The situation of each of our messages: cousins belong together."""
    with data.SITUATIONS_FILE.open(encoding="utf-8") as lines:
        known = {line["id"]: line["situation"] for line in map(json.loads, lines)}
    return [known.get(data.identity(row.language, row.text), -place - 1) for place, row in enumerate(rows)]  # fmt: skip


def pack(
    heads: Mapping[str, Linear], mixed: list[str], idf2: Floats, tables: Mapping[str, Vectors]
) -> dict[str, NDArray[Any]]:
    """One set of arrays; what our heads take from other heads is folded into their weights."""
    parts = {name: _side_by_side(heads, mixed, name) for name in ("grams", "statics", "cues", "intercept")}  # fmt: skip
    rarity = np.sqrt(idf2)[:, None]
    bytes_, scales = folded(parts["grams"] * rarity)
    arrays: dict[str, NDArray[Any]] = {
        "grams": bytes_,
        "gram_scales": scales,
        "idf2": idf2.astype(np.float16),
        "cues": parts["cues"].astype(np.float32),
        "intercept": parts["intercept"].astype(np.float32),
    }
    for place, (name, table) in enumerate(tables.items()):
        values = table.vectors @ parts["statics"][place * WIDTH : (place + 1) * WIDTH]
        arrays[f"{name}_entries"] = lexicon.pack(table.entries)
        arrays[f"{name}_values"] = np.concatenate([values, table.lengths2[:, None]], axis=1).astype(np.float16)  # fmt: skip
    return arrays


def _side_by_side(heads: Mapping[str, Linear], mixed: list[str], name: str) -> Floats:
    first: Floats = getattr(next(iter(heads.values())), name)
    found = np.zeros((*first.shape[:-1], OUTPUTS), dtype=np.float32)
    for head, model in heads.items():
        found[..., SPANS[head]] = getattr(model, name)
    leaned = np.concatenate([found[..., SPANS[head]] for head in mixed], axis=-1)
    for head in OWN:
        found[..., SPANS[head]] += leaned @ heads[head].mix
    return found


def _words(corpus: Corpus, read: Material) -> dict[str, NDArray[np.uint32]]:
    """Hashes of the words that two training texts have."""
    times = np.bincount(corpus.counts[read.is_train].indices, minlength=len(corpus.words))
    return {"seen": np.unique(corpus.hashes[times >= 2])}
