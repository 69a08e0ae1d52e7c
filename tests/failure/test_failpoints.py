"""Respond is killed once at every named place of the publish path: whatever was cut off, the next one ends it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from contracts import ids
from contracts.messages import MessageReceived
from contracts.moderation import ModerationRequested
from contracts.topics import MODERATION_SETTLED, REPLY_PUBLISHED
from runtime.admin import Admin
from runtime.bus import Bus
from runtime.crypto import new_key
from runtime.failpoints import EXIT_CODE, armed, off
from runtime.settings import BusSettings
from runtime.stage import Received
from sandbox.app import Sandbox
from sandbox.misbehaviour import Wish
from sandbox.server import running
from sandbox.settings import Settings as SandboxSettings
from services.respond.domain.moderation import State as ActState
from services.respond.domain.publication import State
from services.respond.records import Reply
from tests.service.respond.respond_bus import Reader
from tests.service.respond.respond_world import (
    CASA,
    EVERYBODY,
    PERSON,
    SIGNER,
    AtSandbox,
    Respond,
    approved,
    classified,
    event_of,
    labels_of,
    make_respond,
)

ROOT = Path(__file__).parents[2]
POINTS = (
    "courier.due", "courier.claimed", "courier.prepared", "courier.sending",
    "courier.interrupting", "courier.interrupted", "courier.called",
    "courier.looking", "courier.looked", "courier.advancing", "courier.advanced",
    "courier.receipt", "courier.receipt_kept",
    "moderator.claimed", "moderator.prepared", "moderator.called", "moderator.advanced",
    "relay.found", "relay.sent", "relay.removed", "courier.resting", "courier.rests",
)  # fmt: skip
"""In this order each finds what it needs: a call cut off before it, or an account told to wait."""


def test_no_place_is_left_out() -> None:
    files = [ROOT / "runtime/outbox.py", *(ROOT / "services/respond").rglob("*.py")]
    named = {
        name
        for one in files
        for name in re.findall(r'(?:_reach|\.failpoint)\("([\w.]+)"\)', one.read_text())
    }
    assert named == set(POINTS)


def test_a_setting_counts_only_where_it_is_allowed() -> None:
    assert armed("", is_allowed=True) is off
    assert armed("courier.due:1", is_allowed=False) is off
    other = armed("courier.due:1", is_allowed=True)
    other("courier.claimed")
    for misshapen in ("courier.due", "courier.due:0", ":1"):
        with pytest.raises(ValueError):
            armed(misshapen, is_allowed=True)


@asynccontextmanager
async def started(
    environment: dict[str, str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        one = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.respond", stdout=output, stderr=output,
            env={**os.environ, **environment},
        )  # fmt: skip
    try:
        yield one
    finally:
        if one.returncode is None:
            one.kill()
            await one.wait()


class Work:
    """What each process is given: one answer to publish and one comment to hide."""

    def __init__(self, respond: Respond, place: AtSandbox) -> None:
        self._respond = respond
        self._place = place
        self.texts: dict[str, str] = {}

    async def add(self) -> None:
        number = len(self.texts)
        message = self._place.writes(number)
        text = f"At nine, ref{number:03d}."
        self.texts[ids.reply_id(message.message_id, 0)] = text
        await self._respond.classify(classified(message, labels_of(), CASA))
        await self._respond.handlers.on_reply_approved([approved(message, CASA, text)])
        await self._respond.moderating.on_moderation_requested([hiding(message)])

    async def let_doubts_be_due(self) -> None:
        """Nobody waits ten seconds for a second look here."""
        where = {
            "brand_id": {"$in": sorted(EVERYBODY.brand_ids)},
            "state": {"$in": ["unknown", "waiting"]}, "due_at": {"$exists": True},
        }  # fmt: skip
        past = datetime.now(UTC) - timedelta(seconds=60)
        await self._respond.store.replies.update_all(where, {"$set": {"due_at": past}})

    async def let_rests_end(self) -> None:
        """Facebook tells its wait in minutes; nobody waits for that here either."""
        rests = self._respond.database.brand_collection("rests")
        past = datetime.now(UTC) - timedelta(seconds=60)
        await rests.update_all({"brand_id": CASA.brand_id}, {"$set": {"until": past}})

    async def is_over(self) -> bool:
        replies = await self._respond.replies()
        acts = await self._respond.store.moderations.acts.find({"brand_id": CASA.brand_id})
        is_told = not await self._respond.told() and not await self._respond.told_of_acts()
        is_open = any(one.publication.due_at is not None for one in replies)
        return is_told and not is_open and all("due_at" not in one for one in acts)


def hiding(message: MessageReceived) -> Received[ModerationRequested]:
    payload = ModerationRequested(
        moderation_id=ids.moderation_id(message.message_id, "hide", "req_1"),
        brand_id=CASA.brand_id, connection_id=message.connection_id, network=message.network,
        message_id=message.message_id, thread_id=message.thread_id, act="hide",
        external_id=message.external_id, kind=message.kind, author_id=message.author_id,
        reason="an advertisement", requested_by=PERSON, requested_at=datetime.now(UTC),
    )  # fmt: skip
    return Received(event_of(payload, CASA, payload.moderation_id), payload)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_killed_at_every_place_it_ends_the_same(
    mongo_url: str, bus_url: str, bus_kind: str, database_prefix: str, topic_prefix: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    bus_settings = BusSettings(
        url=bus_url, topic_prefix=topic_prefix, is_idempotent=bus_kind == "apache"
    )
    with Admin(bus_settings) as admin:
        admin.ensure_topics()
    key, log = new_key(), tmp_path / "respond.log"
    environment = {
        "SEAL_KEYS": key, "RESPOND_APPROVAL_KEYS": SIGNER.public_key, "BUS_URL": bus_url, "BUS_TOPIC_PREFIX": topic_prefix,
        "BUS_IS_IDEMPOTENT": str(bus_settings.is_idempotent), "MONGO_URL": mongo_url,
        "MONGO_DATABASE_PREFIX": f"{database_prefix}_", "NO_PROXY": "127.0.0.1",
        "NET_IS_LOOPBACK_ALLOWED": "true", "RESPOND_FAILPOINTS_ARE_ON": "true",
        "RESPOND_PUBLISH_POLL_S": "0.1",
    }  # fmt: skip
    bus = Bus(bus_settings, "test")
    await bus.start()
    reader = Reader(bus)
    reading = asyncio.create_task(reader.run())
    settings = SandboxSettings(port=0, is_traffic_on=False, backlog=0, facebook_callback=None)
    async with running(settings) as sandbox, httpx.AsyncClient(trust_env=False) as http:
        respond = await make_respond(mongo_url, database_prefix, http, key=key)
        await respond.brand(CASA)
        place = await AtSandbox.connect(respond, sandbox, CASA, "facebook", "casa-verde")
        work = Work(respond, place)
        for point in POINTS:
            await _killed_at(point, respond, work, sandbox, environment, log)
        await respond.make_due()
        await work.let_rests_end()
        async with started(environment, log), asyncio.timeout(60):
            while not await work.is_over():
                await work.let_doubts_be_due()
                await asyncio.sleep(0.2)
        await reader.until(REPLY_PUBLISHED, len(work.texts))
        _check(sandbox, await respond.replies(), work, reader)
        found = await respond.store.moderations.acts.find({"brand_id": CASA.brand_id})
        assert {one["state"] for one in found} == {ActState.DONE.value}
        await respond.database.stop()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await bus.stop()


async def _killed_at(
    point: str, respond: Respond, work: Work, sandbox: Sandbox, environment: dict[str, str],
    log: Path,
) -> None:  # fmt: skip
    sandbox.misbehaviour.remove()
    if point in ("courier.resting", "courier.rests"):
        sandbox.misbehaviour.add(Wish(kind="rate_limited", count=1, retry_after_s=1.0))
    await work.add()
    await respond.make_due()
    environment = {**environment, "RESPOND_FAILPOINT": f"{point}:1"}
    async with started(environment, log) as one, asyncio.timeout(30):
        while one.returncode is None:
            await work.let_doubts_be_due()
            await asyncio.wait([asyncio.create_task(one.wait())], timeout=0.5)
    assert one.returncode == EXIT_CODE, (point, one.returncode, log.read_text()[-2000:])


def _check(sandbox: Sandbox, replies: Sequence[Reply], work: Work, reader: Reader) -> None:
    """Every answer stands there once, is told once, and both name the same item."""
    standing = {entry.text: entry.id for entry in sandbox.ledger.entries()}
    assert len(sandbox.ledger.entries()) == len(standing) == len(work.texts)
    by_id = {one.reply_id: one for one in replies}
    for reply_id, text in work.texts.items():
        assert by_id[reply_id].publication.state is State.PUBLISHED
        assert by_id[reply_id].publication.external_id == standing[text]
    told = {event.id: event.data["external_id"] for event in reader.of(REPLY_PUBLISHED)}
    assert sorted(told.values()) == sorted(standing.values())
    acts = {event.id: event.data["state"] for event in reader.of(MODERATION_SETTLED)}
    assert list(acts.values()) == ["done"] * len(work.texts)
