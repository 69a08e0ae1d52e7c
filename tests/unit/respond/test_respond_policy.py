"""The policy table: who may release an answer, and the code of every reason against it."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.brands import Policy
from services.respond.domain.policy import (
    Circumstances,
    decide,
    is_answerable,
    why_no_draft,
)
from tests.unit.respond.respond_samples import AT, labels, message

AUTOMATIC = Policy(mode="automatic", automatic_intents=["praise"], minimum_confidence=0.8)
PRAISE = labels("praise", "positive")


@pytest.mark.parametrize(
    ("mode", "approval"), [("silent", None), ("suggest", "agent"), ("hold", "approver")]
)
def test_the_mode_decides_without_looking_further(mode: Any, approval: str | None) -> None:
    decision = decide(Policy(mode=mode), PRAISE, message(), Circumstances())
    assert (decision.approval, decision.codes) == (approval, (f"policy.{mode}",))
    assert not decision.is_automatic


def test_praise_inside_every_limit_is_automatic() -> None:
    decision = decide(AUTOMATIC, PRAISE, message(), Circumstances())
    assert decision.is_automatic
    assert decision.codes == ("policy.automatic",)


@pytest.mark.parametrize(
    ("policy", "label", "written", "circumstances", "code"),
    [
        ({"is_automatic_stopped": True}, {}, {}, {}, "automatic.stopped"),
        ({}, {"intent": "question"}, {}, {}, "automatic.intent"),
        ({}, {"intent_p": 0.79}, {}, {}, "automatic.intent_unsure"),
        ({}, {"sentiment_p": 0.79}, {}, {}, "automatic.sentiment_unsure"),
        ({}, {"sentiment": "negative"}, {}, {}, "automatic.negative"),
        ({"maximum_urgency": 1}, {"urgency": "2"}, {}, {}, "automatic.urgent"),
        ({"maximum_urgency": 2}, {"urgency": "high"}, {}, {}, "automatic.urgent"),
        ({}, {"needs_human": "true"}, {}, {}, "automatic.needs_human"),
        ({}, {}, {}, {"has_answer": False}, "automatic.no_answer"),
        ({}, {}, {}, {"is_own_language": False}, "automatic.language"),
        ({}, {}, {"is_automatic": True}, {}, "message.automatic"),
        ({}, {}, {"is_late": True}, {}, "automatic.late"),
        ({}, {}, {"created_at": AT - timedelta(hours=25)}, {}, "automatic.late"),
        ({}, {}, {"author_id": None}, {}, "automatic.author_unknown"),
        ({}, {}, {}, {"author_count_today": 1}, "automatic.author_limit"),
        ({"per_author_per_day": 0}, {}, {}, {}, "automatic.author_limit"),
    ],
)
def test_one_broken_limit_holds_it_and_says_which(
    policy: Any, label: Any, written: Any, circumstances: Any, code: str
) -> None:
    asked = labels(**({"intent": "praise", "sentiment": "positive"} | label))
    decision = decide(
        AUTOMATIC.model_copy(update=policy),
        asked,
        message(**written),
        Circumstances(**circumstances),
    )
    assert (decision.approval, decision.codes) == ("approver", (code,))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Nice page! Promote it on https://boost-pages.example/free-followers", "automatic.link"),
        ("So schön, mehr unter www.gewinn.example", "automatic.link"),
        ("Love it, see win-now.shop", "automatic.link"),
        ("Great! t.me/quickmoney", "automatic.link"),
        ("Lovely, mail me at ana@post.example", "automatic.link"),
        ("Adoro! chama no +351 912 345 678", "automatic.phone"),
        ("Super! 0176/12345678", "automatic.phone"),
        ("Great shop, so is @plantking", "automatic.mention"),
    ],
)
def test_what_spam_carries_is_never_answered_automatically(text: str, code: str) -> None:
    decision = decide(AUTOMATIC, PRAISE, message(text), Circumstances(brand_name="Casa Verde"))
    assert (decision.approval, decision.codes) == ("approver", (code,))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Danke @casaverde!", "comment"),
        ("@casa_verde que bonito", "comment"),
        ("@hello_plants love it", "mention"),
        ("Order #20871 came in 2 days. Love it!!", "comment"),
        ("800 km depuis septembre, 69 € bien placés. Merci...et bravo", "comment"),
        ("12.10.2026 war toll, 10/10", "comment"),
    ],
)
def test_harmless_praise_is_still_answered(text: str, kind: str) -> None:
    told = message(text, kind=kind)
    assert decide(AUTOMATIC, PRAISE, told, Circumstances(brand_name="Casa Verde")).is_automatic


def test_every_broken_limit_is_named() -> None:
    asked = labels("complaint", "negative", urgency="3", needs_human="true", intent_p=0.5)
    decision = decide(AUTOMATIC, asked, message(is_late=True), Circumstances(has_answer=False))
    assert set(decision.codes) == {
        "automatic.intent", "automatic.intent_unsure", "automatic.negative", "automatic.urgent",
        "automatic.needs_human", "automatic.no_answer", "automatic.late",
    }  # fmt: skip


def test_a_missing_probability_counts_as_none() -> None:
    unsure = PRAISE.model_copy(update={"intent": PRAISE.intent.model_copy(update={"p": {}})})
    assert decide(AUTOMATIC, unsure, message(), Circumstances()).codes == (
        "automatic.intent_unsure",
    )


@pytest.mark.parametrize(
    ("more", "is_one"),
    [
        ({}, True),
        ({"action": "edited"}, True),
        ({"kind": "dm"}, True),
        ({"kind": "review"}, True),
        ({"is_own": True}, False),
        ({"action": "deleted"}, False),
        ({"action": "hidden"}, False),
        ({"kind": "reaction"}, False),
    ],
)
def test_what_can_be_answered(more: Any, is_one: bool) -> None:
    assert is_answerable(message(**more)) is is_one


def test_why_nothing_is_proposed() -> None:
    assert why_no_draft(None) == "message.no_text"
    assert why_no_draft(labels("other")) == "intent.other"
    assert why_no_draft(labels("spam")) == "intent.spam"
    assert why_no_draft(labels("question")) is None
