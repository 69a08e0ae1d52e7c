"""Measures the fast tier on one core beside a bare reference in the same run: python -m benchmarks.classify.

The reference is scikit-learn alone: HashingVectorizer (words 1-2, characters 2-5, 2**19 slots) and one linear map to
as many outputs. No language, cues, rules, calibration or Labels. Rounds alternate, the best of each counts.
"""

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

ROUNDS, MOST = 3, 3_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the message sets: their texts instead of ours")
    parser.add_argument("--only-start", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_start:
        print(json.dumps(_start()))
        return 0
    told = {"start": _fresh_start(), **_speeds(_texts(options.data))}
    print(json.dumps(told, indent=1))
    return 0


def _start() -> dict[str, float]:
    """Seconds to load and to answer once, and the memory of the process after 3,000 messages."""
    begun = time.perf_counter()
    from services.classify.models.linear import LinearModel

    model = LinearModel.load()
    model.label(["Where is my order?"])
    start_s = time.perf_counter() - begun
    texts = _texts(None)
    for first in range(0, len(texts), 256):
        model.label(texts[first : first + 256])
    memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"start_s": round(start_s, 3), "memory_mib": round(memory_mib, 1)}


def _fresh_start() -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.classify", "--only-start"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _texts(folder: str | None) -> list[str]:
    """Different messages in a fixed random order."""
    from services.classify.training import data

    if folder is None:
        texts = [m.text for file in (data.BRAND_FILE, data.HOLDOUT_FILE) for m in data.brand_messages(file)]  # fmt: skip
    else:
        from pathlib import Path

        texts = [each.text for each in data.sentiment_examples(Path(folder)) if each.split == "test"]  # fmt: skip
    random.Random(0).shuffle(texts)
    return texts


def _speeds(texts: Sequence[str]) -> dict[str, Any]:
    """Messages a second of processor time, best round of either; the first half of the texts warms up."""
    from services.classify.models.linear import LinearModel

    model, reference = LinearModel.load(), _reference(texts[:1_000])
    gc.freeze()
    ways: dict[str, Callable[[Sequence[str]], object]] = {
        "fast": lambda part: model.understand(part, with_reasons=False),
        "fast with reasons": model.understand,
        "reference": reference,
    }
    texts = texts[:MOST]
    half = len(texts) // 2
    parts = [texts[half + place :: ROUNDS] for place in range(ROUNDS)]
    told: dict[str, Any] = {"messages": len(texts), "mean_characters": round(sum(map(len, texts)) / len(texts), 1)}  # fmt: skip
    for way in ways.values():
        _speed(way, texts[:half], 256)
    for name, size in (("batch_256", 256), ("batch_16", 16), ("batch_1", 1)):
        best = dict.fromkeys(ways, 0.0)
        for part in parts:
            for label, way in ways.items():
                best[label] = max(best[label], _speed(way, part, size))
        rates = {label: round(rate) for label, rate in best.items()}
        told[name] = {**rates, "ratio": round(best["fast"] / best["reference"], 2)}
    return told


def _speed(way: Callable[[Sequence[str]], object], texts: Sequence[str], size: int) -> float:
    begun = time.process_time()
    for first in range(0, len(texts), size):
        way(texts[first : first + size])
    return len(texts) / (time.process_time() - begun)


def _reference(texts: Sequence[str]) -> Callable[[Sequence[str]], object]:
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import SGDClassifier

    from services.classify.domain.labels import OUTPUTS

    words = HashingVectorizer(ngram_range=(1, 2), n_features=1 << 19, alternate_sign=False)
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), n_features=1 << 19, alternate_sign=False)  # fmt: skip
    labels = np.arange(len(texts)) % OUTPUTS

    def inputs(part: Sequence[str]) -> Any:
        return sparse.hstack([words.transform(part), letters.transform(part)]).tocsr()

    classifier = SGDClassifier(max_iter=1, tol=None, random_state=0).fit(inputs(texts), labels)
    weights = np.ascontiguousarray(classifier.coef_.T)
    return lambda part: inputs(part) @ weights + classifier.intercept_


if __name__ == "__main__":
    sys.exit(main())
