"""`rapport length` as a person runs it."""

import json

from click.testing import CliRunner

from cli.commands.length import command


def run(*lines: object) -> tuple[int, list[dict[str, object]]]:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    result = CliRunner().invoke(command, input=text)
    return result.exit_code, [json.loads(one) for one in result.stdout.splitlines()]


def test_a_line_is_answered_in_the_networks_own_way():
    address = "https://example.com/" + "a" * 100
    assert run(
        {"network": "mastodon", "text": f"see {address}"},
        {"network": "facebook", "text": address},
        {"network": "mastodon", "text": "é" * 501},
    ) == (
        0,
        [
            {"length": 27, "limit": 500, "fits": True},
            {"length": 120, "limit": 8000, "fits": True},
            {"length": 501, "limit": 500, "fits": False},
        ],
    )


def test_broken_lines_do_not_stop_the_others():
    code, answers = run(
        "{",
        "3",
        {"network": "myspace", "text": ""},
        {"network": "facebook"},
        {"network": "facebook", "text": "", "kind": []},
        '{"network": "facebook", "text": "\\ud83d"}',
    )
    assert code == 2
    assert [set(one) for one in answers[:4]] == [{"error"}] * 4
    assert [one["length"] for one in answers[4:]] == [0, 1]
