"""Rules of WhatsApp, Telegram and the webhook: lengths, ids, windows, addresses without tokens."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.networks import telegram, webhook, whatsapp

TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"


def test_telegram_counts_utf16_units() -> None:
    assert telegram.length("a") == 1
    assert telegram.length("é") == 1
    assert telegram.length("😀") == 2
    assert telegram.RULES.measure.fits("😀" * 2048)
    assert not telegram.RULES.measure.fits("😀" * 2048 + "a")
    assert telegram.length("\ud83d") == 1


def test_whatsapp_and_webhook_count_characters() -> None:
    assert whatsapp.RULES.measure.fits("😀" * 4096)
    assert not whatsapp.RULES.measure.fits("a" * 4097)
    assert webhook.RULES.measure.fits("a" * 20_000)
    assert not webhook.RULES.measure.fits("a" * 20_001)


def test_whatsapp_closes_after_a_day_for_everybody() -> None:
    window = whatsapp.RULES.window
    assert window is not None
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert window.closes_at(at, is_by_person=True) == at + timedelta(hours=24)
    assert window.closes_at(at, is_by_person=False) == at + timedelta(hours=24)
    assert window.closed_code == "whatsapp.window_closed"
    assert window.lifted_by in {field.name for field in whatsapp.RULES.connecting.fields}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "whatsapp.grant_invalid"),
        (131047, "whatsapp.window_closed"),
        (132012, "whatsapp.template_invalid"),
        (80007, "whatsapp.throttled"),
        (250, "whatsapp.permission_missing"),
        (999999, "whatsapp.refused"),
    ],
)
def test_whatsapp_codes(number: int, code: str) -> None:
    assert whatsapp.code_of(number) == code


def test_whatsapp_peers_and_templates() -> None:
    assert whatsapp.is_user_id("US.13491208655302741918")
    assert whatsapp.is_user_id("US.ENT.11815799212886844830")
    assert not whatsapp.is_user_id("4915112345678")
    assert whatsapp.is_group("120363418770915618@g.us")
    assert whatsapp.template_of("answer_to_you:en_US") == ("answer_to_you", "en_US")
    for odd in ("", "answer", "Answer:en", "a:b:c", "a:e n"):
        assert whatsapp.template_of(odd) is None


def test_telegram_ids_and_tokens() -> None:
    assert telegram.place_of("-1001:77") == ("-1001", 77)
    assert telegram.place_of("5:9") == ("5", 9)
    for odd in ("", "5", "5:", ":9", "5:x", "5:9:1", "5:-9"):
        assert telegram.place_of(odd) is None
    assert telegram.is_token(TOKEN)
    for odd in (
        "",
        "123",
        f"{TOKEN}/../x",
        f"{TOKEN}\r\n",
        f"{TOKEN}?a",
        "abc:defghijklmnopqrstuvwxyz",
    ):
        assert not telegram.is_token(odd)


def test_a_bot_address_is_shown_without_its_token() -> None:
    shown, target = telegram.address_of("https://api.telegram.org/", TOKEN, "getMe")
    assert shown == "https://api.telegram.org/bot/getMe"
    assert target == f"/bot{TOKEN}/getMe".encode()
    assert telegram.address_of("http://h:1/base", TOKEN, "x")[1] == f"/base/bot{TOKEN}/x".encode()


def test_webhook_secrets() -> None:
    assert webhook.key_of("whsec_" + "AAAA" * 8) == bytes(24)
    for odd in ("", "whsec_", "whsec_%%%", "ünïcode"):
        assert webhook.key_of(odd) is None
