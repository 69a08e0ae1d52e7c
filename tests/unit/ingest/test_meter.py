"""What is left of a connection's calls, where its network counts each place apart."""

from contracts.connections import Quota
from runtime.clock import SystemClock
from services.ingest.meter import QuotaMeter


def test_the_least_of_a_connections_places_is_told() -> None:
    meter = QuotaMeter(SystemClock())
    assert meter.quota("con_1") is None
    meter.note("con_1", Quota(remaining=90, limit=100))
    meter.note("con_1#messages", Quota(remaining=3, limit=15))
    meter.note("con_10", Quota(remaining=1, limit=15))
    assert meter.quota("con_1") == Quota(remaining=3, limit=15)
    meter.note("con_1#messages", Quota(remaining=95, limit=100))
    assert meter.quota("con_1") == Quota(remaining=90, limit=100)
