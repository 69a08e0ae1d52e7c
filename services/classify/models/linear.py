"""The linear model: texts in, labels with exact reasons out. Training lives in training/, rules in domain/."""

from collections.abc import Sequence
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
from services.classify.domain.labels import (
    LEARNED,
    NEEDS_HUMAN,
    OUTPUTS,
    PLACE,
    SPANS,
    distribution,
)
from services.classify.models import artefact
from services.classify.models.features import Token, readable, tokens
from services.classify.models.identifier import LanguageIdentifier
from services.classify.models.weights import Weights

TOP_REASONS = 5
_HEARD = 0.15  # a language this likely lends its cue words
_WHO_LISTENS = {language: 1 << place for place, language in enumerate(cue_finder.LANGUAGES)}


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the model sees it."""

    text: str
    tokens: list[Token]
    language: dict[str, float]
    cues: dict[str, Cue]
    rules: list[rulebook.Rule]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every part of a message's logits: intercept + words.sum(0) + rules == logits (float32[12], labels.PLACE)."""

    spans: list[tuple[int, int]]
    words: NDArray[np.float32]
    intercept: NDArray[np.float32]
    rules: NDArray[np.float32]
    logits: NDArray[np.float32]


class LinearModel:
    """Hashed n-grams and cues, one row of weights each; every head is read from the same pass."""

    def __init__(
        self, weights: Weights, version: str, identifier: LanguageIdentifier | None = None
    ) -> None:
        self.version = version
        self._weights = weights
        self._identifier = identifier or LanguageIdentifier()

    @classmethod
    def load(cls, path: Path | None = None) -> "LinearModel":
        """The model of a file (default: the committed one). Raises ArtefactError when it does not fit its hash."""
        arrays, card = artefact.read(path)
        return cls(Weights(arrays), str(card["version"]))

    def label(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[Labels]:
        """Labels of every text, in order. `languages` are the languages each text's brand expects (None: the usual).

        The same text gets the same labels alone and in any batch.
        """
        return [labels for _, labels in self.understand(texts, languages)]

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[tuple[Reading, Labels]]:
        """What `label` gives, each with how the model read the text."""
        readings = self.read(texts, languages)
        parts = [self._explain(reading) for reading in readings]
        if not parts:
            return []
        shares = self._weights.probabilities(np.stack([part.logits for part in parts]))
        return [
            (reading, self._labels(reading, part, share))
            for reading, part, share in zip(readings, parts, shares, strict=True)
        ]

    def explain(self, text: str, languages: Sequence[str] | None = None) -> Explanation:
        """The parts of the logits of one text."""
        return self._explain(self.read([text], [languages])[0])

    def read(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[Reading]:
        """Tokens, language, cues and rules of every text."""
        wanted = languages if languages is not None else [None] * len(texts)
        return [self._read(text, expected) for text, expected in zip(texts, wanted, strict=True)]

    def _read(self, raw: str, expected: Sequence[str] | None) -> Reading:
        text = readable(raw)
        found = tokens(text)
        words = [token.folded for token in found if token.is_word]
        spoken = " ".join(text[token.start : token.end] for token in found if token.is_word)
        language = language_choice.decide(words, self._identifier.guesses(spoken), expected)
        cues = cue_finder.find(found, text, listening(language))
        rules = rulebook.fired(cues) if found else [rulebook.BLANK]
        return Reading(text, found, language, cues, rules)

    def _explain(self, reading: Reading) -> Explanation:
        weights = self._weights
        words = weights.contributions(reading.tokens)
        ends = [token.end for token in reading.tokens]
        if reading.cues:
            starts = {token.start: place for place, token in enumerate(reading.tokens)}
            places = [starts[cue.start] for cue in reading.cues.values()]
            np.add.at(
                words, places, weights.cues[[cue_finder.INDEX[name] for name in reading.cues]]
            )
            for place, (name, cue) in zip(places, reading.cues.items(), strict=True):
                if name in cue_finder.WORD_CUES:
                    ends[place] = max(ends[place], cue.end)
        rules = np.zeros(OUTPUTS, dtype=np.float32)
        for rule in reading.rules:
            for key, amount in rule.adds.items():
                rules[PLACE[key]] += amount
        spans = [(token.start, end) for token, end in zip(reading.tokens, ends, strict=True)]
        logits = weights.intercept + words.sum(axis=0, dtype=np.float32) + rules
        return Explanation(spans, words, weights.intercept, rules, logits)

    def _labels(self, reading: Reading, parts: Explanation, shares: NDArray[np.float64]) -> Labels:
        heads: dict[str, Head] = {}
        reasons: list[Reason] = []
        for head, answers in LEARNED.items():
            values: list[float] = shares[SPANS[head]].tolist()
            top = max(range(len(values)), key=values.__getitem__)
            heads[head] = _head(answers[top], distribution(answers, values))
            reasons += _reasons(reading.text, parts, head, SPANS[head].start + top)
        names = [rule.name for rule in reading.rules]
        return Labels.model_construct(
            model=self.version,
            language=_head(
                max(reading.language, key=reading.language.__getitem__), reading.language
            ),
            needs_human=_needs_human(heads, names),
            reasons=reasons,
            rules=names,
            sentiment=heads["sentiment"],
            intent=heads["intent"],
            urgency=heads["urgency"],
        )


def listening(language: dict[str, float]) -> int:
    """Bit mask of the languages whose cue words count: the likely ones, or all where nobody knows."""
    mask = 0
    for name, share in language.items():
        if share >= _HEARD:
            mask |= _WHO_LISTENS.get(name, 0)
    return mask if mask and language.get(language_choice.UNDECIDED, 0.0) < 0.5 else cue_finder.EVERY


def _head(label: str, shares: dict[str, float]) -> Head:
    return Head.model_construct(label=label, p=shares)


def _needs_human(heads: dict[str, Head], rules: list[str]) -> Head:
    urgency, intent = heads["urgency"].p, heads["intent"].p
    score = rulebook.human_score(
        urgency["2"] + urgency["3"], intent["complaint"], 1.0 - max(intent.values()), rules
    )
    share = float(1.0 / (1.0 + np.exp(-score)))
    return _head(
        "true" if share >= 0.5 else "false", distribution(NEEDS_HUMAN, [share, 1.0 - share])
    )


def _reasons(text: str, parts: Explanation, head: str, output: int) -> list[Reason]:
    """The words that moved this label most, either way, strongest first."""
    column = parts.words[:, output].tolist()
    best = sorted(range(len(column)), key=lambda place: -abs(column[place]))[:TOP_REASONS]
    found: list[Any] = []
    for place in best:
        start, end = parts.spans[place]
        if abs(column[place]) >= 0.01:
            found.append(
                Reason.model_construct(
                    head=head,
                    text=text[start:end],
                    start=start,
                    end=end,
                    weight=round(column[place], 4),
                )
            )
    return found
