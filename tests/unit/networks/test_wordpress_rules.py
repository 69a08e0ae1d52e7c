"""WordPress: counting, addresses of its API, and the class of every recorded error."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contracts.networks.wordpress import LIMIT, RULES, html, length, may_carry, route
from services.ingest.connectors.wordpress.cursor import Memory
from services.respond.networks import protocol
from services.respond.networks.wordpress import classify

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures" / "wordpress"
CLASSES = {
    "retry": protocol.Retry, "backoff": protocol.Backoff, "permanent": protocol.Permanent,
    "reauthorise": protocol.Reauthorise,
}  # fmt: skip
ERRORS = json.loads((FIXTURES / "errors.json").read_text())


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: f"{one['http_status']}")
def test_every_recorded_error_has_its_class(error: dict[str, object]) -> None:
    body = error["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    response = httpx.Response(int(str(error["http_status"])), content=content.encode())
    assert type(classify(response)) is CLASSES[str(error["class"])]


def test_a_site_in_maintenance_says_for_how_long() -> None:
    page = httpx.Response(503, headers={"Retry-After": "600"}, content=b"<html>Briefly</html>")
    outcome = classify(page)
    assert isinstance(outcome, protocol.Retry)
    assert (outcome.wait_s, outcome.is_doubtful) == (600.0, False)


def test_text_is_counted_as_it_is_stored() -> None:
    assert html("1 < 2 & 3 > 2") == "1 &lt; 2 &amp; 3 &gt; 2"
    assert length("<") == 4
    assert length("\u00e4") == 2
    assert RULES.measure.fits("x" * LIMIT)
    assert not RULES.measure.fits("x" * LIMIT + "x")


def test_routes_in_both_permalink_forms() -> None:
    pretty = route("https://a.example/wp-json/", "comments")
    assert pretty == "https://a.example/wp-json/wp/v2/comments"
    plain = route("https://a.example/?rest_route=/", "comments")
    assert plain == "https://a.example/?rest_route=/wp/v2/comments"


def test_passwords_travel_by_tls_or_inside_this_machine() -> None:
    assert may_carry("https", "a.example")
    assert may_carry("http", "127.0.0.1")
    assert not may_carry("http", "a.example")


@pytest.mark.parametrize(
    "row", [None, 1, "x", [], {}, {"id": None}, {"id": {}}, {"id": 1, "content": 5, "status": []}]
)
def test_rows_that_are_no_comments_hold_nothing_up(row: object) -> None:
    now = datetime(2026, 7, 24, tzinfo=UTC)
    good = {"id": 2, "date_gmt": "2026-07-23T10:00:00", "content": {"rendered": "<p>Hi</p>"}}
    news = Memory.read(None, now).take([row, good], now)
    assert good in news
