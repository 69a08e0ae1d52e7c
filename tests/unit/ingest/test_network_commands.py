"""`rapport normalise` and `rapport verify` as a person runs them."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from network_payloads import comment, feed, recorded, status

from cli.commands.normalise import command as normalise
from cli.commands.verify import command as verify

FIELDS = [
    "network",
    "external_id",
    "kind",
    "action",
    "author_handle",
    "author_id",
    "author_name",
    "text",
    "parent_external_id",
    "thread_root_id",
    "created_at",
    "edited_at",
    "is_own",
    "media",
    "raw",
]


def run(command, arguments, text):
    result = CliRunner().invoke(command, arguments, input=text)
    return result.exit_code, [json.loads(one) for one in result.stdout.splitlines()], result.stderr


def test_one_event_a_line_with_every_field():
    code, events, errors = run(normalise, ["facebook"], recorded("facebook", "comment_add.json"))
    assert (code, errors, len(events)) == (0, "", 1)
    assert set(FIELDS) <= set(events[0])
    assert events[0]["created_at"] == "2015-12-03T09:30:03Z"
    assert events[0]["edited_at"] is None
    assert events[0]["raw"]["field"] == "feed"


def test_fractions_are_kept():
    _, (event,), _ = run(normalise, ["mastodon"], json.dumps(status()))
    assert event["created_at"] == "2026-08-01T10:00:00.500Z"


def test_own_ids_and_handles():
    text = json.dumps(status())
    for arguments in (["--own-id", "7"], ["--own-handle", "@KIM"]):
        _, (event,), _ = run(normalise, ["mastodon", "--own-id", "9", *arguments], text)
        assert event["is_own"]


def test_a_broken_part_beside_good_ones():
    payload = feed(comment())
    payload["entry"][0]["changes"].insert(0, {"field": "feed", "value": 3})
    code, events, errors = run(normalise, ["facebook"], json.dumps(payload))
    assert (code, len(events), len(errors.splitlines())) == (0, 1, 1)
    assert "facebook.change.unreadable" in errors


@pytest.mark.parametrize("text", ["", "{", "null", '{"entry":3}', '{"data":[{"message":3}]}'])
def test_a_broken_payload(text):
    code, events, errors = run(normalise, ["facebook"], text)
    assert (code, events, len(errors.splitlines())) == (2, [], 1)


def test_nothing_to_report():
    payload = recorded("facebook", "reaction_edit_on_comment.json")
    assert run(normalise, ["facebook"], payload) == (0, [], "")


def test_an_unknown_network_names_the_known_ones():
    code, events, errors = run(normalise, ["myspace"], "{}")
    assert (code, events, len(errors.splitlines())) == (2, [], 1)
    assert "facebook" in errors
    assert "mastodon" in errors


def test_half_a_surrogate_pair_is_printed_as_json():
    text = '{"id":"1","content":"\\ud800","account":{"id":"2"}}'
    code, (event,), _ = run(normalise, ["mastodon"], text)
    assert (code, event["text"], event["raw"]["content"]) == (0, "\ufffd", "\ud800")


def test_a_feed_without_entries_was_read_however_broken_it_is():
    body = '<rss version="2.0"><channel><itunes:subtitle>x</itunes:subtitle></channel></rss>'
    code, events, errors = run(normalise, ["feed"], body)
    assert (code, events) == (0, [])
    assert "feed.not_well_formed" in errors


def test_verify_answers_line_by_line():
    cases = json.loads(recorded("signatures", "vectors.json"))["cases"]
    lines = [json.dumps(case) for case in cases]
    code, answers, errors = run(verify, [], "\n".join([*lines, ""]))
    assert (code, errors, len(answers)) == (0, "", len(cases))
    for case, answer in zip(cases, answers, strict=True):
        assert case.get("valid") is None or answer == {"valid": case["valid"]}


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"scheme":"rot13"}',
        '{"scheme":"tiktok","headers":[1]}',
        '{"scheme":"linkedin","body_base64":"*"}',
        '{"scheme":"slack-v0","now":"soon"}',
        '{"scheme":"x-crc","consumer_secret":"s"}',
        '{"scheme":"x-crc","crc_token":"s","consumer_secret":""}',
        '{"scheme":"hub.challenge"}',
    ],
)
def test_a_broken_case_keeps_the_lines_aligned(line):
    good = json.dumps({"scheme": "linkedin", "secret": "s", "headers": {}, "body": ""})
    code, answers, errors = run(verify, [], f"{good}\n{line}\n{good}\n")
    assert (code, answers) == (2, [{"valid": False}] * 3)
    assert len(errors.splitlines()) == 1
    assert "line 2" in errors


@pytest.mark.parametrize(
    ("secret", "value"),
    [("secret", "tok"), ("secret_token", "tok"), ("secrets", "tok"), ("secret", ["tok"])],
)
def test_verify_reads_a_case_however_its_recorder_named_things(secret, value):
    headers = {"X-Telegram-Bot-Api-Secret-Token": value}
    case = {"scheme": "telegram-secret-token", secret: ["old", "tok"], "headers": headers}
    assert run(verify, [], json.dumps(case)) == (0, [{"valid": True}], "")


def test_two_headers_that_differ_prove_nothing():
    headers = {"X-Telegram-Bot-Api-Secret-Token": ["tok", "other"]}
    case = {"scheme": "telegram-secret-token", "secret": "tok", "headers": headers}
    assert run(verify, [], json.dumps(case))[1] == [{"valid": False}]


def test_as_a_process():
    program = "from cli.commands.normalise import command; command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "mastodon"],
        input=recorded("mastodon", "sse_stream.txt"),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    events = [json.loads(one) for one in done.stdout.splitlines()]
    assert [event["action"] for event in events] == ["created", "deleted"]
