"""What the error answers of the networks mean for a reader."""

import json
from datetime import UTC, datetime

import pytest
from network_payloads import recorded

from runtime.errors import Invalid, Reauthorise, Unavailable
from services.ingest.connectors import graph_errors as facebook
from services.ingest.connectors.mastodon import errors as mastodon

NOW = datetime(2026, 8, 1, 14, 59, 0, tzinfo=UTC)
CLASSES = {
    "retry": Unavailable,
    "backoff": Unavailable,
    "permanent": Invalid,
    "reauthorise": Reauthorise,
}
FACEBOOK = json.loads(recorded("facebook", "errors.json"))
MASTODON = json.loads(recorded("mastodon", "errors.json"))


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def graph(status, body, headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return facebook.classify(status, lower(headers or {}), raw, NOW)


@pytest.mark.parametrize("case", FACEBOOK)
def test_recorded_graph_errors(case):
    error = graph(case["http_status"], case["body"], case["headers"])
    assert type(error) is CLASSES[case["class"]]
    if case["class"] == "backoff":
        assert error.retry_after_s >= 300


def test_graph_waits_as_told_in_minutes():
    case = next(one for one in FACEBOOK if "X-Business-Use-Case-Usage" in one["headers"])
    assert graph(case["http_status"], case["body"], case["headers"]).retry_after_s == 19 * 60


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (190, 458, Reauthorise),
        (102, None, Reauthorise),
        (3, None, Reauthorise),
        (10, None, Reauthorise),
        (10, 2534022, Invalid),
        (299, None, Reauthorise),
        (80007, None, Unavailable),
        (551, None, Invalid),
        (100, 33, Invalid),
        (1, None, Unavailable),
        (2, None, Unavailable),
        (987654, None, Invalid),
    ],
)
def test_graph_codes(code, subcode, expected):
    body = {"error": {"code": code, "error_subcode": subcode, "message": "secret words"}}
    error = graph(400, body)
    assert type(error) is expected
    assert "secret words" not in str(error)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[]", b'{"error":"x"}', b'{"error":{"code":"x"}}']
)
def test_a_proxys_page_is_tried_again(body):
    assert type(graph(502, body)) is Unavailable
    assert type(graph(400, body)) is Unavailable


@pytest.mark.parametrize("case", MASTODON)
def test_recorded_mastodon_errors(case):
    error = mastodon.classify(case["http_status"], lower(case["headers"]), NOW)
    assert type(error) is CLASSES[case["class"]]
    if case["class"] == "backoff":
        assert error.retry_after_s == pytest.approx(60.869078)


def test_mastodon_prefers_retry_after():
    assert mastodon.classify(429, {"retry-after": "7"}, NOW).retry_after_s == 7
    date = {"retry-after": "Sat, 01 Aug 2026 15:00:00 GMT"}
    assert mastodon.classify(503, date, NOW).retry_after_s == 60
    assert mastodon.classify(429, {}, NOW).retry_after_s == 300
