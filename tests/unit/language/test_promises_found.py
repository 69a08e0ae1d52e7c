"""What is a promise, and when it is due: the guideline's table, line by line, and the figures."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from language.promises import evaluation
from language.promises.finding import due_at, find_promises, language_of

SAID = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
"""A Wednesday, 15:00 in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("language", "text", "due_text", "due"),
    [
        ("en", "We will get back to you by Friday.", "by Friday", "11-20 23:59"),
        ("en", "You'll have your refund by Friday at 5 pm at the latest.", "by Friday at 5 pm at the latest", "11-20 17:00"),
        ("en", "Give us 48 hours, then we will send a new one.", "48 hours", "11-20 15:00"),
        ("de", "Wir melden uns innerhalb von 24 Stunden.", "innerhalb von 24 Stunden", "11-19 15:00"),
        ("de", "Wir rufen dich morgen zwischen 9 und 10 Uhr an.", "morgen zwischen 9 und 10 Uhr", "11-19 10:00"),
        ("de", "Wir schicken dir in 3 Werktagen Ersatz.", "in 3 Werktagen", "11-23 23:59"),
        ("fr", "On revient vers vous d'ici demain.", "d'ici demain", "11-19 23:59"),
        ("fr", "Nous vous répondrons avant vendredi 17h.", "avant vendredi 17h", "11-20 17:00"),
        ("es", "Te respondemos antes del viernes.", "antes del viernes", "11-19 23:59"),
        ("es", "Te escribiremos la semana que viene.", "la semana que viene", "11-27 23:59"),
        ("it", "Ti rispondiamo entro lunedì.", "entro lunedì", "11-23 23:59"),
        ("it", "Ti faremo sapere entro fine mese.", "entro fine mese", "11-30 23:59"),
        ("pt", "Vamos responder-te até sexta.", "até sexta", "11-20 23:59"),
        ("pt", "Vou enviar amanhã de manhã.", "amanhã de manhã", "11-19 12:00"),
    ],
)  # fmt: skip
def test_the_words_that_say_when_and_the_moment(
    language: str, text: str, due_text: str, due: str
) -> None:
    (one,) = find_promises(text, language)
    assert one.due_text == due_text
    assert text[one.due_start : one.due_end] == due_text
    at = due_at(one, SAID, "Europe/Berlin")
    assert at is not None
    assert at.astimezone(BERLIN).strftime("%m-%d %H:%M") == due
    assert find_promises(text) == [one]


@pytest.mark.parametrize(
    "text",
    [
        "We will find out and let you know.", "Wir kümmern uns darum.", "On vous rappelle.",
        "Ti ricontattiamo.", "Te avisamos.", "Damos notícias em breve, obrigado.", "We will check if it is there.",
    ],
)  # fmt: skip
def test_a_promise_may_name_no_time(text: str) -> None:
    (one,) = find_promises(text)
    assert one.due_text is None
    assert due_at(one, SAID, "UTC") is None


@pytest.mark.parametrize(
    "text",
    [
        "Refunds take five days.", "If you send us the number, we will check it today.",
        "Once you have sent it, we will refund you.", "We could call you tomorrow.",
        "Shall we call you tomorrow?", "We hope to have it by Friday.", "We sent it on Monday.",
        "Please send it back by Friday.", "We are open until 8 pm on Friday.",
        "We will be at the fair on Saturday.", "We will never sell your data.",
        "Wir haben am Samstag bis 18 Uhr geöffnet.", "Die Aktion endet am Freitag.",
        "Los viernes abrimos hasta las 20 h.", "Le colis est parti lundi.",
    ],
)  # fmt: skip
def test_what_is_no_promise(text: str) -> None:
    assert find_promises(text) == []


def test_a_day_ends_when_the_brand_closes() -> None:
    (one,) = find_promises("We will call you on Friday.", "en")

    def closes(day: date) -> time | None:
        return time(19, 30) if day.weekday() < 5 else None

    at = due_at(one, SAID, "Europe/Berlin", closes)
    assert at == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


def test_it_is_due_by_the_brands_own_clock() -> None:
    (one,) = find_promises("We will call you tomorrow.", "en")
    late = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    at = due_at(one, late, "Europe/Berlin")
    assert at is not None
    assert at.astimezone(BERLIN).date() == date(2026, 11, 20)


def test_several_promises_of_one_reply_are_told_apart() -> None:
    text = "Sorry! We'll refund you today. We'll also call you on Monday at 10 am. Take care."
    assert [one.due_text for one in find_promises(text, "en")] == ["today", "on Monday at 10 am"]


def test_the_language_is_guessed() -> None:
    assert language_of("Wir melden uns bei dir, versprochen.") == "de"
    assert language_of("Ti rispondiamo entro lunedì, grazie.") == "it"


def test_the_figures_hold() -> None:
    counted = evaluation.score(evaluation.rows("test"))
    assert counted.precision >= 0.95
    assert counted.recall >= 0.85
    assert counted.spans >= 0.9 * counted.due
    assert counted.undated_right >= 0.9 * counted.undated
    assert {row.language for row in evaluation.rows("test")} == {"en", "es", "pt", "fr", "de", "it"}
