"""Every network that can be written to misbehaves, and publishers die: nothing doubled, lost or too early."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

import httpx
import pytest

from contracts.networks.table import NETWORKS
from runtime.crypto import new_key
from sandbox.misbehaviour import MisKind, Wish
from sandbox.server import running
from sandbox.settings import Settings
from tests.failure import publishing
from tests.failure.publisher_process import Orders, started
from tests.failure.publishing import Plan, Row, too_early
from tests.failure.stands import STANDS
from tests.service.respond.respond_world import CASA, make_respond

META = ("facebook", "messenger", "instagram")
BLIND = ("telegram", "whatsapp", "email")
"""Networks that show nobody what was sent: there a lost answer is a person's matter after 105 seconds."""
WAIT_S = 6.0


def test_no_network_is_left_out() -> None:
    written = {one for one in NETWORKS if find_spec(f"services.respond.networks.{one}")}
    assert written == set(STANDS)


def test_a_call_within_a_wait_is_noticed() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)

    def call(began_s: float, account: str = "1", wait_s: float | None = None) -> dict[str, object]:
        began = start + timedelta(seconds=began_s)
        return {
            "network": "x", "account": account, "operation": "publish", "began_at": began.isoformat(),
            "at": (began + timedelta(seconds=0.1)).isoformat(), "wait_s": wait_s,
        }  # fmt: skip

    limited, on_its_way, other = call(0, wait_s=3.0), call(0.2), call(1, account="2")
    assert too_early([limited, on_its_way, other, call(3.2)]) == []
    assert len(too_early([limited, call(1), call(3.0)])) == 2


async def test_answers_that_got_lost_are_applied_once_everywhere(
    mongo_url: str, database_prefix: str
) -> None:
    blind: set[tuple[str, MisKind]] = {(one, "apply_then_drop") for one in BLIND}
    slow: set[tuple[str, MisKind]] = {(one, "rate_limited") for one in META}
    plan = Plan(
        replies=2, kills=(), stops=(), timeout_s=15.0, within_s=130,
        shares={"apply_then_drop": 0.25, "rate_limited": 0.1},
        left_out=publishing.LEFT_OUT | blind | slow,
    )  # fmt: skip
    rows = await publishing.run(mongo_url, database_prefix, plan)
    assert_clean(rows)
    assert all(row.published == row.applied == 2 for row in rows.values())
    assert sum(row.found for row in rows.values()) > 0


@pytest.mark.slow
@pytest.mark.parametrize("network", ["mastodon", "bluesky", "x", "telegram", "webhook"])
async def test_a_wait_outlives_the_publisher_that_was_told_it(
    mongo_url: str, database_prefix: str, network: str
) -> None:
    key, settings = new_key(), Settings(port=0, is_demo=False, is_traffic_on=False)
    async with running(settings) as sandbox, httpx.AsyncClient(trust_env=False) as http:
        respond = await make_respond(mongo_url, database_prefix, http, key=key)
        await respond.brand(CASA)
        await publishing.prepare(respond, sandbox, Plan(networks=(network,), replies=8))
        (account,) = sandbox.world.accounts(network)
        rule = sandbox.misbehaviour.add(
            Wish(network=network, account=account.id, kind="rate_limited", count=1, retry_after_s=WAIT_S)
        )  # fmt: skip
        orders = Orders(mongo_url, database_prefix, key, 5.0)
        async with asyncio.timeout(100):
            async with started(orders, "/dev/null") as one:
                while not rule.struck:
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.5)
                one.send_signal(signal.SIGKILL)
            async with started(orders, "/dev/null") as one:
                await asyncio.sleep(WAIT_S / 3)
                one.send_signal(signal.SIGTERM)
                await one.wait()
            async with started(orders, "/dev/null"):
                await publishing.settled(respond, 1.0)
        calls = sandbox.journal.requests()
        assert too_early(calls) == []
        assert len(sandbox.ledger.entries()) == 8
        await respond.database.stop()


def assert_clean(rows: dict[str, Row]) -> None:
    assert all(row.is_clean for row in rows.values()), publishing.table(rows)
