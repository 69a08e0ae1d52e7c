"""`rapport care`, line by line."""

import json

from click.testing import CliRunner, Result

from cli.commands.care import command


def run(*lines: str) -> Result:
    return CliRunner().invoke(command, input="\n".join(lines) + "\n")


def test_a_line_is_answered_by_a_line() -> None:
    asked = {"message": "Where is order 12?", "reply": "Please check our website.", "waited_s": 60}
    result = run(json.dumps(asked), "", json.dumps(asked | {"language": "en"}))
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first == second
    assert {"quick", "empathetic", "proactive", "transparent", "overall", "language"} < set(first)
    assert first["findings"][0].keys() >= {
        "dimension",
        "start",
        "end",
        "phrase",
        "why",
        "suggestion",
    }


def test_bad_lines_are_named_and_the_others_answered() -> None:
    good = json.dumps({"message": "Hi", "reply": "Hello"})
    bad = ["[]", "{", '{"message": "a"}', '{"message": "a", "reply": "b", "waited_s": "soon"}']
    result = run(*bad, good, '{"message": "a", "reply": "b", "waited_s": -1}')
    assert result.exit_code == 2
    for number in (1, 2, 3, 4, 6):
        assert f"line {number}:" in result.stderr
    assert "overall" in json.loads(result.stdout.splitlines()[4])
