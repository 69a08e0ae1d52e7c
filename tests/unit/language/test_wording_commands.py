"""`rapport never-say` and `rapport promises`: a line in, a line out, bad lines named."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import main


def run(command: str, *lines: Any) -> tuple[Result, list[dict[str, Any]]]:
    typed = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines)
    result = CliRunner().invoke(main, [command], input=typed.encode())
    return result, [json.loads(line) for line in result.stdout.splitlines()]


def test_forbidden_terms_are_told_with_their_places() -> None:
    result, told = run(
        "never-say",
        {"rule_terms": ["scam", "99 euro"], "reply": "No s c a m for €99!"},
        {"rule_terms": ["scam"], "reply": "Try our scampi."},
    )
    assert result.exit_code == 0
    assert told == [
        {
            "block": True,
            "found": [
                {"term": "scam", "start": 3, "end": 10, "text": "s c a m"},
                {"term": "99 euro", "start": 15, "end": 18, "text": "€99"},
            ],
        },
        {"block": False, "found": []},
    ]


def test_promises_are_told_with_the_words_that_say_when() -> None:
    result, told = run(
        "promises",
        {"text": "We will get back by Friday.", "language": "en"},
        {"text": "Las devoluciones tardan 5 días.", "language": "es"},
        {"text": "Wir melden uns."},
    )
    assert result.exit_code == 0
    assert told == [
        {"promise": True, "due_text": "by Friday"},
        {"promise": False, "due_text": None},
        {"promise": True, "due_text": None},
    ]


@pytest.mark.parametrize(
    ("command", "bad"),
    [
        ("never-say", "no json"),
        ("never-say", {"reply": "x"}),
        ("never-say", {"rule_terms": "scam", "reply": "x"}),
        ("never-say", {"rule_terms": ["scam"]}),
        ("promises", "[]"),
        ("promises", {"text": 3}),
        ("promises", {"text": "x", "language": 3}),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_answered(command: str, bad: Any) -> None:
    good = {"rule_terms": ["scam"], "reply": "x", "text": "x"}
    result, told = run(command, good, bad, good)
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert ["error" in one for one in told] == [False, True, False]
