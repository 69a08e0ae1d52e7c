"""The dead letter's headers, and when the fuse opens."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from runtime.dead_letters import (
    CONSECUTIVE_LIMIT,
    WINDOW,
    WINDOW_LIMIT,
    Dead,
    Fuse,
    Origin,
    dead_headers,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_headers_say_where_it_was_why_and_keep_its_own() -> None:
    dead = Dead("test.bad", "because ü")
    kept = [("traceparent", b"00-a"), ("dlq-code", b"an older reason")]
    headers = dict(dead_headers(dead, Origin("t.v1", 3, 17, "ingest"), 2, AT, kept))
    assert headers["traceparent"] == b"00-a"
    assert headers["dlq-code"] == b"test.bad"
    assert headers["dlq-why"].decode() == "because ü"
    assert headers["dlq-offset"] == b"17"
    assert headers["dlq-group"] == b"ingest"


def test_fifty_in_a_row_open_it() -> None:
    fuse = Fuse()
    assert [fuse.count(is_dead=True) for _ in range(CONSECUTIVE_LIMIT)].index(True) == 49


def test_a_tenth_of_the_last_thousand_opens_it() -> None:
    fuse = Fuse()
    opened = [fuse.count(is_dead=number % 9 == 0) for number in range(WINDOW)]
    assert opened.index(True) == (WINDOW_LIMIT - 1) * 9


def test_a_few_dead_among_many_do_not() -> None:
    fuse = Fuse()
    assert not any(fuse.count(is_dead=number % 11 == 0) for number in range(5 * WINDOW))


@given(st.lists(st.integers(1, 40), max_size=30), st.lists(st.booleans(), max_size=300))
def test_counting_many_well_at_once_is_counting_them_one_by_one(
    runs: list[int], tail: list[bool]
) -> None:
    one, other = Fuse(), Fuse()
    for run in runs:
        one.count_well(run)
        for _ in range(run):
            other.count(is_dead=False)
        assert one.count(is_dead=True) == other.count(is_dead=True)
    assert [one.count(dead) for dead in tail] == [other.count(dead) for dead in tail]
