"""The database or the broker is away for a while in the middle of the day: late, but nothing lost or twice."""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from benchmarks.pipeline import Load
from tests.e2e.journey import PAGES, History, Journey, whole_rapport
from tests.failure.kills import Plan, settle, write_all

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
PLAN = Plan(messages=600, over_s=15.0, approvals=0)


def through(journey: Journey, outage: Callable[[], None]) -> History:
    """Write messages, let the outage happen in the middle, wait until all is settled."""
    writer = threading.Thread(target=write_all, args=(journey, PLAN))
    writer.start()
    time.sleep(PLAN.over_s / 4)
    outage()
    writer.join()
    settle(journey, PLAN)
    return journey.history()


def answer_one(journey: Journey) -> None:
    """Everything works again: one more message goes the whole way."""
    item = journey.comment(PAGES[0], text="Do you ship to Portugal?")

    def drafted() -> dict[str, object] | None:
        found = journey.shown(item["id"])
        return found if found and found["reply"]["state"] == "drafted" else None

    message = journey.until(drafted, within_s=60)
    assert journey.approve(message, "Yes, we do.").status_code == 200
    journey.until(
        lambda: [row for row in journey.ledger() if row["in_reply_to"] == item["id"]], within_s=60
    )


@pytest.mark.timeout(300)
def test_mongodb_killed_and_started_again(tmp_path: Path) -> None:
    with whole_rapport(tmp_path) as journey:
        mongod = journey.platform._mongod
        assert mongod is not None

        def outage() -> None:
            mongod.kill()
            time.sleep(5)
            mongod.start()

        history = through(journey, outage)
        assert history.is_clean, str(history)
        assert history.shown >= PLAN.messages
        answer_one(journey)


@pytest.mark.apache
@pytest.mark.timeout(300)
def test_kafka_killed_and_started_again(tmp_path: Path) -> None:
    with whole_rapport(tmp_path) as journey:
        broker = journey.platform._broker
        assert broker is not None
        refused: list[httpx.Response] = []

        def outage() -> None:
            broker.child.kill()
            time.sleep(3)
            refused.append(post_signed(journey))
            time.sleep(5)
            broker.start()

        history = through(journey, outage)
        assert refused[0].status_code == 503, "no false promise while the broker is away"
        assert int(refused[0].headers["retry-after"]) <= 2
        assert history.is_clean, str(history)
        assert history.shown >= PLAN.messages
        answer_one(journey)


def post_signed(journey: Journey) -> httpx.Response:
    """Send one webhook as Meta would."""
    platform = journey.platform
    load = Load(PAGES[0], platform.secrets.facebook_app_secret, platform.ports["ingest"], "out")
    body = load.body(1)
    digest = hmac.new(load.secret.encode(), body, hashlib.sha256).hexdigest()
    return httpx.post(
        f"{platform.url('ingest')}/webhooks/facebook",
        content=body,
        headers={"X-Hub-Signature-256": f"sha256={digest}"},
        timeout=20,
    )
