"""Groups of alike messages and one answer for many, as pure functions."""

from __future__ import annotations

import random
import time
from itertools import pairwise

from services.gateway.domain.alike import groups_of, name_of
from services.gateway.domain.answering import Addressee, calling_name, is_varied, plan

REFUND = (
    "My refund of order {n} has been promised for weeks",
    "Where is my refund for order {n}? Promised for weeks!",
)
PLASTIC = (
    "The new packaging is plastic again, shame {n}",
    "plastic packaging again?! shame on you {n}",
)
QUEUE = (
    "Your hotline: {n} minutes in the queue, nobody answers",
    "Nobody answers your hotline, {n} minutes queue",
)


def test_alike_messages_are_one_group_whatever_their_order() -> None:
    texts = [
        (kind, one.format(n=n))
        for n in range(30)
        for kind, told in enumerate((REFUND, PLASTIC, QUEUE))
        for one in told
    ]
    random.Random(7).shuffle(texts)
    groups = groups_of([text for _, text in texts])
    assert [len(group.members) for group in groups] == [60, 60, 60]
    for group in groups:
        assert len({texts[at][0] for at in group.members}) == 1
    assert any("refund" in name_of(group) for group in groups)


def test_different_messages_stay_apart_and_empty_ones_do_no_harm() -> None:
    groups = groups_of(
        [
            "",
            "!!!",
            "The soup was cold",
            "Ihr Aufzug ist kaputt",
            "配送がとても遅い",
            "配送が遅いです",
        ]
    )
    assert sorted(len(group.members) for group in groups) == [1, 1, 1, 1, 2]


def test_a_thousand_messages_take_less_than_a_second() -> None:
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghijklmnoprstuvz", k=6)) for _ in range(800)]
    noise = [" ".join(draw.choices(words, k=18)) for _ in range(600)]
    texts = noise + [draw.choice(REFUND + PLASTIC).format(n=n) for n in range(400)]
    before = time.process_time()
    groups = groups_of(texts)
    spent = time.process_time() - before
    assert spent < 1, spent
    assert sum(len(group.members) for group in groups[:2]) == 400


def people(*names: str, network: str = "facebook", **told: object) -> list[Addressee]:
    return [
        Addressee(f"msg_{at}", network, "comment", f"u{at}", name, "en", 0, **told)  # type: ignore[arg-type]
        for at, name in enumerate(names)
    ]


def test_no_text_twice_in_a_row_even_for_people_of_one_name() -> None:
    planned = plan(
        people(*["Ada Example"] * 9), ["We are sorry.", "Sorry for this."], {}, frozenset()
    )
    said = [one.text for one in planned]
    assert all(one != other for one, other in pairwise(said)) and is_varied(planned)
    assert all("Ada" in text for text in said) and len(set(said)) >= 4


def test_what_could_only_be_the_same_again_is_left_out() -> None:
    told = plan(people("123", "456"), ["We are sorry."], {}, frozenset())
    assert [one.code for one in told] == ["", "triage.too_alike"]


def test_nobody_is_answered_twice() -> None:
    asked = [*people("Ada"), *people("Ada", is_taken=True), *people("Ada")]
    told = plan(asked, ["We are sorry, {name}."], {}, frozenset())
    assert [one.code for one in told] == ["", "triage.answered", "triage.same_person"]
    assert [one.code for one in plan(people("Ada"), ["x"], {}, frozenset({"u0"}))] == [
        "triage.same_person"
    ]


def test_the_networks_length_holds_and_drops_the_greeting_first() -> None:
    short = plan(people("Ada", network="bluesky"), ["x" * 296], {}, frozenset())
    assert short[0].text == "x" * 296
    long = plan(people("Ada", network="bluesky"), ["x" * 301], {}, frozenset())
    assert long[0].code == "reply.too_long"


def test_names_are_names() -> None:
    assert calling_name("Anne-Marie O'Neil") == "Anne-Marie"
    assert calling_name("שרה כהן") == "שרה"
    for odd in ("", "http://evil.example", "x" * 40, "\u202eAda", "A1", "{name}", "✅ Rapport"):
        assert calling_name(odd) == ""
