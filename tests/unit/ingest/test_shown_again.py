"""What was told as hidden and is read as plain later is shown again; a late repeat of the first shows nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.deliveries import DeliveryReceived
from contracts.messages import Item
from contracts.scope import BrandScope
from services.ingest.directory import Connection
from services.ingest.placing import Placed, is_shown_again

AT = datetime(2026, 1, 1, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)


def placed(network: str, channel: Any, at: datetime, action: Any) -> Placed:
    scope = BrandScope("agy_1", "brd_1")
    connection = Connection("con_1", scope, network, "1", None, "", "active", None, 1)
    delivery = DeliveryReceived(
        delivery_id="dlv_1", network=network, channel=channel, received_at=at, body=""
    )
    item = Item(network=network, external_id="2", kind="comment", action=action, raw={})
    return Placed(item, connection, delivery, None, "3")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("network", "channel", "at", "action", "expected"),
    [
        ("youtube", "poll", LATER, "created", True),
        ("youtube", "backfill", LATER, "edited", True),
        ("youtube", "poll", AT, "created", False),
        ("youtube", "poll", LATER, "hidden", False),
        ("facebook", "webhook", LATER, "created", False),
        ("mastodon", "poll", LATER, "created", False),
    ],
)
def test_only_a_later_reading_shows_again(
    network: str, channel: str, at: datetime, action: str, expected: bool
) -> None:
    one = placed(network, channel, at, action)
    assert is_shown_again(one, {"hidden_at": AT}) is expected
    assert not is_shown_again(one, {"hidden_at": None})
    assert not is_shown_again(one, {})
