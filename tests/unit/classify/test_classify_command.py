"""`rapport classify`: lines in, lines out, bad lines named."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.commands.classify import HEADS, command


def _run(given: bytes | str, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), input=given)


def _rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_line_each_in_order() -> None:
    texts = ["Where is my order?", "Danke, wunderschön ❤️", "x"] * 200
    result = _run("".join(json.dumps({"text": text, "brand": "brd_1"}) + "\n" for text in texts))
    rows = _rows(result)
    assert result.exit_code == 0
    assert len(rows) == 600
    assert [row["intent"]["label"] for row in rows[:2]] == ["question", "praise"]
    for row in rows[:3]:
        assert set(row) == {*HEADS, "model", "tier", "unsure"}
        assert row["tier"] == "fast"
        assert set(row["unsure"]) <= set(HEADS)
        for head in HEADS:
            assert abs(sum(row[head]["p"].values()) - 1.0) < 1e-6
            assert row[head]["label"] in row[head]["p"]


def test_byte_order_mark_empty_lines_and_missing_last_newline() -> None:
    result = _run(b'\xef\xbb\xbf{"text":"hola"}\r\n\r\n   \n{"text":"ciao"}')
    assert result.exit_code == 0
    assert len(_rows(result)) == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"nope", "not JSON"),
        (b'{"text":', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"brand":"x"}', 'no "text"'),
        (b'{"text":5}', '"text" must be a string, not a number'),
        (b'{"text":null}', '"text" must be a string, not null'),
        (b'{"text":"a","brand":7}', '"brand" must be a string or left out'),
        (b'{"text":"a","languages":"en"}', '"languages" must be a list of codes'),
        (b'{"text":"a","languages":[1]}', '"languages" must be a list of codes'),
        (b'{"text":"\xff"}', "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_answered(line: bytes, says: str) -> None:
    result = _run(b'{"text":"hello"}\n\n' + line + b'\n{"text":"bye"}\n')
    assert result.exit_code == 2
    assert len(_rows(result)) == 2
    errors = result.stderr.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("line 3: ")
    assert says in errors[0]


def test_odd_characters_and_a_very_long_text() -> None:
    rows = [{"text": "\ud800\u0000 hi"}, {"text": "a b " * 1_000_000}, {"text": ""}]
    result = _run("".join(json.dumps(row) + "\n" for row in rows))
    assert result.exit_code == 0
    assert len(_rows(result)) == 3


def test_explanations_on_request() -> None:
    row = _rows(_run('{"text":"my charger caught fire"}\n', "--explain"))[0]
    assert "safety" in row["rules"]
    urgency = row["urgency"]
    assert "safety" in urgency["rules"]
    assert any(part["text"] == "caught fire" for part in urgency["contributions"])
    total = urgency["intercept"] + sum(urgency["rules"].values())
    total += sum(part["weight"] for part in urgency["contributions"])
    assert abs(total - urgency["logit"]) < 2e-3


def test_the_languages_a_brand_expects_are_heard() -> None:
    row = _rows(_run('{"text":"Ich liebe es sehr", "languages": ["de"]}\n'))[0]
    assert row["language"]["label"] == "de"


def test_an_unknown_tier_is_refused() -> None:
    assert _run("", "--tier", "psychic").exit_code == 2


def test_nothing_in_nothing_out() -> None:
    result = _run("")
    assert (result.exit_code, result.stdout) == (0, "")
