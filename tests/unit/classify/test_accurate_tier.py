"""The accurate tier and the cascade answer whatever they get, alike alone and in a batch, from files that fit their hash."""

import shutil
from pathlib import Path

import pytest

from contracts.messages import Labels
from language.encoders.files import FileError
from services.classify.models.accurate import FOLDER, AccurateModel, English
from services.classify.models.cascade import Budget, Cascade
from services.classify.models.cascade import load as load_cascade
from services.classify.models.linear import LinearModel

HEADS = (
    "language",
    "sentiment",
    "emotion",
    "offensive",
    "irony",
    "spam",
    "intent",
    "urgency",
    "needs_human",
)
ODD = [
    "",
    " ",
    "a",
    "😂😂😂",
    "word " * 20_000,
    "z̸̛̞a̶͓̎l̵g̷o̸" * 40,
    "مرحبا بالعالم",
    "\ud800 lone",
    "\x00\x01",
    "日本語のテキスト",
]
TEXTS = [
    "Third time I ask: where is my refund? This is a disgrace!",
    "Me encanta, el mejor café de la ciudad 😍",
    "Wie lange habt ihr heute geöffnet?",
    "Il pacco è arrivato rotto e nessuno risponde.",
    "you are all idiots and thieves",
    "ok",
]


@pytest.fixture(scope="module")
def fast() -> LinearModel:
    return LinearModel.load()


@pytest.fixture(scope="module")
def accurate(fast: LinearModel) -> AccurateModel:
    return AccurateModel.load(fast)


def assert_whole(labels: Labels) -> None:
    for name in HEADS:
        head = getattr(labels, name)
        if head is None:
            continue
        assert head.label in head.p
        assert abs(sum(head.p.values()) - 1.0) < 1e-6, name
        assert head.p[head.label] == max(head.p.values()) or name == "needs_human"


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_get_whole_answers(accurate: AccurateModel, text: str) -> None:
    ((_, labels),) = accurate.understand([text])
    assert_whole(labels)
    assert labels.tier == "accurate"


def test_blank_texts_need_nobody(accurate: AccurateModel) -> None:
    ((_, labels),) = accurate.understand(["   "])
    assert (labels.intent.label, labels.urgency.label, labels.needs_human.label) == (
        "other",
        "0",
        "false",
    )


def test_a_text_gets_the_same_labels_alone_and_in_a_batch(accurate: AccurateModel) -> None:
    together = [labels for _, labels in accurate.understand(TEXTS)]
    for text, labels in zip(TEXTS, together, strict=True):
        ((_, alone),) = accurate.understand([text])
        for name in HEADS:
            one, other = getattr(alone, name), getattr(labels, name)
            assert one.label == other.label
            assert all(abs(one.p[key] - other.p[key]) < 0.005 for key in one.p)


def test_plain_messages_are_understood(accurate: AccurateModel) -> None:
    found = [labels for _, labels in accurate.understand(TEXTS)]
    assert [labels.sentiment.label for labels in found[:2]] == ["negative", "positive"]
    assert found[2].intent.label == "question"
    assert found[3].intent.label == "complaint"
    assert {labels.model for labels in found[:2]} == set(accurate.version.split("+"))


def test_no_texts_no_labels(accurate: AccurateModel) -> None:
    assert accurate.understand([]) == []


@pytest.mark.parametrize("name", ["english.npz", "wordpieces.vocab"])
def test_an_altered_or_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    for each in ("english.npz", "english.json", "wordpieces.vocab", "wordpieces.json"):
        shutil.copy(FOLDER / each, tmp_path / each)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=f"{name}.*does not fit its card: sha256 is "):
        English(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileError, match=f"{name} is missing"):
        English(tmp_path)


def test_without_budget_the_fast_tier_stands(fast: LinearModel, accurate: AccurateModel) -> None:
    found = Cascade(fast, accurate, Budget(0.0)).understand(TEXTS)
    assert {labels.tier for _, labels in found} == {"fast"}


def test_a_budget_is_spent_on_the_doubtful_and_sheds_to_the_fast_tier(
    fast: LinearModel, accurate: AccurateModel
) -> None:
    cascade = Cascade(fast, accurate, Budget(0.2), now=lambda: 0.0)
    first = [labels.tier for _, labels in cascade.understand(TEXTS)]
    assert first.count("accurate") == 2
    assert {labels.tier for _, labels in cascade.understand(TEXTS)} == {"fast"}


def test_a_batch_never_takes_longer_than_it_may(fast: LinearModel, accurate: AccurateModel) -> None:
    seconds = iter(range(1_000))
    cascade = Cascade(
        fast, accurate, Budget(1_000.0, batch_s=0.5), now=lambda: float(next(seconds))
    )
    assert {labels.tier for _, labels in cascade.understand(TEXTS)} == {"fast"}


def test_the_sampled_cascade_reads_a_share_of_every_batch(fast: LinearModel) -> None:
    tiers = [labels.tier for _, labels in load_cascade(fast).understand(TEXTS)]
    assert 1 <= tiers.count("accurate") <= 2
