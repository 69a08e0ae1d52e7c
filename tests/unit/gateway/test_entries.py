"""What a brand knows: variables, what is stale, what may be used where, and files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.knowledge import Entry
from services.gateway.domain import knowledge
from services.gateway.domain.knowledge import Wrong
from services.gateway.store.knowledge import first_name

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def saved(text: str, **fields: object) -> Entry:
    told = {"entry_id": "e", "kind": "saved", "title": "t", "language": "en", "text": text}
    return Entry.model_validate({**told, **fields})


def test_variables_are_filled_in_and_what_nobody_knows_is_left_out_with_its_space() -> None:
    text = "Hello {name}, here is {agent} of {brand}. {order}"
    known = {"name": "Ana", "agent": "Leo", "brand": "Casa"}
    assert knowledge.filled(text, known) == (
        "Hello Ana, here is Leo of Casa. {order}",
        ["order"],
    )
    assert knowledge.filled("Hello {name}, thanks", {}) == ("Hello, thanks", ["name"])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"title": " ", "language": "en", "text": "x"}, "title"),
        ({"title": "t", "language": "en", "text": " "}, "text"),
        ({"title": "t", "language": "English", "text": "x"}, "language"),
        ({"title": "t", "language": "en", "text": "x", "networks": ["myspace"]}, "myspace"),
        ({"title": "t", "language": "en", "text": "x {oder}", "kind": "saved"}, "{oder}"),
        ({"title": "t", "language": "en"}, "text"),
        ({"title": "t", "language": "en", "text": "x", "kind": "poem"}, "kind"),
    ],
)
def test_what_cannot_be_kept_says_why(given: dict[str, object], why: str) -> None:
    with pytest.raises(Wrong, match=why.replace("{", r"\{")):
        knowledge.checked("e", given)


def test_a_fact_may_hold_braces() -> None:
    assert knowledge.checked("e", {"title": "t", "language": "en", "text": "{x}", "kind": "fact"})


def test_saved_replies_are_stale_when_unused_or_when_they_make_poor_answers() -> None:
    old = NOW - timedelta(days=91)
    assert "91 days" in knowledge.stale_because(saved("x"), old, {}, NOW)
    used = {"last_used_at": NOW, "uses": 3, "care_sum": 120, "scored": 3}
    assert "40" in knowledge.stale_because(saved("x"), old, used, NOW)
    good = {**used, "care_sum": 240}
    assert knowledge.stale_because(saved("x"), old, good, NOW) == ""
    assert knowledge.stale_because(saved("x", kind="fact"), old, {}, NOW) == ""


def test_the_message_s_language_comes_first_and_other_networks_not_at_all() -> None:
    entries = [
        saved("b", title="B", language="de"),
        saved("a", title="A"),
        saved("x", title="X", networks=["x"]),
        saved("fact", title="F", kind="fact"),
    ]
    assert [one.title for one in knowledge.best_first(entries, "facebook", "de", "")] == ["B", "A"]
    assert [one.title for one in knowledge.best_first(entries, "x", "en", "X")] == ["X"]


def test_a_file_is_read_whole_or_refused_with_its_line() -> None:
    rows = knowledge.read_table(
        '\ufeffTitle,Text,Language,Keywords\nZip,"We mend, free",en,zip; repair\n'
    )
    assert rows[0]["text"] == "We mend, free"
    assert rows[0]["keywords"] == ["zip", "repair"]
    assert rows[0]["kind"] == "saved"
    with pytest.raises(Wrong, match="language is missing"):
        knowledge.read_table("title,text\na,b\n")
    with pytest.raises(Wrong, match="Line 2"):
        knowledge.read_table("title,text,language,kind\na,b,en,poem\n")


@pytest.mark.parametrize(
    ("name", "first"),
    [("Ana Pérez", "Ana"), ("Q", None), ("4711", None), (None, None), ("", None)],
)
def test_only_names_are_used_as_names(name: str | None, first: str | None) -> None:
    assert first_name(name) == first
