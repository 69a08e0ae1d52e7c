"""What YouTube counts: days of California and the comment that is answered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.networks.youtube import resets_at, top_of


def test_units_are_new_at_midnight_in_california() -> None:
    for hours in range(0, 24 * 366, 7):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        there = now.astimezone(ZoneInfo("America/Los_Angeles"))
        tomorrow = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        assert resets_at(now) == tomorrow.astimezone(UTC)


def test_an_answer_stands_under_the_top_level_comment() -> None:
    assert top_of("Ugw1.9abc") == "Ugw1"
    assert top_of("Ugw1") == "Ugw1"
