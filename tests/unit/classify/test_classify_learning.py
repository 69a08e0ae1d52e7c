"""What corrections teach a brand's head: shares first, words once they win, and never on too little."""

from __future__ import annotations

import random

import pytest

from contracts.brands import VocabularyTerm
from services.classify.domain import adapting, vocabulary
from services.classify.domain.adapting import Adapter, Correction
from services.classify.domain.vocabulary import Vocabulary, Word
from services.classify.learning.fitting import learnt

LABELS = ("negative", "neutral", "positive")


def correction(n: int, label: str, said: str = "neutral", *words: str) -> Correction:
    p = {one: 0.8 if one == said else 0.1 for one in LABELS}
    return Correction(f"m{n}", label, p, words, is_sample=True)


def top(p: dict[str, float]) -> str:
    return max(p, key=lambda label: p[label])


def words_of(text: str) -> list[Word]:
    words, at = [], 0
    for one in text.split():
        start = text.index(one, at)
        at = start + len(one)
        words.append(Word(one.lower(), start, at))
    return words


def test_before_25_random_samples_nothing_is_corrected() -> None:
    few = [correction(n, "positive") for n in range(24)]
    assert learnt("sentiment", 1, few) == (None, None)
    found_by_chance = [
        Correction(one.message_id, one.label, one.p, one.words, is_sample=False)
        for one in (correction(n, "positive") for n in range(40))
    ]
    assert adapting.factors_of(found_by_chance) is None


def test_shares_move_the_odds_towards_what_the_brand_s_people_say() -> None:
    told = [correction(n, "positive") for n in range(20)]
    told += [correction(n, "neutral") for n in range(20, 30)]
    adapter, trial = learnt("sentiment", 3, told)
    assert trial is None
    assert adapter is not None
    assert (adapter.version, adapter.corrections, adapter.words) == (3, 30, None)
    before = {"negative": 0.1, "neutral": 0.5, "positive": 0.4}
    after = adapter.applied(before, ())
    assert after["positive"] > after["neutral"] > after["negative"]
    assert sum(after.values()) == pytest.approx(1.0)
    assert max(adapter.factors.values()) <= adapting.FARTHEST


def test_words_are_used_only_once_they_win_on_what_they_have_not_seen() -> None:
    chance = random.Random(5)
    noise = ["the", "a", "of", "it", "we", "you", "is", "on", "at", "so"]
    told = []
    for n in range(200):
        is_sick = chance.random() < 0.5
        words = (*chance.sample(noise, 4), "sick" if is_sick else "late")
        told.append(correction(n, "positive" if is_sick else "negative", "neutral", *words))
    adapter, trial = learnt("sentiment", 1, told)
    assert trial is not None
    assert trial.is_won
    assert adapter is not None
    base = {"negative": 0.1, "neutral": 0.8, "positive": 0.1}
    assert top(adapter.applied(base, ("sick", "drop"))) == "positive"
    assert top(adapter.applied(base, ("late",))) == "negative"
    shuffled = [
        correction(n, chance.choice(LABELS), "neutral", *one.words) for n, one in enumerate(told)
    ]
    plain, lost = learnt("sentiment", 1, shuffled)
    assert lost is not None
    assert not lost.is_won
    assert plain is not None
    assert plain.words is None


def test_the_same_corrections_teach_the_same() -> None:
    told = [correction(n, LABELS[n % 3], LABELS[(n * 7) % 3], f"w{n % 9}") for n in range(90)]
    assert learnt("sentiment", 1, told) == learnt("sentiment", 1, told)


def test_a_label_that_nobody_gave_stays_possible_and_improbable() -> None:
    told = [
        correction(n, "positive" if n % 2 else "neutral", "neutral", f"w{n % 2}") for n in range(80)
    ]
    adapter, _ = learnt("sentiment", 1, told)
    assert adapter is not None
    after = adapter.applied({"negative": 0.2, "neutral": 0.5, "positive": 0.3}, ("w1",))
    assert after["positive"] == max(after.values())
    assert sum(after.values()) == pytest.approx(1.0)


def test_the_adapter_of_version_0_changes_nothing() -> None:
    p = {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
    assert Adapter("sentiment", 0, LABELS, {}).applied(p, ("x",)) == p


def test_a_term_is_found_whole_in_its_language_and_moves_its_label() -> None:
    sick = VocabularyTerm(term="sick drop", head="sentiment", label="positive", language="en")
    known = Vocabulary([(sick, ("sick", "drop"))])
    text = "That SICK drop again"
    (said,) = known.find(words_of(text), "en")
    assert text[said.start : said.end] == "SICK drop"
    assert known.find(words_of(text), "de") == []
    assert known.find(words_of("sick of this drop"), "en") == []
    before = {"negative": 0.9, "neutral": 0.05, "positive": 0.05}
    after = vocabulary.moved(before, ["positive"])
    assert top(after) == "positive"
    assert sum(after.values()) == pytest.approx(1.0)
    assert vocabulary.moved(before, ["marvellous"]) == before
    assert vocabulary.moved(before, []) == before


def test_the_longest_term_at_a_place_counts() -> None:
    short = VocabularyTerm(term="drop", head="sentiment", label="negative")
    long = VocabularyTerm(term="drop dead gorgeous", head="sentiment", label="positive")
    known = Vocabulary([(short, ("drop",)), (long, ("drop", "dead", "gorgeous"))])
    assert [one.term.label for one in known.find(words_of("drop dead gorgeous"), "en")] == [
        "positive"
    ]
    assert [one.term.label for one in known.find(words_of("a drop"), "xx")] == ["negative"]
