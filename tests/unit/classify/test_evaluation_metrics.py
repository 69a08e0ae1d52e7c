"""The figures of the evaluation against scikit-learn and against values worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_recall_fscore_support,
    recall_score,
)

from services.classify.evaluation import confusion, probability

LABELS = ("a", "b", "c")
RNG = np.random.default_rng(5)
TRUE = RNG.choice(LABELS, size=400, p=[0.6, 0.3, 0.1]).tolist()
GIVEN = [one if RNG.random() < 0.6 else str(RNG.choice(LABELS)) for one in TRUE]


def test_figures_are_those_of_scikit_learn() -> None:
    counts = confusion.table(TRUE, GIVEN, LABELS)
    assert confusion.macro_recall(counts, 3) == pytest.approx(
        recall_score(TRUE, GIVEN, average="macro")
    )
    assert confusion.macro_f1(counts, 3) == pytest.approx(f1_score(TRUE, GIVEN, average="macro"))
    assert confusion.accuracy(counts, 3) == pytest.approx(accuracy_score(TRUE, GIVEN))
    assert confusion.first_f1(counts, 3) == pytest.approx(f1_score(TRUE, GIVEN, average=None)[0])
    assert confusion.kappa(TRUE, GIVEN) == pytest.approx(cohen_kappa_score(TRUE, GIVEN))
    scores = precision_recall_fscore_support(TRUE, GIVEN, labels=LABELS)
    for place, label in enumerate(LABELS):
        found = confusion.by_label(counts, LABELS)[label]
        assert found["precision"] == pytest.approx(100 * scores[0][place], abs=0.051)
        assert found["recall"] == pytest.approx(100 * scores[1][place], abs=0.051)
        assert found["messages"] == scores[3][place]


def test_an_answer_outside_the_labels_counts_as_wrong() -> None:
    true, given = ["a", "a", "b", "b"], ["a", "fear", "b", "fear"]
    counts = confusion.table(true, given, ("a", "b"))
    assert confusion.macro_f1(counts, 2) == pytest.approx(
        f1_score(true, given, labels=["a", "b"], average="macro")
    )
    assert confusion.macro_recall(counts, 2) == pytest.approx(0.5)
    assert confusion.accuracy(counts, 2) == pytest.approx(0.5)


def test_a_label_that_never_occurs_or_is_never_given_scores_zero() -> None:
    counts = confusion.table(["a", "a"], ["a", "a"], ("a", "b"))
    assert confusion.f1s(counts, 2).tolist() == [1.0, 0.0]


def test_intervals_hold_what_drawing_messages_one_by_one_gives() -> None:
    counts = confusion.table(TRUE, GIVEN, LABELS)
    found = confusion.estimate(counts, 3, confusion.macro_f1)
    true, given = np.array(TRUE), np.array(GIVEN)
    rng, values = np.random.default_rng(1), []
    for _ in range(300):
        drawn = rng.integers(0, len(true), len(true))
        values.append(100 * f1_score(true[drawn], given[drawn], average="macro"))
    low, high = np.percentile(values, [2.5, 97.5])
    assert found.low == pytest.approx(low, abs=1.5)
    assert found.high == pytest.approx(high, abs=1.5)
    assert found.low < found.value < found.high
    assert found.messages == len(TRUE)
    assert found == confusion.estimate(counts, 3, confusion.macro_f1), "the draws are fixed"


def test_the_mean_over_languages_weighs_each_language_alike() -> None:
    right = confusion.table(["a", "b"] * 50, ["a", "b"] * 50, ("a", "b"))
    wrong = confusion.table(["a", "b"], ["b", "a"], ("a", "b"))
    found = confusion.mean_estimate([right, wrong], 2, confusion.macro_f1)
    assert found.value == pytest.approx(50.0)
    assert found.messages == 102


def test_kappa_by_hand() -> None:
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: agreed 0.7, by chance 0.5.
    one = ["yes"] * 25 + ["no"] * 25
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert confusion.kappa(one, other) == pytest.approx(0.4)
    assert confusion.kappa(["yes"] * 3, ["yes"] * 3) == 1.0


def test_calibration_by_hand() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95, 0.5, 0.5])
    is_right = np.array([True, True, True, False, True, False])
    found = probability.calibration(sure, is_right)
    assert found["ece"] == pytest.approx((0.95 - 0.75) * 4 / 6 + 0.0, abs=1e-4)
    assert [each["messages"] for each in found["bins"]] == [2, 4]
    assert probability.calibration(np.array([1.0]), np.array([True]))["ece"] == 0.0


def test_brier_by_hand() -> None:
    shares = [{"a": 0.8, "b": 0.2}, {"a": 0.5, "b": 0.5}]
    assert probability.brier(["a", "b"], shares) == pytest.approx((0.04 + 0.04 + 0.25 + 0.25) / 2)
    assert probability.brier(["c"], [{"a": 1.0}]) == pytest.approx(2.0)


def test_risk_coverage_by_hand() -> None:
    sure = np.array([0.9, 0.8, 0.7, 0.6])
    found = probability.risk_coverage(sure, np.array([True, True, False, True]))
    assert found["area"] == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4, abs=1e-4)
    curve = dict(map(tuple, found["curve"]))
    assert curve[1.0] == pytest.approx(0.25)
    assert curve[0.5] == 0.0


def test_the_surest_part_is_scored_apart() -> None:
    true = ["a"] * 5 + ["b"] * 5
    given = ["a"] * 4 + ["b"] + ["b"] * 3 + ["a"] * 2
    sure = np.array([0.9] * 4 + [0.1] + [0.9] * 3 + [0.1] * 2)
    found = probability.surest_recall(true, given, sure, ("a", "b"))
    assert found == {"all": 70.0, "surest_70": 100.0, "gain": 30.0}


@pytest.mark.parametrize(
    ("scores", "is_true", "wanted"),
    [
        ([0.9, 0.8, 0.7, 0.6], [True, True, True, False], 0.7),
        ([0.9, 0.8, 0.7, 0.6, 0.5], [True, True, True, True, False], 0.5),
        ([0.9, 0.9], [True, False], np.inf),
    ],
)
def test_a_threshold_keeps_the_precision(
    scores: list[float], is_true: list[bool], wanted: float
) -> None:
    found = probability.threshold_at(np.array(scores), np.array(is_true), 0.8)
    assert found == wanted
