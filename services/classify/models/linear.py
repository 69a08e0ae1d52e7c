"""The linear model: texts in, labels with exact reasons out. Training lives in training/, rules in domain/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.messages import Head, Labels, Reason
from services.classify.domain import cues as cue_finder
from services.classify.domain import languages as language_choice
from services.classify.domain import rules as rulebook
from services.classify.domain.cues import Cue
from services.classify.domain.labels import LEARNED, OUTPUTS, PLACE, output
from services.classify.models import artefact
from services.classify.models.answers import Answered, built, doubts, head, temperature_rows
from services.classify.models.features import Token, readable, tokens
from services.classify.models.identifier import LanguageIdentifier
from services.classify.models.weights import Sums, Weights

TOP_REASONS = 5
REASONED = ("sentiment", "intent", "urgency")
"""Heads whose strongest words travel with the labels; `explain` has all of all."""
_LEAST_REASON = 0.01
_HEARD = 0.15  # a language this likely lends its cue words
_WHO_LISTENS = {language: 1 << place for place, language in enumerate(cue_finder.LANGUAGES)}
_LEAST_STRANGE_WORDS = 2
_TAUGHT = frozenset((*cue_finder.LANGUAGES, language_choice.UNDECIDED))
Thresholds = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the model sees it."""

    text: str
    tokens: list[Token]
    language: dict[str, float]
    cues: dict[str, Cue]
    rules: list[rulebook.Rule]

    @property
    def spoken(self) -> str:
        """The likeliest language."""
        return max(self.language, key=self.language.__getitem__)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every part of a message's logits: intercept + words.sum(0) + rules == logits (float32[OUTPUTS], labels.PLACE)."""

    spans: list[tuple[int, int]]
    words: NDArray[np.float32]
    intercept: NDArray[np.float32]
    rules: NDArray[np.float32]
    logits: NDArray[np.float32]


class LinearModel:
    """Hashed n-grams, static vectors and cues, one row of weights each; every head is read from the same pass."""

    def __init__(
        self, weights: Weights, card: Mapping[str, Any], identifier: LanguageIdentifier | None = None
    ) -> None:  # fmt: skip
        calibration = card["calibration"]
        self.version = str(card["version"])
        self.heads = tuple(name for name in LEARNED if name in card["heads"])
        self.thresholds: Thresholds = calibration["thresholds"]
        self.temperatures: Mapping[str, Mapping[str, float]] = calibration["temperatures"]
        self._least_known = float(calibration["least_known"])
        self._weights = weights
        self._identifier = identifier or LanguageIdentifier()
        known = [*rulebook.RULES, rulebook.BLANK]
        self._rule_rows = {rule.name: len(cue_finder.NAMES) + place for place, rule in enumerate(known)}  # fmt: skip
        self._signs = np.concatenate([weights.cues, np.stack([_added([rule]) for rule in known])])

    @classmethod
    def load(cls, path: Path | None = None) -> "LinearModel":
        """The model of a file (default: the committed one). Raises ArtefactError when it does not fit its hash."""
        arrays, card = artefact.read(path)
        return cls(Weights(arrays), card)

    def label(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[Labels]:
        """Labels of every text, in order. `languages` are the languages each text's brand expects (None: the usual).

        The same text gets the same labels alone and in any batch.
        """
        return [labels for _, labels in self.understand(texts, languages)]

    def understand(
        self,
        texts: Sequence[str],
        languages: Sequence[Sequence[str] | None] | None = None,
        thresholds: Sequence[Thresholds | None] | None = None,
        *,
        with_reasons: bool = True,
    ) -> list[tuple[Reading, Labels]]:
        """What `label` gives, each with how the model read the text.

        `thresholds`: for each text, by head, the probability under which its brand takes a label for unsure (None or
        a head left out: the model's own).
        """
        readings = self.read(texts, languages)
        if not readings:
            return []
        sums = self._weights.sums([each.tokens for each in readings], by_token=with_reasons)
        logits = self._logits(readings, sums)
        spoken = [reading.spoken for reading in readings]
        answered = Answered(logits, temperature_rows(self.temperatures, spoken), self.heads)
        asked = thresholds if thresholds is not None else [None] * len(readings)
        found, first = [], 0
        for place, (reading, wanted) in enumerate(zip(readings, asked, strict=True)):
            heads = answered.heads(place)
            last = first + len(reading.tokens)
            part = None if sums.tokens is None else sums.tokens[first:last]
            first = last
            strange = self._is_strange(reading, float(sums.known[place]))
            found.append((reading, self._labels(reading, heads, part, (wanted, strange))))
        return found

    def explain(self, text: str, languages: Sequence[str] | None = None) -> Explanation:
        """The parts of the logits of one text."""
        readings = self.read([text], [languages])
        sums = self._weights.sums([readings[0].tokens], by_token=True)
        assert sums.tokens is not None
        words, spans = self._with_cues(readings[0], sums.tokens)
        rules = _added(readings[0].rules)
        return Explanation(
            spans, words, self._weights.intercept, rules, self._logits(readings, sums)[0]
        )

    def temperature(self, name: str, language: str) -> float:
        """What the logits of a head are divided by in a language."""
        return float(temperature_rows(self.temperatures, [language])[0, list(LEARNED).index(name)])

    def read(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[Reading]:
        """Tokens, language, cues and rules of every text."""
        wanted = languages if languages is not None else [None] * len(texts)
        return [self._read(text, expected) for text, expected in zip(texts, wanted, strict=True)]

    def _read(self, raw: str, expected: Sequence[str] | None) -> Reading:
        text = readable(raw)
        found = tokens(text)
        words = [token for token in found if token.is_word]
        spoken = " ".join([text[token.start : token.end] for token in words])
        guesses = self._identifier.guesses(spoken)
        language = language_choice.decide([token.folded for token in words], guesses, expected)
        cues = cue_finder.find(found, text, listening(language))
        rules = rulebook.fired(cues) if found else [rulebook.BLANK]
        return Reading(text, found, language, cues, rules)

    def _logits(self, readings: Sequence[Reading], sums: Sums) -> NDArray[np.float32]:
        index, rows = cue_finder.INDEX, self._rule_rows
        logits = sums.totals + self._weights.intercept
        signs = [[*map(index.__getitem__, each.cues), *[rows[rule.name] for rule in each.rules]] for each in readings]  # fmt: skip
        sizes = np.array([len(each) for each in signs], dtype=np.int64)
        filled = np.flatnonzero(sizes)
        if len(filled):
            flat = np.array([one for each in signs for one in each], dtype=np.int64)
            starts = np.cumsum(sizes[filled]) - sizes[filled]
            logits[filled] += np.add.reduceat(self._signs[flat], starts, axis=0)
        return logits

    def _with_cues(
        self, reading: Reading, words: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
        """What each token adds, the cues that begin with it included, and its span in the original."""
        ends = [token.end for token in reading.tokens]
        if reading.cues:
            words = words.copy()
            starts = {token.start: place for place, token in enumerate(reading.tokens)}
            for name, cue in reading.cues.items():
                place = starts[cue.start]
                words[place] += self._weights.cues[cue_finder.INDEX[name]]
                if name in cue_finder.WORD_CUES:
                    ends[place] = max(ends[place], cue.end)
        spans = [(token.start, end) for token, end in zip(reading.tokens, ends, strict=True)]
        return words, spans

    def _is_strange(self, reading: Reading, known: float) -> bool:
        """Whether every label is a guess: another language than those taught, or hardly a word ever seen."""
        if reading.spoken not in _TAUGHT:
            return True
        if known >= self._least_known:
            return False
        return sum(token.is_word for token in reading.tokens) >= _LEAST_STRANGE_WORDS

    def _labels(
        self, reading: Reading, heads: dict[str, Head], words: NDArray[np.float32] | None,
        doubt: tuple[Thresholds | None, bool],
    ) -> Labels:  # fmt: skip
        names = [rule.name for rule in reading.rules]
        heads["language"] = head(reading.spoken, reading.language)
        heads["needs_human"] = rulebook_answer(heads, names)
        wanted, is_strange = doubt
        thresholds = self.thresholds if wanted is None else {**self.thresholds, **wanted}
        return built(
            Labels,
            {
                "model": self.version,
                "language": heads["language"],
                "sentiment": heads["sentiment"],
                "intent": heads["intent"],
                "urgency": heads["urgency"],
                "needs_human": heads["needs_human"],
                "emotion": heads.get("emotion"),
                "offensive": heads.get("offensive"),
                "irony": heads.get("irony"),
                "spam": heads.get("spam"),
                "tier": "fast",
                "unsure": [] if not reading.tokens else doubts(heads, thresholds, is_strange=is_strange),
                "reasons": [] if words is None else self._reasons(reading, heads, words),
                "rules": names,
            },
        )  # fmt: skip

    def _reasons(
        self, reading: Reading, heads: Mapping[str, Head], words: NDArray[np.float32]
    ) -> list[Reason]:
        words, spans = self._with_cues(reading, words)
        found: list[Reason] = []
        for name in REASONED:
            place, _ = output(name, heads[name].label)
            found += _strongest(reading.text, name, words[:, place].tolist(), spans)
        return found


def rulebook_answer(heads: Mapping[str, Head], rules: Sequence[str]) -> Head:
    """Whether a person is needed, from the other heads and the rules that fired."""
    share = round(rulebook.human_share(sum(human_points(heads, rules).values())), 4)
    shares = {"true": share, "false": round(1.0 - share, 4)}
    return head("true" if share >= 0.5 else "false", shares)


def human_points(heads: Mapping[str, Head], rules: Sequence[str]) -> dict[str, float]:
    """The points of `needs_human` by reason."""
    urgency, intent = heads["urgency"].p, heads["intent"].p
    return rulebook.human_points(
        urgent=urgency["2"] + urgency["3"], someone=1.0 - urgency["0"], intent=intent, rules=rules
    )


def listening(language: Mapping[str, float]) -> int:
    """Bit mask of the languages whose cue words count: the likely ones, or all where nobody knows."""
    mask = 0
    for name, share in language.items():
        if share >= _HEARD:
            mask |= _WHO_LISTENS.get(name, 0)
    return mask if mask and language.get(language_choice.UNDECIDED, 0.0) < 0.5 else cue_finder.EVERY


def _added(rules: Sequence[rulebook.Rule]) -> NDArray[np.float32]:
    """What rules add to the outputs."""
    found = np.zeros(OUTPUTS, dtype=np.float32)
    for rule in rules:
        for key, amount in rule.adds.items():
            found[PLACE[key]] += amount
    return found


def _strongest(
    text: str, name: str, column: list[float], spans: list[tuple[int, int]]
) -> list[Reason]:
    """The words that moved a label most, either way, strongest first."""
    best = sorted(range(len(column)), key=lambda place: -abs(column[place]))[:TOP_REASONS]
    found = []
    for place in best:
        if abs(column[place]) < _LEAST_REASON:
            break
        start, end = spans[place]
        weight = round(column[place], 4)
        found.append(
            built(Reason, {"head": name, "text": text[start:end], "start": start, "end": end, "weight": weight})
        )  # fmt: skip
    return found
