"""The written pairs: balanced, split by situation, and in the right order often enough."""

import json
from collections import Counter
from pathlib import Path

import pytest

from language.care import DIMENSIONS, Care
from language.care.evaluation import by_language, judge, share
from language.care.lexicon import LANGUAGES
from language.care.model import PATH, Costs, ModelError
from language.care.pairs import (
    HARDER,
    OUTSIDER,
    Pair,
    read,
    read_outside,
    read_turned,
    second_choices,
)
from language.care.training import made


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return read()


def test_there_are_enough(pairs: list[Pair]) -> None:
    counts = Counter(pair.language for pair in pairs)
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= 150
    assert len(pairs) >= 900
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_ratings_are_complete_and_say_what_differs(pairs: list[Pair]) -> None:
    for pair in pairs:
        apart = {d: pair.better_ratings[d] - pair.worse_ratings[d] for d in DIMENSIONS}
        assert pair.differs == [d for d in DIMENSIONS if abs(apart[d]) >= 15]
        assert sum(apart.values()) > 0
        assert pair.differs


def test_no_situation_is_in_both_parts(pairs: list[Pair]) -> None:
    parts: dict[str, set[str]] = {}
    for pair in pairs:
        parts.setdefault(pair.split, set()).add(pair.situation)
    assert not parts["train"] & parts["test"]
    tested = sum(pair.split == "test" for pair in pairs) / len(pairs)
    assert 0.3 < tested < 0.4


def test_what_must_not_decide_is_even(pairs: list[Pair]) -> None:
    def has_emoji(text: str) -> bool:
        return any("\U0001f000" <= char <= "\U0001faff" or "☀" <= char <= "➿" for char in text)

    longer = sum(len(pair.worse) > len(pair.better) for pair in pairs) / len(pairs)
    assert 0.45 < longer < 0.55
    for sign in (has_emoji, lambda text: "!" in text):
        better = sum(sign(pair.better) for pair in pairs)
        worse = sum(sign(pair.worse) for pair in pairs)
        assert abs(better - worse) < 0.1 * (better + worse)


def test_test_pairs_are_in_the_right_order(pairs: list[Pair]) -> None:
    judged = judge(Care.load(), [pair for pair in pairs if pair.split == "test"])
    assert share(judged) >= 0.88
    assert min(by_language(judged).values()) >= 0.80


def test_turned_pairs_are_in_the_right_order() -> None:
    assert share(judge(Care.load(), read_turned())) >= 0.80


@pytest.mark.parametrize(("path", "floor"), [(OUTSIDER, 0.75), (HARDER, 0.60)])
def test_unseen_pairs_of_another_writer_are_in_the_right_order(path: Path, floor: float) -> None:
    assert share(judge(Care.load(), read_outside(path, "check"))) >= floor


def test_what_must_not_decide_is_even_for_the_other_writer() -> None:
    pairs = [pair for split in ("dev", "check") for pair in read_outside(OUTSIDER, split)]
    counts = Counter(pair.language for pair in pairs)
    assert set(counts.values()) == {30}
    longer = sum(len(pair.worse) > len(pair.better) for pair in pairs) / len(pairs)
    assert 0.45 < longer < 0.55


def test_the_second_person_chose_in_every_pair(pairs: list[Pair]) -> None:
    choices = second_choices()
    assert set(choices) == {pair.id for pair in pairs}
    same = sum(choices[pair.id] == pair.better_is for pair in pairs)
    assert same / len(pairs) >= 0.90


def test_the_model_is_what_training_makes() -> None:
    again = made()["costs"]
    kept = json.loads(PATH.read_text())["costs"]
    for dimension in DIMENSIONS:
        assert again[dimension] == pytest.approx(kept[dimension], abs=0.2)


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    changed = json.loads(PATH.read_text())
    changed["costs"]["quick"]["soon"] += 1
    broken = tmp_path / "model.json"
    broken.write_text(json.dumps(changed))
    with pytest.raises(ModelError, match="changed"):
        Costs.load(broken)
    with pytest.raises(ModelError, match="read"):
        Costs.load(tmp_path / "missing.json")
