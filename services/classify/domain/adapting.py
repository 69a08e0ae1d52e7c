"""What a brand's corrections teach: shares of the labels, weights of words, and when either is used. Pure.

Class-share correction after Saerens, Latinne and Decaestecker (2002), with the shares taken from
messages drawn at random; the adapter is a small logistic model on the base model's own answer and the
words of the message, and is used only where it is surely better on corrections it has not seen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.classify.domain.vocabulary import shares_of

ENOUGH_SAMPLES = 25
PRIOR_WEIGHT = 6.0
ENOUGH_CORRECTIONS = 60
MOST_CORRECTIONS = 4_000
FOLDS = 5
LEAST_P = 1e-4
FARTHEST = 6.0
"""A share may be corrected by this factor at most, either way."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of one message. `p` is what the base model had said, `words` its words."""

    message_id: str
    label: str
    p: Mapping[str, float]
    words: tuple[str, ...]
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did on corrections it had not seen: mean gain in log loss, and its 95 % interval."""

    count: int
    gain: float
    low: float
    high: float
    right: int
    base_right: int

    @property
    def is_won(self) -> bool:
        """Say whether it is surely better."""
        return self.count >= ENOUGH_SAMPLES and self.low > 0


@dataclass(frozen=True, slots=True)
class Adapter:
    """What was learnt for one head of one brand. `version` counts up; 0 is the base model alone.

    `factors` multiply the odds of the labels. `words` add to the logits of `labels`, in their order,
    together with `bias` and `slope` times the base model's log probabilities.
    """

    head: str
    version: int
    labels: tuple[str, ...]
    factors: Mapping[str, float]
    bias: tuple[float, ...] = ()
    slope: tuple[tuple[float, ...], ...] = ()
    words: Mapping[str, tuple[float, ...]] | None = None
    corrections: int = 0

    def applied(self, p: Mapping[str, float], words: Sequence[str]) -> dict[str, float]:
        """Return the probabilities as this brand's people would give them."""
        if self.words is not None:
            return shares_of(self._by_words(p, words))
        return shares_of(
            {label: share * self.factors.get(label, 1.0) for label, share in p.items()}
        )

    def _by_words(self, p: Mapping[str, float], words: Sequence[str]) -> dict[str, float]:
        logs = base_logs(p, self.labels)
        logits = list(self.bias)
        for place in range(len(logits)):
            logits[place] += sum(
                row[place] * log for row, log in zip(self.slope, logs, strict=True)
            )
        assert self.words is not None
        for word in set(words):
            for place, weight in enumerate(self.words.get(word, ())):
                logits[place] += weight
        top = max(logits)
        odds = {
            label: math.exp(logit - top) for label, logit in zip(self.labels, logits, strict=True)
        }
        return {**dict.fromkeys(p, 0.0), **odds}


def base_logs(p: Mapping[str, float], labels: Sequence[str]) -> list[float]:
    """Return the log probabilities of the base model, never below a floor."""
    return [math.log(max(p.get(label, 0.0), LEAST_P)) for label in labels]


def factors_of(corrections: Sequence[Correction]) -> dict[str, float] | None:
    """Return by what the odds of each label are multiplied; None before enough random samples.

    The shares are smoothed towards what the model itself says of the same messages.
    """
    samples = [one for one in corrections if one.is_sample]
    if len(samples) < ENOUGH_SAMPLES:
        return None
    labels = list(samples[0].p)
    expected = {
        label: sum(one.p.get(label, 0.0) for one in samples) / len(samples) for label in labels
    }
    count = {label: sum(one.label == label for one in samples) for label in labels}
    factors = {}
    for label in labels:
        share = (count[label] + PRIOR_WEIGHT * expected[label]) / (len(samples) + PRIOR_WEIGHT)
        ratio = share / max(expected[label], 1e-3)
        factors[label] = min(max(ratio, 1 / FARTHEST), FARTHEST)
    return factors


def folds_of(corrections: Sequence[Correction]) -> list[tuple[list[Correction], list[Correction]]]:
    """Return what is learnt from and what is tried on, so that every correction is tried once."""
    split = []
    for fold in range(FOLDS):
        seen = [one for at, one in enumerate(corrections) if at % FOLDS != fold]
        held = [one for at, one in enumerate(corrections) if at % FOLDS == fold]
        split.append((seen, held))
    return split


def trial_of(pairs: Sequence[tuple[Correction, Mapping[str, float], Mapping[str, float]]]) -> Trial:
    """Compare a candidate's probabilities (third) with those used now (second) on held-out corrections."""
    gains = [
        math.log(max(new.get(one.label, 0.0), LEAST_P))
        - math.log(max(old.get(one.label, 0.0), LEAST_P))
        for one, old, new in pairs
    ]
    count = len(gains)
    mean = sum(gains) / count if count else 0.0
    spread = math.sqrt(sum((one - mean) ** 2 for one in gains) / max(count - 1, 1))
    half = 1.96 * spread / math.sqrt(count) if count else 0.0
    right = sum(_top(new) == one.label for one, _, new in pairs)
    base_right = sum(_top(old) == one.label for one, old, _ in pairs)
    return Trial(count, mean, mean - half, mean + half, right, base_right)


def _top(p: Mapping[str, float]) -> str:
    return max(p, key=lambda label: p[label])
