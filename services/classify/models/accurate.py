"""The accurate tier: fine-tuned encoders answer every learned head; language, rules and reasons stay the fast tier's."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.messages import Head, Labels
from language.encoders.encoder import Encoder
from language.encoders.files import checked
from language.encoders.pieces import Pieces
from language.encoders.sessions import MEND, open_session
from services.classify.domain import rules as rulebook
from services.classify.domain.labels import LEARNED, OUTPUTS, PLACE, SPANS
from services.classify.models.answers import Answered, built, doubts, temperature_rows
from services.classify.models.linear import LinearModel, Reading, Thresholds, rulebook_answer

FOLDER = Path(__file__).parent
LONGEST = 128
"""Pieces that are read of a message."""
_ENGLISH_SHARE = 0.4
_FIRM = rulebook.SAFETY_RULES | {rulebook.BLANK.name}
"""Rules that count here too: what must never hang on what a model happened to see."""
MIXTURE = {
    "sentiment": (0.35, 0.87), "emotion": (0.2, 0.97), "offensive": (0.35, 0.87), "irony": (0.5, 0.7), "spam": (0.6, 0.99),
    "intent": (0.5, 0.85), "urgency": (0.5, 0.85),
}  # fmt: skip
"""What the fast tier's answer weighs beside the encoder's, and the temperature of both together, by head: two readers who
err differently. Chosen on the public validation splits; intent and urgency have none that the fast tier did not learn from: half each."""
_LEAST_SHARE = 1e-4
Read = tuple[Reading, Labels]


class English:
    """MiniLM with its own heads."""

    def __init__(self, folder: Path) -> None:
        self.card = checked(folder / "english.npz", MEND)[1]
        self._pieces = Pieces(folder / "wordpieces.vocab")
        self._session = open_session(folder / "english.npz")
        self.heads = [each.name for each in self._session.get_outputs() if each.name in LEARNED]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[texts, OUTPUTS] in the order of labels.PLACE."""
        found = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
        for batch in self._pieces.batches(texts, LONGEST):
            given = {"ids": batch.ids, "mask": batch.mask}
            _put(
                found,
                batch.places,
                zip(self.heads, self._session.run(self.heads, given), strict=True),
            )
        return found

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What the heads read, unit vectors float32[texts, 384]: for trying the encoder on other questions."""
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for batch in self._pieces.batches(texts, LONGEST):
            given = {"ids": batch.ids, "mask": batch.mask}
            found[batch.places] = self._session.run(["vector"], given)[0]
        return found


class Others:
    """e5's lower layers, shared with sentence vectors, and upper layers with heads of their own."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.card = checked(folder / "others.npz", MEND)[1]
        self._encoder = encoder
        self._session = open_session(folder / "others.npz")
        self.heads = [each.name for each in self._session.get_outputs() if each.name in LEARNED]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[texts, OUTPUTS] in the order of labels.PLACE."""
        found = np.zeros((len(texts), OUTPUTS), dtype=np.float32)
        for batch, states in self._encoder.states(texts, LONGEST):
            given = {"states": states, "mask": batch.mask}
            _put(
                found,
                batch.places,
                zip(self.heads, self._session.run(self.heads, given), strict=True),
            )
        return found


class AccurateModel:
    """Labels by the encoder of a message's language. The same text gets the same labels alone and in any batch."""

    def __init__(self, fast: LinearModel, english: English, others: Others) -> None:
        self._fast, self._english, self._others = fast, english, others
        self.version = f"{english.card['version']}+{others.card['version']}"

    @classmethod
    def load(
        cls, fast: LinearModel | None = None, folder: Path = FOLDER, encoder: Encoder | None = None
    ) -> "AccurateModel":
        """The committed encoders, beside a fast tier. Raises FileError when a file does not fit its hash."""
        english, others = English(folder), Others(folder, encoder or Encoder())
        return cls(fast or LinearModel.load(), english, others)

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None,
        thresholds: Sequence[Thresholds | None] | None = None, *, with_reasons: bool = True,
    ) -> list[Read]:  # fmt: skip
        """Readings and labels of every text, in order; parameters as in the fast tier."""
        read = self._fast.understand(texts, languages, thresholds, with_reasons=with_reasons)
        return self.refine(texts, read, thresholds)

    def refine(
        self, texts: Sequence[str], read: Sequence[Read],
        thresholds: Sequence[Thresholds | None] | None = None,
    ) -> list[Read]:  # fmt: skip
        """The labels that the fast tier gave, its learned heads answered anew."""
        asked = thresholds if thresholds is not None else [None] * len(read)
        is_english = np.array([speaks_english(reading) for reading, _ in read], dtype=bool)
        found: list[Read] = list(read)
        for model, mine in ((self._english, is_english), (self._others, ~is_english)):
            places = np.flatnonzero(mine).tolist()
            if not places:
                continue
            logits = model.logits([texts[place] for place in places])
            logits += np.stack([_firm(read[place][0]) for place in places])
            labels_of = [read[place][1] for place in places]
            spoken = [read[place][0].spoken for place in places]
            logits /= _by_output(temperature_rows(model.card["temperatures"], spoken))
            rows = np.array([[MIXTURE[name][1] for name in LEARNED]] * len(places))
            answered = Answered(mixed(logits, labels_of), rows, model.heads)
            for row, place in enumerate(places):
                reading, labels = read[place]
                heads = answered.heads(row)
                found[place] = (
                    reading,
                    self._labels(model.card["version"], labels, heads, asked[place]),
                )
        return found

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors float32[texts, 384] of English texts."""
        return self._english.vectors(texts)

    def _labels(
        self, version: str, fast: Labels, heads: dict[str, Head], wanted: Thresholds | None
    ) -> Labels:
        heads["language"] = fast.language
        heads["needs_human"] = rulebook_answer(heads, fast.rules)
        thresholds = (
            self._fast.thresholds if wanted is None else {**self._fast.thresholds, **wanted}
        )
        is_blank = rulebook.BLANK.name in fast.rules
        unsure = [] if is_blank else doubts(heads, thresholds, is_strange=False)
        values: dict[str, Any] = dict(fast)
        values |= heads
        return built(Labels, values | {"model": version, "tier": "accurate", "unsure": unsure})


def load(fast: LinearModel) -> AccurateModel:
    """The committed encoders beside this fast tier."""
    return AccurateModel.load(fast)


def mixed(logits: NDArray[np.float32], fast: Sequence[Labels]) -> NDArray[np.float32]:
    """Logits float32[texts, OUTPUTS] with the fast tier's say in them; a head it does not have stays as it is."""
    found = logits.copy()
    for name, (weight, _) in MIXTURE.items():
        answers = [getattr(labels, name) for labels in fast]
        if any(answer is None for answer in answers):
            continue
        shares = np.array([[answer.p[label] for label in LEARNED[name]] for answer in answers])
        told = np.log(np.maximum(shares, _LEAST_SHARE))
        told = told[:, :1] - told[:, 1:] if len(LEARNED[name]) == 2 else told
        found[:, SPANS[name]] = (1.0 - weight) * logits[:, SPANS[name]] + weight * told
    return found


def _by_output(temperatures: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32[texts, OUTPUTS] of one number a learned head."""
    widths = [SPANS[name].stop - SPANS[name].start for name in LEARNED]
    return np.repeat(temperatures, widths, axis=1).astype(np.float32)


def speaks_english(reading: Reading) -> bool:
    """Whether the English encoder reads a message: English, or nobody knows and only English letters."""
    if reading.language.get("en", 0.0) >= _ENGLISH_SHARE:
        return True
    return reading.spoken == "und" and reading.text.isascii()


def _put(
    found: NDArray[np.float32], places: list[int], given: Iterable[tuple[str, NDArray[np.float32]]]
) -> None:
    """Heads of two labels have one output: by how much the first is likelier."""
    for name, values in given:
        found[places, SPANS[name]] = (
            values[:, :1] - values[:, 1:] if values.shape[1] == 2 else values
        )


def _firm(reading: Reading) -> NDArray[np.float32]:
    found = np.zeros(OUTPUTS, dtype=np.float32)
    for rule in reading.rules:
        if rule.name in _FIRM:
            for key, amount in rule.adds.items():
                found[PLACE[key]] += amount
    return found
