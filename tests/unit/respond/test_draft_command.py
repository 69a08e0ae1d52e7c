"""`rapport draft`: drafts with sources for the demo's brands and for brands from a folder, and clear errors."""

import json

from click.testing import CliRunner

from cli.commands.draft import command


def asked(*lines: object, args: tuple[str, ...] = ("--words-only",)) -> tuple[int, list[dict], str]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    ran = CliRunner().invoke(command, list(args), input=text)
    return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


def test_the_demo_brands_answer_with_their_sources() -> None:
    line = {"brand": "casa-verde", "message": "¿A qué hora abrís el sábado?", "network": "facebook"}
    code, (said,), _ = asked(line)
    assert code == 0
    assert "10:00" in said["draft"]
    assert {"kind": "fact", "id": "opening-hours.es", "title": "Horario"} in said["sources"]
    assert (said["language"], said["abstained"]) == ("es", None)
    assert said["alternatives"]
    assert said["seconds"] < 5


def test_what_no_fact_answers_is_left_to_a_person() -> None:
    line = {
        "brand": "nordlicht",
        "message": "Who painted the wall behind the bar?",
        "network": "x",
        "language": "en",
    }
    _, (said,), _ = asked(line)
    assert said["abstained"] in {"facts.none", "facts.other_language"}


def test_brands_come_from_a_folder(tmp_path) -> None:
    fact = {
        "fact_id": "h",
        "title": "Opening hours",
        "language": "en",
        "keywords": ["open"],
        "text": "Open 9 to 18.",
    }
    (tmp_path / "shop.json").write_text(json.dumps({"name": "Shop", "voice": {"facts": [fact]}}))
    args = ("--words-only", "--brands", str(tmp_path))
    line = {
        "brand": "shop",
        "message": "When do you open?",
        "network": "facebook",
        "language": "en",
    }
    assert "Open 9 to 18." in asked(line, args=args)[1][0]["draft"]
    (tmp_path / "bad.json").write_text('{"languages": 3}')
    code, _, why = asked(line, args=args)
    assert code != 0
    assert "bad.json: languages" in why


def test_bad_lines_are_named_and_the_others_answered() -> None:
    good = {"brand": "nordlicht", "message": "Danke!", "network": "x"}
    code, said, why = asked(
        "{", {"brand": "no"}, good | {"network": "fax"}, good | {"language": "xx"}, good
    )
    assert code == 2
    assert ["error" in one for one in said] == [True] * 4 + [False]
    assert "line 3: unknown network 'fax'" in why
