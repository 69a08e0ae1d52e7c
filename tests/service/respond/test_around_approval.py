"""Every way around approval that we could think of, on a real broker and mongod: none reaches the network.

The sandbox's ledger is the truth about what was applied. Out of scope: a forged message.classified,
because what people write is not signed by anybody (docs/approval.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.brands import ApprovalRule, BrandChanged, NeverSay, Policy, WordingRules
from contracts.envelope import Event
from contracts.messages import MessageReceived
from contracts.replies import ReplyApproved
from contracts.topics import REPLY_APPROVED, REPLY_PUBLISHED
from runtime.bus import Bus
from runtime.mongo import Database
from runtime.service import Service
from sandbox.app import Sandbox
from services.respond.app import build
from services.respond.domain.publication import State
from services.respond.settings import Settings
from services.respond.store import Store
from tests.service.respond import around
from tests.service.respond.respond_bus import Reader, connection_event
from tests.service.respond.respond_world import (
    CASA,
    EVERYBODY,
    NORD,
    POLICY,
    AtSandbox,
    brand_of,
    classified,
    event_of,
    labels_of,
    signed,
)

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
ENDS = {State.FAILED, State.PARKED, State.REJECTED, State.PUBLISHED}
WAITING_FOR_EVER = {
    "approval.brand_behind", "approval.message_behind", "connection.unknown", "message.unknown",
}  # fmt: skip
CONTROLS = 3


def strict() -> BrandChanged:
    """A brand that asks for an approver and the client's approver, and has words it never says."""
    rule = ApprovalRule(name="two", needs=["approver", "client_approver"])
    wording = WordingRules(never_say=[NeverSay(terms=["cheap"])], allowed_links=["casa.example"])
    policy = Policy(approvals=[rule], fallback="holding")
    update = {"policy": policy, "wording": wording}
    return brand_of(CASA, around.REVISION).model_copy(update=update)


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


class Attack:
    """One brand at the sandbox, and a message of its own for every way."""

    def __init__(self, settings: Settings, bus: Bus, place: AtSandbox) -> None:
        self.settings = settings
        self.bus = bus
        self.place = place
        self.database = Database(settings.mongo, "respond")
        self.store = Store(self.database)
        self.messages: dict[str, MessageReceived] = {}

    async def set_up(self, names: list[str]) -> None:
        brands = [(strict(), CASA), (brand_of(NORD), NORD)]
        events = [event_of(one, scope, one.brand_id, str(one.revision)) for one, scope in brands]
        events.append(
            connection_event(self.place, self.settings, f"{self.place.sandbox.origin}/graph")
        )
        await self.bus.send(events)
        self.messages = {name: self.place.writes(at) for at, name in enumerate(names)}
        await self.bus.send(
            [classified(m, labels_of(), CASA).event for m in self.messages.values()]
        )
        ids = [one.message_id for one in self.messages.values()]
        async with asyncio.timeout(60):
            while len(await self.store.contexts(EVERYBODY, ids)) < len(ids):
                await asyncio.sleep(0.1)

    async def document(self, name: str, slot: int = 0) -> dict[str, Any] | None:
        where = {"brand_id": CASA.brand_id, "message_id": self.messages[name].message_id}
        return await self.store.replies.find_one({**where, "slot": slot})

    async def until_stored(self, names: list[str]) -> None:
        async with asyncio.timeout(60):
            for name in names:
                while await self.document(name) is None:
                    await asyncio.sleep(0.05)

    async def until_published(self, reader: Reader, count: int) -> None:
        await reader.until(REPLY_PUBLISHED, count, within_s=60)

    async def until_quiet(self) -> None:
        """Return when everything was read, and every answer has ended or waits for what never comes."""
        async with asyncio.timeout(120):
            while await self.open_answers() or await asyncio.to_thread(self.lag):
                await asyncio.sleep(0.3)

    def lag(self) -> int:
        from runtime.admin import Admin

        with Admin(self.settings.bus) as admin:
            return sum(lag.messages for lag in admin.lags(["respond"]))

    async def open_answers(self) -> int:
        soon = datetime.now(UTC) + timedelta(minutes=30)
        brands = {"$in": [*sorted(EVERYBODY.brand_ids), "brd_evil"]}
        found = await self.store.replies.find({"brand_id": brands, "due_at": {"$lte": soon}})
        return sum(one.get("code") not in WAITING_FOR_EVER for one in found)


async def control(attack: Attack, reader: Reader, names: list[str]) -> None:
    """Whole approvals leave: the test would see one that got through."""
    for name in names:
        await attack.bus.send(around.told(signed(around.plain(attack.messages[name]))))
    await attack.until_published(reader, len(names))


async def test_no_way_around_approval_reaches_the_network(
    settings: Settings, bus: Bus, reader: Reader, service: Service, sandbox: Sandbox
) -> None:
    account = next(a for a in sandbox.world.accounts("facebook") if a.brand == "casa-verde")
    attack = Attack(settings, bus, AtSandbox(sandbox, CASA, account))
    controls = [f"control {n}" for n in range(CONTROLS)]
    ways = [*around.ON_THE_BUS, *around.IN_THE_DATABASE, *INSERTED]
    assert len(ways) >= 60
    await attack.set_up([*controls, *ways])
    await control(attack, reader, controls)
    for name, before in around.FIRST.items():
        await bus.send(before(attack.messages[name]))
    await attack.until_stored(list(around.FIRST))
    for name, way in around.ON_THE_BUS.items():
        events = way(attack.messages[name])
        await bus.send([*events, *events])
    await spoil_stored(attack)
    await insert_by_hand(attack, controls[0])
    await replay(attack, controls)
    await attack.until_quiet()
    await asyncio.sleep(2)
    through = {entry.text for entry in sandbox.ledger.entries()[CONTROLS:]}
    assert len(sandbox.ledger.entries()) == CONTROLS, through
    assert sandbox.ledger.duplicates() == []
    assert len({event.id for event in reader.of(REPLY_PUBLISHED)}) == CONTROLS
    print(f"\n{len(ways)} ways around approval tried, 0 published")  # noqa: T201
    await attack.database.stop()


async def spoil_stored(attack: Attack) -> None:
    """Change answers that wait for their time, and have them sent now."""
    later = datetime.now(UTC) + timedelta(hours=2)
    names = list(around.IN_THE_DATABASE)
    for name in names:
        payload = around.plain(attack.messages[name], send_at=later)
        await attack.bus.send(around.told(signed(payload)))
    await attack.until_stored(names)
    for name, spoilt in around.IN_THE_DATABASE.items():
        found = await attack.document(name)
        assert found is not None
        where = {"_id": found["_id"], "brand_id": CASA.brand_id}
        update: dict[str, Any] = {"$set": spoilt.set | {"due_at": datetime.now(UTC)}}
        if spoilt.unset:
            update["$unset"] = dict.fromkeys(spoilt.unset, "")
        assert (await attack.store.replies.update(where, update)).matched == 1


INSERTED = (
    "inserted: without approval",
    "inserted: a published answer in another slot",
    "inserted: a published answer at another message",
    "inserted: by the policy, with a stamp of another key",
)


async def insert_by_hand(attack: Attack, control_name: str) -> None:
    """Put answers into the database that respond never took in."""
    published = await attack.document(control_name)
    assert published is not None
    gone = {
        "published_at",
        "external_id",
        "permalink",
        "how",
        "attempt_id",
        "lost",
        "sent_key",
        "sent_at",
    }
    whole = {name: value for name, value in published.items() if name not in gone}
    fresh = {"state": "approved", "due_at": datetime.now(UTC), "attempts": 0, "is_doubtful": False}
    (stolen,) = around.stamped(attack.messages[INSERTED[3]])
    thief = stolen.read(ReplyApproved).model_dump(mode="json")
    changes: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"message_id": attack.messages[INSERTED[0]].message_id}, ("approval",)),
        ({"slot": 7}, ()),
        ({"message_id": attack.messages[INSERTED[2]].message_id}, ()),
        (
            {
                "message_id": attack.messages[INSERTED[3]].message_id, "approval": thief,
                "approved_by": POLICY.model_dump(), "disclosure": around.TEXT,
            },
            (),
        ),
    ]  # fmt: skip
    for at, (change, without) in enumerate(changes):
        document = {
            **whole,
            **fresh,
            **change,
            "_id": f"rpl_by_hand_{at}",
            "slot": change.get("slot", 0),
        }
        for name in without:
            document.pop(name)
        assert not await attack.store.replies.insert_many([document])


async def replay(attack: Attack, names: list[str]) -> None:
    """Send what was published again, in another order and as a newer decision."""
    for name in reversed(names):
        found = await attack.document(name)
        assert found is not None
        payload = found["approval"]
        event = event_of(signed(around.plain(attack.messages[name])), CASA, found["_id"], "again")
        await attack.bus.send([event.model_copy(update={"data": payload}), event, event])


def test_the_ways_are_told_apart() -> None:
    names = [*around.ON_THE_BUS, *around.IN_THE_DATABASE, *INSERTED]
    assert len(set(names)) == len(names) >= 60
    assert REPLY_APPROVED.producers == ("gateway",)
    assert isinstance(around.told(signed(around.plain(_any())))[0], Event)


def _any() -> MessageReceived:
    from tests.service.respond.respond_world import message_of

    return message_of(CASA, "100_1")
