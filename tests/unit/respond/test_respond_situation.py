"""What a message wants: sorrow where something went wrong, an answer where one was asked for, and floors for both."""

import json
from importlib import resources

import pytest

from benchmarks.drafts import measure, report
from contracts.brands import Fact, Phrases
from contracts.networks.protocol import Measure
from language.knowledge.words import words
from services.respond.drafting.composer import Frame, compose
from services.respond.drafting.phrasebook import MOODS
from tests.unit.respond.respond_samples import labels, message, voice

FRAME = Frame(Measure(1000, "characters", len), str)
DAMAGE = Fact(
    fact_id="damage", title="Damage", language="en", keywords=["broken", "late", "ship"],
    text="A photo is enough and we send another.",
)  # fmt: skip


def told(intent: str, text: str, negative: float = 0.5, **more: float) -> list[str]:
    """Return the titles of what the first draft is built from."""
    asked = labels(intent, "negative", sentiment_p=negative, intent_p=more.get("intent_p", 0.9))
    asked.intent.p.update({k: v for k, v in more.items() if k != "intent_p"})
    made = compose(voice([DAMAGE]), message(text), asked, FRAME)
    return [source.title for source in made.drafts[0].sources]


def is_sorry(titles: list[str]) -> bool:
    return any(title.startswith("apolog") for title in titles)


@pytest.mark.parametrize("intent", ["question", "request", "complaint"])
def test_a_question_with_an_answer_needs_no_apology(intent: str) -> None:
    titles = told(intent, "Do you ship to Kiel?")
    assert "Damage" in titles
    assert not is_sorry(titles)
    assert "invites" not in titles


def test_a_surely_negative_question_is_met_with_sorrow() -> None:
    assert is_sorry(told("question", "Do you ship at all?", negative=0.9))


@pytest.mark.parametrize("intent", ["question", "request", "complaint", "praise"])
def test_who_was_charged_twice_is_told_sorry_however_it_was_read(intent: str) -> None:
    negative = 0.7 if intent == "praise" else 0.1
    titles = told(intent, "You charged me twice this month", negative=negative)
    assert is_sorry(titles)


def test_a_complaint_gets_the_remedy_and_a_next_step() -> None:
    titles = told("complaint", "It arrived broken")
    assert titles == ["apology: damaged", "Damage", "invites"]


def test_a_complaint_gets_no_fact_that_only_names_its_subject() -> None:
    assert "Damage" not in told("complaint", "Nobody could ship it, awful", negative=0.9)


def test_a_question_about_what_might_happen_is_not_a_complaint() -> None:
    titles = told("question", "What happens if it arrives broken?")
    assert "Damage" in titles
    assert not is_sorry(titles)


def test_praise_taken_for_a_complaint_is_thanked() -> None:
    titles = told("complaint", "Still seven new leaves", negative=0.4, praise=0.5, intent_p=0.5)
    assert "thanks" in titles


def test_an_unclear_message_is_left_to_a_person() -> None:
    asked = labels("complaint", "neutral", intent_p=0.5)
    made = compose(voice(), message("My husband thinks we have 4 plants"), asked, FRAME)
    assert made.abstained == "intent.unclear"
    assert made.drafts[0].sources[0].title == "notes"


def test_signs_are_folded_as_texts_are() -> None:
    source = resources.files("services.respond.drafting").joinpath("phrasebook.json")
    for entry in json.loads(source.read_text("utf-8")).values():
        lists = [*(entry[mood] for mood in MOODS)]
        lists += [
            problem[kind] for problem in entry["problems"].values() for kind in ("signs", "words")
        ]
        for cue in (cue for cues in lists for cue in cues):
            assert " ".join(words(cue)) == cue.replace("*", ""), cue


def test_an_undecided_language_is_the_likeliest_of_the_brand() -> None:
    asked = labels("praise", "positive", "und", language_p=0.5)
    asked.language.p.update({"de": 0.3, "en": 0.1})
    assert compose(voice(), message("ok"), asked, FRAME).language == "de"
    asked.language.p.update({"de": 0.3, "en": 0.29})
    assert compose(voice(), message("ok"), asked, FRAME).language == "en"
    assert not voice().is_sure_of_language(asked)


def test_french_keeps_the_space_before_its_signs() -> None:
    asked = labels("question", "neutral", "fr")
    own = Phrases(
        language="fr", greetings=["Bonjour {name} !"], closings=[], thanks=["Merci !"],
        apologies=[], handovers=[], unknowns=["On vérifie !"], disclosure="",
    )  # fmt: skip
    made = compose(voice(phrases=[own]), message("Quoi ?", author_name=None), asked, FRAME)
    assert made.drafts[0].text.startswith("Bonjour ! On vérifie !")


def test_the_drafts_of_known_texts_stay_as_good_as_they_are() -> None:
    found = report(measure())
    assert found.wrong_releases[0] == 0
    assert found.needless_apologies[0] <= 6
    assert found.sandbox_fitting[0] >= 0.9 * found.sandbox_fitting[1]
    assert found.new_fitting[0] >= 0.92 * found.new_fitting[1]
    assert found.remedies[0] >= 0.85 * found.remedies[1]
    assert found.missing_apologies[0] <= 0.08 * found.missing_apologies[1]
