"""The care score: its sums, its spans, what it must tell apart, and what it must survive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language.care import DIMENSIONS, Care, CareScore, score
from language.care.lexicon import LANGUAGES, detect, lexicon
from language.care.text import fold
from language.care.words import english, french, german, italian, portuguese, spanish

LATE = "Order 48213 was meant to arrive last Tuesday. My daughter's school starts Monday and her backpack still isn't here."
GOOD = "A backpack that misses her first day is no use. Order 48213 sat in the depot, so I've sent a second one: it arrives Saturday before noon. Tom"
STOCK = "Hi Laura, we are sorry for the inconvenience and completely understand your frustration! Your satisfaction is our top priority. Your parcel will arrive as soon as possible."


def values(found: CareScore) -> dict[str, int]:
    return {dimension: getattr(found, dimension) for dimension in DIMENSIONS}


@pytest.fixture(scope="module")
def care() -> Care:
    return Care.load()


@pytest.mark.parametrize("reply", [GOOD, STOCK, "ok", "Please check our website."])
def test_findings_account_for_every_point(care: Care, reply: str) -> None:
    found = care.score(LATE, reply)
    for dimension, value in values(found).items():
        assert value == 100 - sum(f.cost for f in found.findings if f.dimension == dimension)
    assert found.overall == round(sum(values(found).values()) / 4)


def test_phrases_are_where_they_are_said_to_be(care: Care) -> None:
    found = care.score(LATE, STOCK)
    assert any("sorry for the inconvenience" in f.phrase for f in found.findings)
    assert any("as soon as possible" in f.phrase for f in found.findings)
    for finding in found.findings:
        assert STOCK[finding.start : finding.end] == finding.phrase
        assert finding.why.endswith(".")
        assert finding.suggestion
        assert finding.cost > 0


def test_offsets_hold_behind_accents_and_pictures(care: Care) -> None:
    reply = "É pena 😊 İ — lamentamos o transtorno causado. Entre em contato com a central."
    for finding in care.score("Meu pedido não chegou ainda", reply, language="pt").findings:
        assert reply[finding.start : finding.end] == finding.phrase


def test_stock_sympathy_is_no_empathy(care: Care) -> None:
    good, stock = care.score(LATE, GOOD), care.score(LATE, STOCK)
    assert all(values(good)[d] > values(stock)[d] for d in DIMENSIONS)


def test_waiting_costs_quick_only(care: Care) -> None:
    fresh = care.score(LATE, GOOD, waited_s=60, answer_within_s=3600)
    late = care.score(LATE, GOOD, waited_s=9 * 3600, answer_within_s=3600)
    assert late.quick < fresh.quick
    assert values(late) | {"quick": 0} == values(fresh) | {"quick": 0}
    assert fresh.notes == ()
    assert "not known" in care.score(LATE, GOOD).notes[0]


def test_cheer_costs_at_somebody_upset_only(care: Care) -> None:
    cheerful = "We read it out to Yusuf!!! 😍😍😍 He is so happy about your dad!!!"
    upset = care.score("My dad's hearing aid is broken again and nobody answers", cheerful)
    glad = care.score("Thank you Yusuf, my dad loves his hearing aid", cheerful)
    assert "cheer" in {f.rule for f in upset.findings}
    assert "cheer" not in {f.rule for f in glad.findings}


def test_praise_needs_no_apology(care: Care) -> None:
    found = care.score("Thanks, wonderful staff!", "Thank you, and we apologise for the wait.")
    assert "apology_praise" in {f.rule for f in found.findings}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "I have sent it to you today and it will be there on Friday"),
        ("es", "Lo he mandado hoy y estará en tu casa el viernes"),
        ("pt", "Mandei hoje e chega na sua casa na sexta, não precisa pagar"),
        ("fr", "Je vous l'ai envoyé aujourd'hui et il sera chez vous vendredi"),
        ("de", "Ich habe es heute losgeschickt und es ist am Freitag bei Ihnen"),
        ("it", "L'ho spedito oggi e sarà da lei venerdì, non deve pagare nulla"),
        ("und", "Я отправил его сегодня"),
    ],
)
def test_language_is_found(care: Care, code: str, text: str) -> None:
    assert detect([fold(text)]) == code
    assert care.score("", text).language == code


def test_another_language_is_scored_by_rules_without_words(care: Care) -> None:
    found = care.score("Где мой заказ 12?", "Ваш заказ 12 придёт 5 мая.", language="ru")
    assert found.language == "und"
    assert "no language" in found.notes[0]
    assert 0 < found.overall < 100
    bare = care.score("Где мой заказ 12?", "Спасибо.", language="ru")
    assert bare.overall < found.overall


@pytest.mark.parametrize("reply", ["", "   ", "😀😀", "!!!"])
def test_a_reply_without_words_has_nothing(care: Care, reply: str) -> None:
    assert set(values(care.score(LATE, reply)).values()) == {0}


@pytest.mark.parametrize(
    "reply", ["x" * 10_000, "sorry " + "a" * 10_000, "no " * 3_400, "\u202e" * 500]
)
def test_long_and_odd_replies_are_scored(care: Care, reply: str) -> None:
    found = care.score(reply, reply, language="en")
    assert all(0 <= value <= 100 for value in values(found).values())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from([None, "en", "de", "xx", ""]))
def test_any_text_is_scored(message: str, reply: str, language: str | None) -> None:
    found = score(message, reply, language=language)
    for finding in found.findings:
        assert reply[finding.start : finding.end] == finding.phrase
    assert all(0 <= value <= 100 for value in values(found).values())


def test_the_same_again(care: Care) -> None:
    assert care.score(LATE, STOCK) == Care.load().score(LATE, STOCK)


def test_languages_have_the_same_lists() -> None:
    sources = (english, spanish, portuguese, french, german, italian)
    assert len(sources) == len(LANGUAGES)
    for source in sources:
        assert set(source.WORDS) == set(english.WORDS)
        assert set(source.SUGGESTIONS) == set(english.SUGGESTIONS)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_phrase_matches_nothing(code: str) -> None:
    for pattern in lexicon(code).patterns.values():
        assert pattern.fullmatch("") is None


def rules(care: Care, message: str, reply: str, author_name: str | None = None) -> set[str]:
    found = care.score(message, reply, author_name=author_name).findings
    return {finding.rule for finding in found}


@pytest.mark.parametrize(
    ("author", "reply", "is_wrong"),
    [
        ("Laura Beck", "Hello Anna, your parcel is on its way.", True),
        ("Laura Beck", "Hello Laura, your parcel is on its way.", False),
        ("Laura Beck", "Dear Ms Beck, your parcel is on its way.", False),
        ("Daniel", "Hi Dan, your parcel is on its way.", False),
        ("Daniel", "Dear customer, your parcel is on its way.", False),
        ("sk8er_99", "Hi Anna, your parcel is on its way.", False),
        ("Laura Beck", "Buongiorno Marta, il pacco parte oggi.", True),
        ("Laura Beck", "Guten Tag, Ihr Paket ist unterwegs.", False),
    ],
)
def test_a_wrong_name_costs_empathy(care: Care, author: str, reply: str, is_wrong: bool) -> None:
    message = "Where is my parcel 4711? It never came."
    assert ("wrong_name" in rules(care, message, reply, author_name=author)) == is_wrong
    assert "wrong_name" not in rules(care, message, reply)


def test_a_name_the_author_signed_with_is_right(care: Care) -> None:
    found = rules(
        care, "It broke again. Bests, Tom", "Hi Tom, it goes out today.", author_name="Eva"
    )
    assert "wrong_name" not in found


def test_asking_for_what_was_written_costs(care: Care) -> None:
    assert "asked_again" in rules(care, LATE, "Could you tell us your order number?")
    assert "asked_again" not in rules(care, "My parcel never came", "What is your order number?")


def test_figures_beside_the_point_cost(care: Care) -> None:
    asked = "Can we get in with a pram?"
    facts = "The house dates from 1904 and has 24 rooms. The café opens at 9."
    assert "aside" in rules(care, asked, facts)
    assert "aside" not in rules(care, asked, "Yes, you can: door 4 has a ramp.")
    assert (
        care.score(asked, "Yes, with a pram you can, by the back door.").overall
        > care.score(asked, facts).overall
    )


def test_danger_comes_first(care: Care) -> None:
    message = "My son swallowed one of your magnets"
    assert "danger" in rules(care, message, "We are sorry, the magnets are tested.")
    assert "danger" not in rules(care, message, "Go to the hospital now and say magnets.")
