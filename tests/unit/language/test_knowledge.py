"""Searching what a brand knows: across languages, with and without keywords, and honest about not knowing."""

import json

import pytest
from click.testing import CliRunner

from cli.commands.retrieve import command
from contracts.knowledge import Entry
from language.knowledge.concepts import load_concepts
from language.knowledge.lists import BrokenList, read_list
from language.knowledge.questions import read_brands, read_questions
from language.knowledge.search import Knowledge, group_of
from language.knowledge.words import content_words, pieces, stem, stems


def entry(entry_id: str, title: str, text: str, language: str = "en", **more: object) -> Entry:
    return Entry(entry_id=entry_id, title=title, text=text, language=language, **more)


SHOP = [
    entry("hours", "Opening hours", "We are open Monday to Saturday, 9 to 18."),
    entry("returns", "Returns", "You can send back anything unused within 30 days."),
    entry("parking", "Parking", "There are ten places to park behind the house."),
    entry("delivery", "Delivery", "We deliver within three days; parcels cost 4 euros."),
    entry("stunden", "Öffnungszeiten", "Wir haben montags bis samstags von 9 bis 18 Uhr geöffnet.", "de",
          group="hours"),
]  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Knowledge:
    return Knowledge(SHOP)


@pytest.mark.parametrize(
    ("question", "language", "found"),
    [
        ("When do you open on Saturday?", "en", "hours"),
        ("Wann habt ihr geöffnet?", "de", "stunden"),
        ("Où peut-on garer la voiture ?", "fr", "parking"),
        ("¿Puedo devolver los zapatos?", "es", "returns"),
        ("Quanto custa a entrega da encomenda?", "pt", "delivery"),
        ("Quanto costa la consegna del pacco?", "it", "delivery"),
    ],
)
def test_words_alone_find_across_languages(
    shop: Knowledge, question: str, language: str, found: str
) -> None:
    assert shop.rank(question, language)[0][0].entry_id == found


def test_of_translations_the_one_in_the_authors_language_comes_first(shop: Knowledge) -> None:
    ranked, _ = shop.rank("Wann habt ihr auf?", "de")
    assert [match.entry_id for match in ranked].index("stunden") == 0


@pytest.mark.parametrize("question", ["", "   ", "???", "Who won the match last night lol"])
def test_what_is_not_known_is_not_answered(shop: Knowledge, question: str) -> None:
    assert shop.find(question, "en") == []
    assert Knowledge([]).find(question, "en") == []


def test_a_keyword_calls_its_entry() -> None:
    known = Knowledge(
        [*SHOP, entry("dogs", "Rules", "Only on a lead.", keywords=["Fido", "bow wow"])]
    )
    match = known.rank("Is Fido welcome?", "en")[0][0]
    assert (match.entry_id, match.called_by) == ("dogs", frozenset({"fido"}))
    assert known.rank("any bow wow allowed", "en")[0][0].called_by == {"bow", "wow"}


def test_one_entry_and_texts_without_words_do_no_harm() -> None:
    assert len(Knowledge([entry("a", "", "!!!")]).rank("Where is it?", "en")[0]) == 1
    Knowledge([entry("a", "x", "y", "sv")]).find("När öppnar ni?", "sv")


def test_groups_are_told_or_read_from_the_id() -> None:
    assert group_of(entry("opening-hours.de", "a", "b", "de")) == "opening-hours"
    assert group_of(SHOP[-1]) == "hours"
    assert group_of(entry("side", "a", "b")) == "side"


def test_words() -> None:
    assert stem("lieferungen", "de") == stem("lieferung", "de")
    assert content_words("What is the Größe?") == ["grosse"]
    assert stems("the opening", "xx") == ["opening"]
    assert "^lie" in pieces("Lieferung")
    assert "parcel" in load_concepts().of("paket", "de")
    assert not load_concepts().of("zzz", "de")


def test_the_questions_are_many_and_their_answers_are_there() -> None:
    brands = read_brands()
    parts = {part: read_questions(part) for part in ("dev", "test")}
    assert not {q.brand for q in parts["dev"]} & {q.brand for q in parts["test"]}
    assert sum(bool(q.answers) for q in parts["test"]) >= 300
    assert sum(not q.answers for q in parts["test"]) >= 80
    for question in [*parts["dev"], *parts["test"]]:
        assert question.answers <= {one.entry_id for one in brands[question.brand]}


@pytest.mark.parametrize(
    "told", ["{", "{}", "[1]", '[{"id": "a"}]', '[{"id": "a", "text": " ", "language": "en"}]']
)
def test_a_broken_list_is_named(tmp_path, told: str) -> None:
    (tmp_path / "casa.json").write_text(told)
    with pytest.raises(BrokenList, match=r"casa\.json"):
        read_list(tmp_path / "casa.json")


def test_the_command_answers_in_order_and_names_bad_lines(tmp_path) -> None:
    facts = [{"id": "h", "title": "Hours", "text": "Open from 9 to 18.", "language": "en"},
             {"id": "p", "title": "Dogs", "text": "Dogs are welcome in the garden.", "language": "en"}]  # fmt: skip
    (tmp_path / "casa.json").write_text(json.dumps(facts))
    lines = [
        {"brand": "casa", "language": "de", "question": "Sind Hunde willkommen?"},
        {"brand": "x", "language": "de", "question": "?"},
        {"brand": "casa", "language": "xx", "question": "?"},
        {"brand": "casa", "language": "en"},
    ]
    asked = "\n".join(map(json.dumps, lines)) + "\nnot json\n"
    ran = CliRunner().invoke(command, ["--facts", str(tmp_path), "--words-only"], input=asked)
    said = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.exit_code == 2
    assert "fact_ids" in said[0]
    assert ["error" in one for one in said] == [False, True, True, True, True]
    assert "line 2: unknown brand 'x'" in ran.stderr
    missing = CliRunner().invoke(command, ["--facts", str(tmp_path / "none")], input="")
    assert missing.exit_code == 2
