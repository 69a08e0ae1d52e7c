"""Forbidden terms: found through every disguise, and not inside innocent words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.wording import evaluation
from language.wording.terms import find_terms

DISGUISED = [
    ("guarantee", "We GUARANTEE it", "GUARANTEE"),
    ("guarantee", "we gu@r4nt33 it", "gu@r4nt33"),
    ("guarantee", "we g u a r a n t e e it", "g u a r a n t e e"),
    ("guarantee", "a gua-\nrantee for you", "gua-\nrantee"),
    ("guarantee", "guaraaaantee!", "guaraaaantee"),
    ("guarantee", "our gsuаrаntее"[:4] + "guаrаntее", "guаrаntее"),
    ("guarantee", "ｇｕａｒａｎｔｅｅ", "ｇｕａｒａｎｔｅｅ"),
    ("guarantee", "🇬🇺🇦🇷🇦🇳🇹🇪🇪", "🇬🇺🇦🇷🇦🇳🇹🇪🇪"),
    ("guarantee", "a &#103;uarantee.", "&#103;uarantee"),
    ("guarantee", "a g*arantee.", "g*arantee"),
    ("scam", "no sc\u200bam", "sc\u200bam"),
    ("scam", "no \u202emacs\u202c", "macs"),
    ("scam", "b a d s c a m", "s c a m"),
    ("scam", "#ScamAlert", "Scam"),
    ("refund", "a re fund", "re fund"),
    ("zurück", "das Geld zurueck", "zurueck"),
    ("Geld zurück", "Geld-zurueck!", "Geld-zurueck"),
    ("money back", "your rnoney back", "rnoney back"),
    ("garanzia", "le garanzie", "garanzie"),
    ("promoção", "as promoções", "promoções"),
    ("99 euro", "nur € 99,00!", "€ 99,00"),
    ("100%", "100 percent safe", "100 percent"),
    ("24/7", "open 24 7", "24 7"),
    ("🍆", "yes 🍆!", "🍆"),
]
INNOCENT = [
    ("ass", "classes of assets pass"),
    ("ass", "a s s e t s"),
    ("ass", "the A55"),
    ("cunt", "Scunthorpe"),
    ("penis", "the pen is red"),
    ("therapist", "the rapist"),
    ("cannot", "we can not"),
    ("mas", "queremos más"),
    ("bot", "das Boot"),
    ("modem", "modern"),
    ("99 euro", "199 euro or 1,99 euro"),
    ("100%", "100 Euro"),
    ("taxi", "no tax!"),
    ("its", "it's"),
    ("refund", "deine Ref. Und du"),
    ("Geld zurück", "kein Geld. Zurück geht es um acht."),
    ("garantia", "zwei Jahre Garantie"),
]


@pytest.mark.parametrize(("term", "reply", "found"), DISGUISED)
def test_a_disguise_is_seen_through_and_the_span_is_of_the_original(
    term: str, reply: str, found: str
) -> None:
    (span,) = find_terms([term], reply)
    assert (reply[span.start : span.end], span.term) == (found, term)


@pytest.mark.parametrize(("term", "reply"), INNOCENT)
def test_ordinary_text_is_left_alone(term: str, reply: str) -> None:
    assert find_terms([term], reply) == []


def test_every_place_is_told_in_order_and_terms_may_overlap() -> None:
    reply = "Scam? No s.c.a.m, no scam call."
    found = find_terms(["scam call", "scam", "scam"], reply)
    assert [(reply[one.start : one.end], one.term) for one in found] == [
        ("Scam", "scam"),
        ("s.c.a.m", "scam"),
        ("scam", "scam"),
        ("scam call", "scam call"),
    ]


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_no_text_and_no_term_breaks_it(reply: str, term: str) -> None:
    for span in find_terms([term, "scam"], reply):
        assert 0 <= span.start < span.end <= len(reply)


def test_a_reply_made_to_be_slow_is_judged_soon() -> None:
    assert find_terms(["aaaaaaab", "banana"], "a a" * 3000) == []


def test_the_figures_hold_on_a_part() -> None:
    rows = evaluation.evasions()
    assert len(rows) >= 400
    assert len({row["term"] for row in rows}) >= 60
    assert {row["language"] for row in rows} == {"en", "es", "pt", "fr", "de", "it"}
    assert len(evaluation.missed()) <= 0.05 * len(rows)
    assert len(evaluation.ordinary()) >= 5000
