"""A brand's wording rules on one reply: terms, prices, personal data, links, and what must be said."""

import pytest

from contracts.brands import MustSay, NeverSay, WordingRules
from language.wording.links import is_allowed, links
from language.wording.money import amounts
from language.wording.personal import is_card, is_iban, personal_data
from language.wording.rules import Setting, check


def test_terms_block_or_route_as_ruled() -> None:
    rules = WordingRules(
        never_say=[
            NeverSay(terms=["RivalCoffee"], kind="competitor", action="block"),
            NeverSay(terms=["heals"], kind="health", action="route", why="Ask legal."),
        ]
    )
    verdict = check(rules, "It h3als better than Rival Coffee!")
    assert [(one.code, one.text) for one in verdict.blocks] == [
        ("wording.competitor", "Rival Coffee")
    ]
    assert [(one.code, one.what, one.why) for one in verdict.routes] == [
        ("wording.health", "heals", "Ask legal.")
    ]
    assert not verdict.may_leave
    assert check(rules, "It tastes good.").may_leave


def test_what_must_be_said_is_missing_where_it_applies() -> None:
    must = MustSay(text="No medical advice.", intents=["question"], languages=["en"])
    rules = WordingRules(must_say=[must])
    assert check(rules, "Yes.", intent="question", language="en").missing == ["No medical advice."]
    assert not check(rules, "Yes. NO MEDICAL ADVICE", intent="question", language="en").missing
    assert not check(rules, "Yes.", intent="praise", language="en").missing
    assert not check(rules, "Ja.", intent="question", language="de").missing


def test_a_price_that_the_brand_does_not_know_needs_an_approver() -> None:
    rules = WordingRules(checks_prices=True)
    known = Setting(known=["Shipping is 4,90 € within Spain."])
    assert not check(rules, "It costs 4.90 euro.", setting=known).routes
    (one,) = check(rules, "It costs €5.90, so 4,90 € it is not.", setting=known).routes
    assert (one.code, one.text) == ("wording.price", "€5.90")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to ana.ruiz@mail.example", "email"),
        ("ana at mail dot com", "email"),
        ("Ruf Tom an: 0176 12345678", "phone"),
        ("+44 20 7946 0958 is hers", "phone"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("card 4111 1111 1111 1111", "card"),
    ],
)
def test_personal_data_never_stands_in_public(text: str, kind: str) -> None:
    verdict = check(WordingRules(), text, language="de")
    assert [one.what for one in verdict.blocks] == [kind]
    assert not check(WordingRules(), text, setting=Setting(is_public=False)).blocks
    assert not check(WordingRules(), text, setting=Setting(language="de", known=[text])).blocks
    assert not check(WordingRules(blocks_personal_data=False), text).blocks


@pytest.mark.parametrize(
    "text",
    [
        "Order 4930123456 from 12.05.2026",
        "open 09:30-18:00",
        "99,90 Euro",
        "item 20261120-4455",
        "DE00 3704 0044 0532 0130 00",
    ],
)
def test_other_numbers_are_no_personal_data(text: str) -> None:
    assert personal_data(text, "de") == []


def test_check_digits() -> None:
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB83WEST12345698765432")
    assert is_card("5555555555554444")
    assert not is_card("5555555555554445")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("see https://www.Example.com/a?b", "example.com"),
        ("example dot com", "example.com"),
        ("example[.]com", "example.com"),
        ("hxxps://evil.io/x", "evil.io"),
        ("https://brand.de@evil.com/", "evil.com"),
        ("http://%65vil.com", "evil.com"),
        ("exаmple.com", "xn--exmple-4nf.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
    ],
)
def test_a_link_is_seen_in_its_disguise(text: str, host: str) -> None:
    assert [link.host for link in links(text)] == [host]
    rules = WordingRules(allowed_links=["brand.de"])
    assert [one.code for one in check(rules, text).blocks] == ["wording.link"]


def test_allowed_hosts_hold_what_is_below_them_and_nothing_else() -> None:
    allowed = ["brand.de", "*.shop.example"]
    assert is_allowed("brand.de", allowed)
    assert is_allowed("help.brand.de", allowed)
    assert is_allowed("eu.shop.example", allowed)
    assert not is_allowed("notbrand.de", allowed)
    assert not is_allowed("brand.de.evil.com", allowed)
    assert check(WordingRules(allowed_links=["brand.de"]), "See help.brand.de/x.").may_leave
    assert check(WordingRules(), "See evil.com.").may_leave


@pytest.mark.parametrize(
    "text", ["Danke.Wir sind da", "z.B. heute", "That is good.It helps", "um 5.30 Uhr"]
)
def test_a_full_stop_is_no_link(text: str) -> None:
    assert links(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("99€", "99.00"),
        ("€ 1.299,00", "1299.00"),
        ("1,200 dollars", "1200.00"),
        ("5,- Euro", "5.00"),
        ("R$ 20,5", "20.50"),
    ],
)
def test_amounts_are_read_however_they_are_written(text: str, value: str) -> None:
    assert [str(one.value) for one in amounts(text)] == [value]


def test_amounts_in_words_are_amounts() -> None:
    assert [one.value for one in amounts("fünfundzwanzig Euro")] == [None]
