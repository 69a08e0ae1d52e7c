"""Connecting by consent at the sandbox's networks, to the accounts' first item: pages, codes, tokens, webhooks."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from tests.e2e.journey import PAGES, Journey, whole_rapport

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
X_BRAND = "2244994945"


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with whole_rapport(tmp_path_factory.mktemp("rapport")) as journey:
        yield journey


def agreed(page: httpx.Response) -> httpx.Response:
    """Press the consent page's first button or link; return where it sends the person."""
    form = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', page.text, re.DOTALL)
    if form is None:
        link = re.search(r"href='([^']+)'", page.text)
        assert link is not None, page.text
        return httpx.get(urljoin(str(page.url), unescape(link[1])))
    hidden = re.findall(r'name="([^"]+)" value="([^"]*)"', form[2])
    told = {name: unescape(value) for name, value in hidden}
    return httpx.post(urljoin(str(page.url), form[1]), data=told)


def connected(journey: Journey, network: str, **values: str) -> list[str]:
    brand = journey.gateway.get("/brands").json()[0]["brand_id"]
    body = {"network": network, "values": values}
    begun = journey.gateway.post(f"/brands/{brand}/consents", json=body)
    assert begun.status_code == 201, begun.text
    back = agreed(httpx.get(begun.json()["authorize_url"])).headers["location"]
    assert back.startswith(f"{journey.platform.url('gateway')}/connect/callback?")
    seen = journey.gateway.get(back)
    assert seen.status_code == 303, seen.text
    request = f"/connection-requests/{seen.headers['location'].rpartition('/')[2]}"

    def settled() -> Any:
        told = journey.gateway.get(request).json()
        return told if told["state"] != "waiting" else None

    told = journey.until(settled)
    assert told["state"] == "done", told
    return list(told["accounts"])


def test_facebook_is_connected_by_its_consent_page(journey: Journey) -> None:
    assert len(connected(journey, "facebook")) >= len(PAGES)


def test_x_is_connected_and_its_webhooks_are_accepted(journey: Journey) -> None:
    account = {
        "network": "x", "id": X_BRAND, "brand": "casa-verde", "name": "Casa Verde",
        "handle": "casaverde", "token": "first",
    }  # fmt: skip
    journey.sandbox.post("/accounts", json=account).raise_for_status()
    assert len(connected(journey, "x", tier="basic")) == 1
    item = journey.emit(
        network="x", account=X_BRAND, kind="mention", text="@casaverde do you open on Sunday?"
    )
    journey.until(lambda: journey.shown(item["id"]))
    # The door's own count: polling would have brought it, too.
    port = journey.platform._services["ingest"].health_port
    counted = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert re.search(r'deliveries_total{network="x",outcome="accepted"} [1-9]', counted)
