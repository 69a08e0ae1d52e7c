"""The linear model: heads, exact reasons, determinism, hostile text, and floors of accuracy."""

import json
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from contracts.messages import HEADS, Labels
from services.classify.domain.labels import INTENT, LEARNED, NEEDS_HUMAN, SPANS, URGENCY, output
from services.classify.models import artefact
from services.classify.models.artefact import ArtefactError
from services.classify.models.linear import LinearModel
from services.classify.training import data, report

DATA = Path(os.environ.get("RAPPORT_CLASSIFY_DATA", "../shared/data/classify"))
HOSTILE = (
    "",
    "   \n\t ",
    "\x00",
    "a\x00b\x00c?",
    "\ud800 lone \udfff",
    "😀" * 5_000,
    "🙄",
    "x" * 5_000_000,
    "a " * 2_500_000,
    "!" * 1_000_000,
    "@" * 100_000 + "a",
    "'" * 100_000,
    "كيف يمكنني استعادة أموالي؟",
    "\u202eمرحبا abc\u202c",
    "h" + "\u0337\u0322\u0316" * 2_000 + "i",
    "한국어 메시지입니다",
    "1234567890",
    "https://example.com/" + "a" * 10_000,
    "ﷺ" * 1_000,
)


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load()


def test_every_head_is_a_distribution_over_its_labels(model: LinearModel) -> None:
    for labels in model.label(["Where is my order?", "Danke!", "", "ok", "Quiero mi dinero"]):
        for head in HEADS:
            found = getattr(labels, head)
            assert abs(sum(found.p.values()) - 1.0) < 1e-6
            assert found.p[found.label] == max(found.p.values())
        for head, names in {**LEARNED, "needs_human": NEEDS_HUMAN}.items():
            assert set(getattr(labels, head).p) == set(names)
        assert labels.model == model.version
        assert Labels.model_validate(labels.model_dump()) == labels


def test_version_names_the_file_and_the_release(model: LinearModel) -> None:
    assert model.version.startswith("linear-20")


@pytest.mark.parametrize(
    "text",
    [
        "Third time I'm asking, where is my refund?? 😡",
        "Das Ladegerät hat Feuer gefangen, Hilfe!",
        "j'adore, merci ❤️ @lea",
        "no",
        "",
    ],
)
def test_contributions_and_intercept_add_up_to_the_logits(model: LinearModel, text: str) -> None:
    parts = model.explain(text)
    total = parts.intercept + parts.words.sum(axis=0) + parts.rules
    assert np.allclose(total, parts.logits, atol=1e-4)


def test_reported_reasons_are_parts_of_the_logit_and_point_into_the_original(
    model: LinearModel,
) -> None:
    text = "  Ünfassbar 😡 — my PARCEL is broken, and nobody answers!!"
    labels = model.label([text])[0]
    parts = model.explain(text)
    assert labels.reasons
    for reason in labels.reasons:
        assert text[reason.start : reason.end] == reason.text
        column = parts.words[:, output(reason.head, getattr(labels, reason.head).label)[0]]
        place = [start for start, _ in parts.spans].index(reason.start)
        assert abs(column[place] - reason.weight) < 1e-3
    for head in LEARNED:
        assert sum(reason.head == head for reason in labels.reasons) <= 5


def test_probabilities_are_the_softmax_of_the_logits(model: LinearModel) -> None:
    text = "Can you ship to Norway?"
    logits = model.explain(text).logits[SPANS["intent"]]
    found = model.label([text])[0].intent.p
    assert max(found, key=found.__getitem__) == INTENT[int(logits.argmax())]


def test_same_answer_alone_in_a_batch_and_from_a_fresh_model(model: LinearModel) -> None:
    texts = [each.text for each in data.brand_messages()[:150]]
    together = model.label(texts)
    assert together == [labels for _, labels in model.understand(texts, with_reasons=True)]
    alone = [model.label([text])[0] for text in reversed(texts)][::-1]
    fresh = LinearModel.load().label(texts)
    assert together == alone == fresh


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_answered_in_time(model: LinearModel, text: str) -> None:
    started = time.monotonic()
    labels = model.label([text])[0]
    assert time.monotonic() - started < 1.0
    json.dumps(labels.model_dump()).encode()
    labels.model_dump_json()


@pytest.mark.parametrize("text", ["", " \n", "\x00", "\u200b"])
def test_a_blank_message_is_other_and_needs_nobody(model: LinearModel, text: str) -> None:
    labels = model.label([text])[0]
    found = (
        labels.language.label,
        labels.intent.label,
        labels.urgency.label,
        labels.needs_human.label,
    )
    assert found == ("und", "other", "0", "false")


def test_no_texts_no_labels(model: LinearModel) -> None:
    assert model.label([]) == []


def test_languages_must_be_as_many_as_texts(model: LinearModel) -> None:
    with pytest.raises(ValueError, match="zip"):
        model.label(["a", "b"], [None])


def _copy(tmp_path: Path) -> Path:
    file = tmp_path / "linear.npz"
    for source in (artefact.DEFAULT_PATH, artefact.DEFAULT_PATH.with_suffix(".json")):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    return file


def test_a_tampered_artefact_is_refused(tmp_path: Path) -> None:
    file = _copy(tmp_path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArtefactError, match=r"does not fit its card: sha256 is .* rebuild it with"):
        LinearModel.load(file)


def test_a_missing_or_broken_card_is_refused(tmp_path: Path) -> None:
    file = _copy(tmp_path)
    file.with_suffix(".json").write_text("{")
    with pytest.raises(ArtefactError, match="not JSON"):
        LinearModel.load(file)
    file.with_suffix(".json").unlink()
    with pytest.raises(ArtefactError, match="missing"):
        LinearModel.load(file)


def test_artefact_is_small_and_its_card_names_the_data() -> None:
    card = json.loads(artefact.DEFAULT_PATH.with_suffix(".json").read_bytes())
    assert artefact.DEFAULT_PATH.stat().st_size == card["size_bytes"] <= 15_000_000
    assert "brand_messages.jsonl" in card["data_sha256"]
    assert {"sentiment", "brand_messages"} <= set(card["figures"])


def test_the_card_was_made_from_the_brand_messages_that_are_here() -> None:
    card = json.loads(artefact.DEFAULT_PATH.with_suffix(".json").read_bytes())
    assert card["data_sha256"]["brand_messages.jsonl"] == data.file_hash(data.BRAND_FILE)


def test_packing_the_same_arrays_gives_the_same_bytes() -> None:
    one, two = np.arange(5, dtype=np.float16), np.zeros((2, 2))
    assert artefact.pack({"a": one, "b": two}) == artefact.pack({"b": two, "a": one})


def test_floors_on_our_own_test_messages(model: LinearModel) -> None:
    figures = report.brand_figures(model, data.brand_messages())
    assert figures["intent_macro_f1"] >= 68
    assert figures["urgency_accuracy"] >= 73
    assert figures["urgency_within_one_step"] >= 92
    assert figures["urgency_mean_absolute_error"] <= 0.36
    assert figures["needs_human_f1"] >= 71
    assert figures["language_accuracy"] >= 88
    assert figures["intent_calibration_error"] <= 0.08
    for language, part in figures["by_language"].items():
        assert part["intent_macro_f1"] >= 65, language


@pytest.mark.skipif(not DATA.is_dir(), reason="the public sentiment sets are not on this machine")
def test_floors_on_the_public_sentiment_tests(model: LinearModel) -> None:
    # A fifth of the tests, so that this stays quick; `--only-measure` prints the whole figures.
    examples = [each for each in data.sentiment_examples(DATA) if each.split == "test"][::5]
    figures = report.sentiment_figures(model, examples)
    assert figures["tweeteval_macro_recall"] >= 59
    assert figures["umsab_macro_f1_mean_of_six"] >= 56
    assert figures["tweeteval_calibration_error"] <= 0.08


def test_floors_on_messages_that_no_training_saw(model: LinearModel) -> None:
    figures = report.brand_figures(model, data.brand_messages(data.HOLDOUT_FILE), "holdout")
    assert figures["intent_macro_f1"] >= 63
    assert figures["urgency_accuracy"] >= 71
    assert figures["needs_human_f1"] >= 71
    assert figures["sentiment_macro_f1"] >= 56
    assert figures["language_accuracy"] >= 92


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def test_the_held_out_messages_are_in_no_training() -> None:
    held = data.brand_messages(data.HOLDOUT_FILE)
    assert {each.split for each in held} == {"holdout"}
    assert min(Counter(each.language for each in held).values()) >= 40
    ours = {(each.language, _plain(each.text)) for each in data.brand_messages()}
    assert not ours & {(each.language, _plain(each.text)) for each in held if _plain(each.text)}


def test_brand_messages_are_well_formed() -> None:
    messages = data.brand_messages()
    assert len(messages) >= 2_000
    assert sum(each.split == "test" for each in messages) >= 470
    assert {each.language for each in messages} == {"en", "es", "pt", "fr", "de", "it"}
    assert {each.intent for each in messages} == set(INTENT)
    assert {str(each.urgency) for each in messages} == set(URGENCY)
    assert len({(each.language, each.text.lower()) for each in messages}) == len(messages)


@pytest.mark.parametrize(
    "text", ["Дякую, але я досі чекаю на посилку", "Hvor er min pakke blevet af", "これはひどい"]
)
def test_words_nobody_saw_make_every_label_unsure(model: LinearModel, text: str) -> None:
    labels = model.label([text])[0]
    assert {"sentiment", "intent", "urgency", "offensive"} <= set(labels.unsure)


def test_a_brand_sets_its_own_thresholds(model: LinearModel) -> None:
    texts, head = ["Where is my order?"] * 2, "intent"
    strict, lax = ({head: 0.9999}, {head: 0.0})
    found = [labels for _, labels in model.understand(texts, None, [strict, lax])]
    assert head in found[0].unsure
    assert head not in found[1].unsure
    assert found[0].intent == found[1].intent


def test_thresholds_and_temperatures_stand_in_the_card() -> None:
    card = json.loads(artefact.DEFAULT_PATH.with_suffix(".json").read_bytes())
    calibration = card["calibration"]
    assert set(calibration["thresholds"]) == set(HEADS)
    assert set(calibration["temperatures"]) == set(card["heads"]) == set(LEARNED)
    assert all(len(row) == 3 for rows in calibration["reliability"].values() for row in rows)


def test_long_words_are_told_apart_and_kept_small(model: LinearModel) -> None:
    one, two = "a" * 50 + "b", "a" * 50 + "c"
    assert model.explain(one).logits.tolist() != model.explain(two).logits.tolist()
    assert model.label([one, two, one])[0] == model.label([one])[0]
