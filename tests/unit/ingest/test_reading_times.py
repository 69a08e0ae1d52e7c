"""Every time form the networks use, and every bad one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connectors.times import iso_z, parse_time

FORMS = [
    (1449135003, "2015-12-03T09:30:03Z"),
    ("1449135003", "2015-12-03T09:30:03Z"),
    (1511951019123, "2017-11-29T10:23:39.123Z"),
    ("1511951019123", "2017-11-29T10:23:39.123Z"),
    (1511951019123456, "2017-11-29T10:23:39.123456Z"),
    (1785592303123456789, "2026-08-01T13:51:43.123456Z"),
    (1753800000.25, "2025-07-29T14:40:00.250Z"),
    (1753800000.1, "2025-07-29T14:40:00.100Z"),
    ("2017-08-31T18:10:30+0000", "2017-08-31T18:10:30Z"),
    ("2017-08-31T20:10:30+02:00", "2017-08-31T18:10:30Z"),
    ("2026-08-01T13:51:42.823Z", "2026-08-01T13:51:42.823Z"),
    ("2026-08-01T13:51:43.123456789Z", "2026-08-01T13:51:43.123456Z"),
    ("2026-08-01T12:00:00", "2026-08-01T12:00:00Z"),
    ("Mon May 19 14:01:46 +0000 2025", "2025-05-19T14:01:46Z"),
    ("Thu, 01 Jan 04 19:48:21 EST", "2004-01-02T00:48:21Z"),
    ("20260801", "2026-08-01T00:00:00Z"),
]
BAD = [None, "", "abc", True, 0, -5, float("nan"), float("inf"), 10**40, "1" * 400, [], {}]
BAD += ["2026-13-45T00:00:00Z", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "٣٤"]


@pytest.mark.parametrize(("value", "expected"), FORMS)
def test_reads(value, expected):
    moment = parse_time(value)
    assert moment is not None
    assert iso_z(moment) == expected


@pytest.mark.parametrize("value", BAD)
def test_a_bad_time_is_none(value):
    assert parse_time(value) is None


@given(st.text() | st.integers() | st.floats() | st.binary())
def test_never_raises(value):
    moment = parse_time(value)
    assert moment is None or moment.utcoffset().total_seconds() == 0
