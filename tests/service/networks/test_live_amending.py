"""Our own answers are changed at every network that can, twice without harm, and nobody else's are."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from contracts.networks.table import NETWORKS, rules
from runtime.clock import SystemClock
from sandbox.server import running
from sandbox.settings import Settings
from services.respond.networks import registry
from services.respond.networks.protocol import (
    Account,
    Amend,
    Amending,
    Done,
    Moderate,
    Publish,
    Sent,
    Target,
    Tools,
)
from tests.failure.stands import stands

AMENDED = sorted(one for one in NETWORKS if rules(one).can_amend)


def test_the_rules_and_the_writing_halves_say_the_same() -> None:
    client = httpx.AsyncClient()
    writers = registry.networks(Tools(client, client, SystemClock()))
    assert {name for name, one in writers.items() if isinstance(one, Amending)} == set(AMENDED)


@pytest.mark.parametrize("network", AMENDED)
async def test_an_own_answer_is_changed_and_deleted(network: str) -> None:
    settings = Settings(port=0, is_demo=False, is_traffic_on=False)
    async with (
        running(settings) as sandbox,
        httpx.AsyncClient(trust_env=False, timeout=10) as http,
        stands(sandbox) as stage,
    ):
        place = await stage.place(network, 1)
        (item,), grant = place.items, place.grant
        writer = registry.networks(Tools(http, http, SystemClock(), is_loopback_allowed=True))[
            network
        ]
        assert isinstance(writer, Amending)
        account = Account(grant.account_id, grant.base_url, grant.token, dict(grant.options))
        target = Target(
            item.external_id, item.kind, item.parent_external_id, item.author_handle,
            item.visibility, root_id=item.thread_root_id or item.external_id,
            author_id=item.author_id,
        )  # fmt: skip
        assert item.kind in rules(network).can_amend
        sent = await writer.publish(account, Publish(target, "At nine.", "key-1"))
        assert isinstance(sent, Sent), sent
        own = replace(target, external_id=sent.external_id)
        for _ in range(2):
            assert await writer.amend(account, Amend(own, "At ten.")) == Done()
        played = sandbox.world.account(network, grant.account_id)
        assert played is not None
        texts = [one.text for one in sandbox.world.items(network, played.id) if one.is_own]
        assert "At ten." in texts
        assert "At nine." not in texts
        assert len(sandbox.ledger.entries()) == (3 if network == "google_business" else 1)
        theirs = await writer.amend(account, Amend(target, "Not mine."))
        assert theirs != Done() or network == "google_business", theirs
        assert await writer.moderate(account, Moderate("delete", own, "key-2")) == Done()
