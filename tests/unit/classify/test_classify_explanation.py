"""The parts of every head's logit add up to it, for texts of all kinds."""

import math
import random

import pytest

from contracts.messages import HEADS
from services.classify.models.explanation import told
from services.classify.models.linear import LinearModel
from services.classify.training import data

PIECES = ("refund", "¿dónde", "está", "😡", "❤️", "@lea", "https://a.example/b", "!!", "nicht", "never", "über", "ﷺ", "x" * 60,
          "merci", "\u200b", "12", "schön", "don't", "#tag", "\n", "?", "pessimo", "thanks")  # fmt: skip


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return LinearModel.load()


def texts() -> list[str]:
    chance = random.Random(5)
    mixed = [" ".join(chance.choices(PIECES, k=chance.randrange(12))) for _ in range(60)]
    return [*mixed, *(each.text for each in data.brand_messages()[::97])]


def test_parts_add_up_to_the_logit_of_every_head(model: LinearModel) -> None:
    for text in texts():
        labels = model.label([text])[0]
        parts = told(model, text, labels)
        assert set(parts) == set(HEADS)
        for head, part in parts.items():
            total = part["intercept"] + sum(part["rules"].values())
            total += sum(each["weight"] for each in part["contributions"])
            assert math.isclose(total, part["logit"], abs_tol=2e-3), (head, text)
            for each in part["contributions"]:
                assert text[each["start"] : each["end"]] == each["text"]


def test_the_logit_gives_the_probability_of_two_labels(model: LinearModel) -> None:
    for text in texts()[::5]:
        labels = model.label([text])[0]
        for head in ("offensive", "irony", "spam", "needs_human"):
            part, answer = told(model, text, labels)[head], getattr(labels, head)
            share = 1 / (1 + math.exp(-part["logit"] / part["temperature"]))
            assert abs(share - answer.p[answer.label]) < 2e-3


def test_the_same_text_is_explained_alike(model: LinearModel) -> None:
    text = "Third time I ask: where is my refund?? 😡"
    once = told(model, text, model.label([text])[0])
    again = LinearModel.load()
    assert once == told(again, text, again.label([text])[0])
