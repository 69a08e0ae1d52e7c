"""Learns what a match is judged by from our own development questions. Run: python -m language.knowledge.training"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from contracts.knowledge import Entry
from language.knowledge.features import ASKED, MEANINGS, WORDS, Features
from language.knowledge.judgement import NAMES, Judgement, shares
from language.knowledge.loading import load_tools
from language.knowledge.questions import DATA, Question, read_brands, read_questions
from language.knowledge.search import Knowledge, Tools

REFUSED = 0.9
"""So many of the questions without an answer shall be refused."""
_RIDGE = 3.0
_TAKEN_OUT = 0.2
"""Weight of a question whose answer was taken out of the knowledge: others may still half answer it."""


@dataclass(frozen=True, slots=True)
class Case:
    """The numbers of one question, which entries are right, and how much the question counts."""

    found: Features
    is_right: NDArray[np.bool_]
    weight: float
    brand: str
    question: Question
    entries: list[Entry]


def cases(
    questions: Sequence[Question], brands: dict[str, list[Entry]], tools: Tools, *, is_quick: bool
) -> Iterator[Case]:
    """Return every question as it is, and again with its answers taken out."""
    whole = {name: Knowledge(entries, tools) for name, entries in brands.items()}
    for one in questions:
        entries = brands[one.brand]
        yield _case(one, whole[one.brand], entries, 1.0, is_quick)
        left = [entry for entry in entries if entry.entry_id not in one.answers]
        if one.answers and len(left) > 1:
            yield _case(one, Knowledge(left, tools), left, _TAKEN_OUT, is_quick)


def _case(
    one: Question, knowledge: Knowledge, entries: list[Entry], weight: float, is_quick: bool
) -> Case:
    found = knowledge.weighed(one.text, one.language, is_quick=is_quick)
    right = np.array([entry.entry_id in one.answers for entry in entries])
    return Case(found, right, weight, one.brand, one, entries)


def learn(known: Sequence[Case]) -> Judgement:
    """Return the weights with the greatest likelihood of right answers and right refusals, drawn to nought."""
    rows = np.concatenate([case.found.entries for case in known])
    asked = np.stack([case.found.asked for case in known])
    spreads, asked_spreads = rows.std(axis=0) + 1e-6, asked.std(axis=0) + 1e-6
    asked_means = asked.mean(axis=0)
    asked_means[0], asked_spreads[0] = 0.0, 1.0
    size = rows.shape[1]
    plain = Judgement(
        np.zeros(size), np.zeros(len(asked_means)), rows.mean(axis=0), spreads, asked_means,
        asked_spreads, 0.0,
    )  # fmt: skip
    ready = [
        (
            (case.found.entries - plain.means) / spreads,
            (case.found.asked - asked_means) / asked_spreads,
            np.append(case.is_right, not case.is_right.any()).astype(float),
            case.weight,
        )
        for case in known
    ]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        mine, nothing = weights[:size], weights[size:]
        slope = 2 * _RIDGE * weights
        slope[size] = 0.0
        total = _RIDGE * float(weights @ weights - weights[size] ** 2)
        for entries, about, right, weight in ready:
            every = np.append(entries @ mine, about @ nothing)
            likely = np.exp(every - every.max())
            likely /= likely.sum()
            good = float((likely * right).sum()) + 1e-12
            total -= weight * math.log(good)
            change = weight * (likely - likely * right / good)
            slope[:size] += entries.T @ change[:-1]
            slope[size:] += about * change[-1]
        return total, slope

    start = np.zeros(size + len(asked_means))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Judgement(
        best[:size], best[size:], plain.means, spreads, asked_means, asked_spreads, 0.0
    )


def threshold(known: Sequence[Case]) -> float:
    """Return the least confidence with which REFUSED of the unanswerable are refused, each brand judged by the others."""
    sure: list[float] = []
    for brand in {case.brand for case in known}:
        judgement = learn([case for case in known if case.brand != brand])
        asked = [case for case in known if case.brand == brand and not case.question.answers]
        sure += [float(shares(*judgement.scores(case.found)).sum()) for case in asked]
    return sorted(sure)[math.ceil(REFUSED * len(sure)) - 1]


def told(judgement: Judgement, least: float) -> dict[str, object]:
    """Return a judgement as its file has it."""
    values = {name: [round(float(one), 5) for one in getattr(judgement, name)] for name in NAMES}
    return {**values, "threshold": round(least, 4)}


def main() -> None:
    """Learn from the development questions and write the model file."""
    questions, brands, tools = read_questions("dev"), read_brands(), load_tools()
    parts: dict[str, object] = {}
    for name, is_quick in (("words", True), ("meanings", False)):
        known = list(cases(questions, brands, tools, is_quick=is_quick))
        parts[name] = told(learn(known), threshold(known))
    card = {"features": [*WORDS, *MEANINGS], "asked": ASKED, "parts": parts}
    (DATA / "judgement.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
