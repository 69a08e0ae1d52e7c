"""Slices, made sentences, leaks, floors, report and picture of the evaluation. The models are not asked here."""

import gzip
import hashlib
import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.messages import Head, Labels
from services.classify.evaluation import __main__ as command
from services.classify.evaluation import (
    behaviour,
    brands,
    leaks,
    limits,
    picture,
    probes,
    published,
    report,
    sets,
    slices,
    templates,
)
from services.classify.evaluation import confusion as tables
from services.classify.evaluation.tiers import Reader

DATA = Path(os.environ.get("RAPPORT_CLASSIFY_DATA", "../shared/data/classify"))


class Parrot:
    """A model that knows a few words."""

    version = "parrot-1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def understand(
        self, texts: Sequence[str], languages: Sequence[Sequence[str] | None] | None = None
    ) -> list[tuple[Any, Labels]]:
        self.asked += texts
        return [(None, self._labels(text)) for text in texts]

    def _labels(self, text: str) -> Labels:
        good = 0.2 if " not " in f" {text} " else 0.7
        rude = 0.9 if "Polish" in text else 0.1
        return Labels(
            model=self.version,
            language=Head(label="en", p={"en": 1.0}),
            sentiment=_head({"positive": good, "neutral": 0.1, "negative": 0.9 - good}),
            intent=_head({"question" if "?" in text else "complaint": 1.0}),
            urgency=_head({"1": 1.0}),
            needs_human=_head(
                {"true": 0.1, "false": 0.9} if "?" in text else {"true": 0.8, "false": 0.2}
            ),
            offensive=_head({"offensive": rude, "not_offensive": 1 - rude}),
            unsure=["intent"],
        )


def _head(p: dict[str, float]) -> Head:
    return Head(label=max(p, key=lambda name: p[name]), p=p)


def _own(text: str, intent: str, split: str = "test", needs_human: bool = False) -> sets.Own:
    identity = sets.identity("en", text)
    return sets.Own(identity, text, "en", intent, 1, needs_human, "neutral", split)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ok", {"short"}),
        ("😂😂", {"short", "emoji_only"}),
        ("@anna @ben", {"short", "mention_only"}),
        ("@anna 😂", {"short", "emoji_only"}),
        ("I don't think this is it", {"negation"}),
        ("no me gusta nada el color", {"negation"}),
        ("the staff was rude y no tienen lo que pedimos", {"negation", "code_mixed"}),
        ("where is the blue one please", set()),
    ],
)
def test_slices(text: str, wanted: set[str]) -> None:
    assert slices.of(text) == wanted


def test_every_text_is_read_once() -> None:
    parrot = Parrot()
    reader = Reader(parrot)
    reader.read(["a?", "b", "a?"])
    assert [each.label for each in reader.heads(["b", "a?"], "intent") or []] == [
        "complaint",
        "question",
    ]
    assert sorted(parrot.asked) == ["a?", "b"]
    assert reader.heads(["b"], "irony") is None


def test_made_sentences_find_what_they_are_for() -> None:
    reader = Reader(Parrot())
    assert behaviour.identity(reader)["greatest_change"] == 0.8
    assert "Polish" in behaviour.identity(reader)["worst"]
    assert 0 < behaviour.negation(reader)["less_positive"] < 100
    same = behaviour.stability(reader, [_own("Where is it?", "question")])
    assert same["upper_case"] == {"sentiment": 100.0, "intent": 100.0}


@pytest.mark.parametrize("change", templates.CHANGES.values())
def test_ways_of_typing_bear_any_text(change: Any) -> None:
    for text in ("", " ", "a", "😂", "Guten Morgen zusammen"):
        change(text)
    assert templates.swapped_letters("a parcel") == "a pacrel"
    assert templates.missing_letter("a parcel") == "a parel"


def test_own_figures_by_hand() -> None:
    messages = [
        _own("one", "complaint", needs_human=True),
        _own("two?", "question"),
        _own("three", "praise"),
        _own("four", "complaint", needs_human=True),
    ] * 2
    found = brands.figures(Reader(Parrot()), messages)
    assert found["intent"]["accuracy"]["value"] == 75.0
    assert found["urgency"]["figure"]["value"] == 100.0
    assert found["intent"]["by_label"]["complaint"] == {
        "precision": 66.7,
        "recall": 100.0,
        "f1": 80.0,
        "messages": 4,
    }


def test_agreement_of_two_readers() -> None:
    messages = [_own("one", "complaint"), _own("two?", "question")]
    second = {
        each.id: {
            "intent": "question",
            "urgency": 1,
            "needs_human": False,
            "sentiment": "neutral",
        }
        for each in messages
    }
    found = brands.agreement(messages, second)
    assert found["intent"] == {"kappa": 0.0, "same": 50.0}
    assert found["urgency"]["same"] == 100.0
    assert brands.agreement(messages, {}) == {}


def test_official_figures_skip_heads_that_a_model_lacks() -> None:
    rows = [sets.Row("good", "positive", "en"), sets.Row("not good", "negative", "en")]
    tasks = [
        sets.Task("umsab_en", "sentiment", sets.SENTIMENT, tables.macro_f1, rows),
        sets.Task("irony", "irony", ("irony", "not_irony"), tables.first_f1, rows),
    ]
    found = published.figures(Reader(Parrot()), tasks)
    assert list(found) == ["umsab_en"]
    assert found["umsab_en"]["by_label"]["negative"]["f1"] == 100.0
    assert published.mean_of_six(Reader(Parrot()), tasks)["messages"] == 2


def test_leaks_are_counted(tmp_path: Path) -> None:
    for name in leaks._NAMES:
        rows = [
            {"text": f"{name} is what I train on", "label": "x", "split": "train", "source": name},
            {"text": "@user THE SAME text, in both of them!", "label": "x", "split": "test", "source": name},
        ]  # fmt: skip
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    clean = [
        _own("nothing in common with the others", "other", "train"),
        _own("something else", "other"),
    ]
    assert leaks.check(tmp_path, clean, [])["own"] == 0
    leaky = [_own("the same text in both of them", "other", "train")]
    assert leaks.check(tmp_path, leaky, [])["own"] == 1
    assert leaks.check(tmp_path, [*clean, *leaky], leaky)["own"] == 1


def test_our_own_splits_share_nothing() -> None:
    messages, holdout = sets.own(), sets.own("holdout_messages")
    train = {leaks.normalised(each.text) for each in messages if each.split == "train"}
    tested = [each for each in [*messages, *holdout] if each.split != "train"]
    long = [each.text for each in tested if len(leaks.normalised(each.text)) >= 15]
    assert not [text for text in long if leaks.normalised(text) in train]
    assert leaks.nearest(messages) < 0.35
    share = sum(each.split == "test" for each in messages) / len(messages)
    assert 0.3 < share < 0.4


def test_our_messages_have_every_intent_in_every_language() -> None:
    messages = sets.own()
    assert len(messages) >= 2_400
    for language in ("en", "es", "pt", "fr", "de", "it"):
        mine = [each for each in messages if each.language == language]
        assert len(mine) >= 350
        for intent in sets.INTENT:
            assert sum(each.intent == intent for each in mine) >= 25
            assert sum(each.intent == intent and each.split == "test" for each in mine) >= 8
    assert set(sets.traits()) == {each.id for each in messages}


def test_a_missed_floor_is_named() -> None:
    figures = {
        "published": {"sentiment": {"figure": {"value": 61.0}, "calibration": {"ece": 0.09}}}
    }
    assert limits.missed("fast", figures) == [
        "fast: sentiment, TweetEval (macro recall) is 61, under the floor 63",
        "fast: calibration of sentiment (ECE) is 0.09, over the floor 0.05",
    ]
    assert limits.missed("fast", {}) == []


def test_report_and_picture_hold_what_was_measured(tmp_path: Path) -> None:
    figure = {"value": 64.0, "low": 63.0, "high": 65.0, "messages": 10}
    one = {
        "figure": figure,
        "by_label": {"positive": {"precision": 1.0, "recall": 2.0, "f1": 3.0, "messages": 4}},
        "brier": 0.5,
        "calibration": {"ece": 0.01, "bins": []},
        "risk_coverage": {"area": 0.2, "curve": [[1.0, 0.3], [0.5, 0.1]]},
        "surest": {"all": 64.0, "surest_70": 70.0, "gain": 6.0},
    }
    whole = {"tiers": {"fast": {"version": "v1", "published": {"sentiment": one}}}, "agreement": {}}
    text = report.to_markdown(whole)
    assert "| sentiment, TweetEval (macro recall) | 64 | 63.0 to 65.0 | 63 | 66 |" in text
    drawn = ET.fromstring(picture.draw(whole))
    assert "circle" in {each.tag.rpartition("}")[2] for each in drawn.iter()}
    old = tmp_path / report.JSON_NAME
    old.write_text(report.to_json(whole))
    both = report.merged(old, {"tiers": {"accurate": {"version": "v2"}}, "agreement": {}})
    assert set(both["tiers"]) == {"fast", "accurate"}


def test_features_and_a_linear_head_tell_intents_apart(tmp_path: Path) -> None:
    rows = [
        {"text": text.format(number), "label": label, "split": split, "source": "banking77"}
        for label, text in (("card", "my card {} was eaten"), ("rate", "what rate do I get for {} euros"))
        for split, numbers in (("train", range(20)), ("test", range(20, 30)))
        for number in numbers
    ]  # fmt: skip
    with gzip.open(tmp_path / "banking77.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    found = probes.banking(tmp_path, probes.hashed)["figure"]
    assert found["value"] == 100.0
    dense = probes.banking(
        tmp_path, lambda texts: np.array([[len(t), t.count("c")] for t in texts])
    )
    assert dense["figure"]["messages"] == 20


@pytest.mark.skipif(
    not DATA.is_dir(), reason="the public message sets are not part of the repository"
)
def test_the_command_measures_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("services.classify.evaluation.tiers.load", lambda tier: Parrot())
    arguments = ["--tier", "fast", "--quick", "--data", str(DATA), "--out", str(tmp_path)]
    wanted = ("sentiment", "umsab_es", "own", "holdout", "language", "behaviour")
    status = command.main([*arguments, *(part for name in wanted for part in ("--set", name))])
    assert status == 0
    found = json.loads((tmp_path / report.JSON_NAME).read_text())["tiers"]["fast"]
    assert set(found["published"]) == {"sentiment", "umsab_es"}
    assert found["published"]["sentiment"]["figure"]["messages"] == 300
    assert "fast: own measured" in capsys.readouterr().err
    assert (tmp_path / report.MARKDOWN_NAME).read_text().startswith("# How good the labels are")
    partial = ["--tier", "fast", "--set", "sentiment", "--data", str(DATA), "--out", str(tmp_path)]
    assert command.main(partial) == 1, "a parrot is under the floor"
    assert "under the floor 63" in capsys.readouterr().err


def test_the_command_says_when_there_is_no_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--data", str(tmp_path / "none")]) == 2
    assert "--data" in capsys.readouterr().err


def test_the_second_reading_fits_our_messages() -> None:
    known = {each.id for each in [*sets.own(), *sets.own("holdout_messages")]}
    for identity, labels in sets.second_pass().items():
        assert identity in known
        assert labels["intent"] in sets.INTENT
        assert str(labels["urgency"]) in sets.URGENCY
        assert isinstance(labels["needs_human"], bool)
        assert labels["sentiment"] in (*sets.SENTIMENT, None)


def test_a_model_of_other_data_is_found(tmp_path: Path) -> None:
    ours = (sets.TRAINING / "brand_messages.jsonl").read_bytes()
    for name, content in (("new", ours), ("old", b"other messages")):
        card = {"data_sha256": {"brand_messages.jsonl": hashlib.sha256(content).hexdigest()}}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    (tmp_path / "other.json").write_text("{}")
    assert leaks.outdated(tmp_path) == ["old.json"]
