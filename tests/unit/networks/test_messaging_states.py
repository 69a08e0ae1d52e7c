"""WhatsApp's delivery states and account errors, as read from payloads."""

import json
from pathlib import Path
from typing import Any

from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.whatsapp.payloads import normalise

FIXTURES = Path(__file__).parents[1] / "networks_other" / "fixtures" / "whatsapp"


def read(**value: Any) -> Normalised:
    whole = {"metadata": {"phone_number_id": "555"}} | value
    change = {"field": "messages", "value": whole}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    return normalise(json.dumps(body).encode(), Account())


def state(status: str, **more: Any) -> dict[str, Any]:
    told = {"id": "wamid.1", "status": status, "timestamp": "1689380458", "recipient_id": "49"}
    return told | more


def test_a_read_mark() -> None:
    (receipt,) = normalise((FIXTURES / "status_read.json").read_bytes(), Account()).receipts
    assert (receipt.state, receipt.external_id) == ("read", "wamid.xyzxyz")
    assert (receipt.account_id, receipt.peer) == ("1122334455667", "972987654321")
    assert receipt.at is not None
    assert receipt.at.isoformat() == "2023-07-15T00:20:58+00:00"


def test_a_failure_says_why() -> None:
    (receipt,) = normalise((FIXTURES / "status_failed.json").read_bytes(), Account()).receipts
    assert (receipt.state, receipt.code) == ("failed", "whatsapp.undeliverable")
    assert receipt.reason == "130472 User's number is part of an experiment"


def test_our_key_comes_back() -> None:
    found = read(statuses=[state("delivered", biz_opaque_callback_data="key_1")])
    assert found.receipts[0].our_key == "key_1"


def test_every_state_has_its_meaning() -> None:
    names = ["sent", "delivered", "read", "played", "failed", "warning"]
    found = read(statuses=[state(name) for name in names])
    assert [one.state for one in found.receipts] == ["sent", "delivered", "read", "read", "failed"]
    assert found.ignored == {"status.warning": 1}
    assert found.receipts[-1].code is None


def test_a_broken_state_costs_no_good_one() -> None:
    found = read(
        statuses=[
            state("sent", id=None), 7, state("failed", errors=[{"code": "x"}]),
            state("failed", errors="x"), state(5), state("read"),
        ],
        messages=[{"id": "m", "from": "49", "type": "text", "text": {"body": "hi"}}],
    )  # fmt: skip
    assert [one.state for one in found.receipts] == ["failed", "failed", "read"]
    assert [item.text for item in found.items] == ["hi"]
    assert len(found.problems) == 3
    assert {one.account_id for one in found.problems} == {"555"}


def test_an_account_that_is_ours_no_more() -> None:
    assert read(errors=[{"code": 131031, "title": "Locked"}]).revoked == ["555"]
    assert read(errors=[{"code": 130429, "title": "Rate limit"}]).revoked == []
    assert read(errors=[{"code": 0}]).ignored == {"error": 1}
