"""Temperatures, thresholds and reliability from validation answers. Fits no weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score

from services.classify.domain.labels import LEARNED
from services.classify.training.accurate.sets import Row
from services.classify.training.fit import Floats, probabilities, temperature
from services.classify.training.lessons import Material
from services.classify.training.matrix import Corpus

TARGETS = {
    "sentiment": 0.7, "emotion": 0.7, "offensive": 0.8, "irony": 0.7, "spam": 0.95, "intent": 0.75, "urgency": 0.75,
}  # fmt: skip
"""Share of right labels that a label which is not marked unsure promises."""
SHIFTED = {
    "emotion": ("fear", "disappointment", "gratitude", "surprise", "neutral"),
    "offensive": ("offensive",),
    "irony": ("irony",),
}
"""Labels whose intercept is moved to where validation scores best: training shares are not those of the world."""
_GRID = np.arange(-3.0, 3.01, 0.25)
_SAY = {"tweeteval_emotion": 2.0}
LANGUAGE_THRESHOLD = 0.6
HUMAN_THRESHOLD = 0.65
_LEAST_OF_A_LANGUAGE = 250
_GAIN = 0.002  # nats a message: a language gets a temperature of its own where it wins this much
_BINS = 10
_STRANGE = 0.01  # of validation messages are called strange


@dataclass(slots=True)
class Answers:
    """Logits of a head, rules included, for texts that its weights did not see."""

    head: str
    logits: Floats
    labels: NDArray[np.int64]
    rows: Sequence[Row]

    def figures(self) -> dict[str, float]:
        """Macro recall and macro F1 by source, in percent."""
        found = probabilities(self.logits).argmax(axis=1)
        sources = np.array([row.source for row in self.rows])
        told = {}
        for source in sorted(set(sources.tolist())):
            here = sources == source
            truth, said = self.labels[here], found[here]
            told[f"{source} recall"] = round(100 * float(recall_score(truth, said, labels=sorted(set(truth.tolist())), average="macro", zero_division=0.0)), 1)  # fmt: skip
            told[f"{source} f1"] = round(
                100
                * float(
                    f1_score(
                        truth,
                        said,
                        labels=sorted(set(truth.tolist())),
                        average="macro",
                        zero_division=0.0,
                    )
                ),
                1,
            )
        return told

    def score(self, shift: float) -> float:
        """The mean over sources of what a head is measured by, its shifted labels' logits moved by `shift`."""
        columns = [LEARNED[self.head].index(label) for label in SHIFTED[self.head]]
        moved = self.logits.copy()
        moved[:, columns] += np.float32(shift)
        found = probabilities(moved).argmax(axis=1)
        sources = np.array([row.source for row in self.rows])
        scores = []
        for source in sorted(set(sources.tolist())):
            truth, said = self.labels[sources == source], found[sources == source]
            scores.append((_measured(self.head, truth, said), _SAY.get(source, 1.0)))
        return sum(score * say for score, say in scores) / sum(say for _, say in scores)

    def shift(self) -> float:
        """What to add to the logits of SHIFTED labels: the best of a coarse grid, its neighbours counted in."""
        if self.head not in SHIFTED:
            return 0.0
        scores = np.array([self.score(float(each)) for each in _GRID])
        smooth = np.convolve(np.pad(scores, 1, mode="edge"), np.ones(3) / 3.0, mode="valid")
        return float(_GRID[int(smooth.argmax())])

    def temperatures(self) -> dict[str, float]:
        """The head's temperature under "", and those of languages that gain by one of their own."""
        found = {"": temperature(self.logits, self.labels)}
        languages = np.array([row.language for row in self.rows])
        for language in sorted(set(languages.tolist())):
            here = languages == language
            if here.sum() >= _LEAST_OF_A_LANGUAGE:
                own = temperature(self.logits[here], self.labels[here])
                if self._loss(here, found[""]) - self._loss(here, own) > _GAIN:
                    found[language] = own
        return found

    def _loss(self, here: NDArray[np.bool_], value: float) -> float:
        shares = probabilities(self.logits[here], value)
        return float(-np.log(np.maximum(shares[np.arange(len(shares)), self.labels[here]], 1e-9)).mean())  # fmt: skip

    def shares(self, temperatures: Mapping[str, float]) -> NDArray[np.float64]:
        """Calibrated shares."""
        parts = [
            probabilities(self.logits[place : place + 1], temperatures.get(row.language, temperatures[""]))
            for place, row in enumerate(self.rows)
        ]  # fmt: skip
        return np.concatenate(parts)


def card(found: Mapping[str, Answers], corpus: Corpus, read: Material) -> dict[str, Any]:
    """Temperatures, thresholds, reliability tables and the share of known words under which a text is strange."""
    temperatures = {head: answers.temperatures() for head, answers in found.items()}
    thresholds: dict[str, float] = {"language": LANGUAGE_THRESHOLD, "needs_human": HUMAN_THRESHOLD}
    reliability, promised = {}, {}
    for head, answers in found.items():
        shares = answers.shares(temperatures[head])
        sure, right = shares.max(axis=1), shares.argmax(axis=1) == answers.labels
        thresholds[head] = threshold(sure, right, TARGETS[head], 1.0 / len(LEARNED[head]))
        kept = sure >= thresholds[head]
        promised[head] = {"target": TARGETS[head], "reached": round(float(right[kept].mean()), 3), "kept": round(float(kept.mean()), 3)}  # fmt: skip
        reliability[head] = table(sure, right)
    return {
        "temperatures": temperatures,
        "thresholds": thresholds,
        "promised": promised,
        "reliability": reliability,
        "least_known": least_known(corpus, read),
    }


def threshold(sure: NDArray[np.float64], right: NDArray[np.bool_], target: float, least: float) -> float:  # fmt: skip
    """The lowest probability from which on the share of right labels reaches the target, at most 0.95."""
    order = np.argsort(-sure)
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero((shares >= target) & (np.arange(len(order)) >= 20))
    found = float(sure[order][good[-1]]) if len(good) else 0.95
    return round(min(max(found, least), 0.95), 3)


def table(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> list[list[float]]:
    """Mean probability, share of right labels and number of messages of each tenth that has any."""
    places = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return [
        [round(float(sure[places == b].mean()), 3), round(float(right[places == b].mean()), 3), int((places == b).sum())]
        for b in sorted(set(places.tolist()))
    ]  # fmt: skip


def least_known(corpus: Corpus, read: Material) -> float:
    """The share of words known from training that all but the strangest validation messages reach."""
    times = np.bincount(corpus.counts[read.is_train].indices, minlength=len(corpus.words))
    is_word = np.array([word.is_word for word in corpus.words], dtype=np.float32)
    known = is_word * (times >= 2)
    is_val = np.array([row.split == "val" for row in read.rows])
    words = (corpus.counts @ is_word)[is_val]
    share = (corpus.counts @ known)[is_val] / np.maximum(words, 1.0)
    return round(float(np.quantile(share[words >= 3], _STRANGE)), 3)


def _measured(head: str, truth: NDArray[np.int64], said: NDArray[np.int64]) -> float:
    """The official metric of a set."""
    labels = [0] if head == "irony" else sorted(set(truth.tolist()))
    return float(f1_score(truth, said, labels=labels, average="macro", zero_division=0.0))
