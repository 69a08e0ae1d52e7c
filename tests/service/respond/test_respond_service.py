"""The whole service on a real broker and mongod, publishing to a sandbox: events in, events out."""

from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.connections import GrantRefused
from contracts.moderation import ModerationSettled
from contracts.replies import ReplyDrafted, ReplyPublished
from contracts.topics import (
    GRANT_REFUSED,
    MESSAGE_CLASSIFIED,
    MODERATION_SETTLED,
    REPLY_DRAFTED,
    REPLY_FAILED,
    REPLY_PUBLISHED,
)
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.service import Service
from sandbox.app import Sandbox
from services.respond.app import build
from services.respond.settings import Settings
from tests.service.respond.respond_bus import Reader, connection_event
from tests.service.respond.respond_world import (
    CASA,
    AtSandbox,
    approved,
    brand_of,
    classified,
    event_of,
    labels_of,
)
from tests.service.respond.test_respond_moderating import wish_of

pytestmark = pytest.mark.kafka


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    one = await build(settings)
    started = []
    try:
        for part in one._parts:
            await part.start()
            started.append(part)
        yield one
    finally:
        for part in reversed(started):
            await part.stop()


@pytest.mark.slow
async def test_from_a_message_to_the_receipt(
    settings: Settings, bus: Bus, reader: Reader, service: Service, sandbox: Sandbox
) -> None:
    account = next(a for a in sandbox.world.accounts("mastodon") if a.brand == "casa-verde")
    place = AtSandbox(sandbox, CASA, account)
    messages = [place.writes(number) for number in range(20)]
    asked = [classified(one, labels_of(), CASA).event for one in messages]
    # The messages come first: what they need is read by the other consumer meanwhile.
    await bus.send(asked)
    brand = brand_of(CASA)
    base_url = f"{sandbox.origin}/mastodon"
    await bus.send(
        [event_of(brand, CASA, CASA.brand_id, "1"), connection_event(place, settings, base_url)]
    )
    drafts = {
        event.read(ReplyDrafted).message_id: event.read(ReplyDrafted)
        for event in await reader.until(REPLY_DRAFTED, 20)
    }
    releases = [
        approved(one, CASA, drafts[one.message_id].drafts[0].text).event for one in messages
    ]
    await bus.send([*releases, *releases])
    receipts = [event.read(ReplyPublished) for event in await reader.until(REPLY_PUBLISHED, 20)]
    assert {receipt.external_id for receipt in receipts} == {e.id for e in sandbox.ledger.entries()}
    assert sandbox.ledger.duplicates() == []
    assert len(sandbox.ledger.entries()) == 20
    causes = {event.causationid for event in reader.of(REPLY_PUBLISHED)}
    assert causes == {event.id for event in releases}
    assert {event.agencyid for event in reader.events} == {CASA.agency_id}
    assert reader.of(REPLY_FAILED) == []
    with Admin(settings.bus) as admin:
        assert list(admin.dead_letters(MESSAGE_CLASSIFIED.dead_letters("respond"))) == []
        lags = admin.lags(["respond"])
    assert {lag.topic for lag in lags} >= {MESSAGE_CLASSIFIED.name}


async def test_health_and_metrics(settings: Settings, service: Service) -> None:
    server = next(part for part in service._parts if hasattr(part, "port"))
    service.is_started = True
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        ready = await http.get("/readyz")
        metrics = await http.get("/metrics")
    assert ready.status_code == 200, ready.text
    assert "rapport_respond_publish_calls" in metrics.text
    assert "rapport_respond_wrong_brand_guard_total 0.0" in metrics.text


@pytest.mark.slow
async def test_acts_and_refused_grants_over_the_bus(
    settings: Settings, bus: Bus, reader: Reader, service: Service, sandbox: Sandbox
) -> None:
    account = next(a for a in sandbox.world.accounts("facebook") if a.brand == "casa-verde")
    place = AtSandbox(sandbox, CASA, account)
    liked, answered = place.writes(1), place.writes(2)
    brand = event_of(brand_of(CASA), CASA, CASA.brand_id, "1")
    await bus.send([brand, connection_event(place, settings, f"{sandbox.origin}/graph")])
    await bus.send([classified(one, labels_of(), CASA).event for one in (liked, answered)])
    wish = wish_of(liked, "like").event
    await bus.send([wish, wish])
    (settled,) = await reader.until(MODERATION_SETTLED, 1)
    assert settled.read(ModerationSettled).state == "done"
    assert settled.causationid == wish.id
    sandbox.world.put_account(account.model_copy(update={"is_token_revoked": True}))
    await bus.send([approved(answered, CASA, "At nine.").event])
    (refused,) = await reader.until(GRANT_REFUSED, 1)
    payload = refused.read(GrantRefused)
    assert (payload.connection_id, payload.revision) == (answered.connection_id, 1)
    assert payload.code == "facebook.grant_invalid"
    assert len(reader.of(MODERATION_SETTLED)) == 1
