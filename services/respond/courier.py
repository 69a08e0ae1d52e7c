"""Takes one answer a step further: claim, guard, look or send, settle. The loop is in publisher.py."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from contracts import ids
from contracts.scope import Scope
from runtime.errors import Unavailable
from runtime.logs import get_logger
from services.respond import amending, notices
from services.respond.domain import publication, receipts
from services.respond.domain.publication import ABSENCES, Publication, State
from services.respond.networks import pauses
from services.respond.networks.protocol import (
    Absent,
    Backoff,
    Failure,
    Finding,
    Found,
    Gone,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Unknown,
    Unreadable,
    rest_of,
)
from services.respond.preparing import Parts, Preparer, Ready
from services.respond.publisher import Job
from services.respond.records import Lost, Reply

T = TypeVar("T")
log = get_logger("respond.courier")


class Courier:
    """Moves answers along their state machine, each step stored before the next begins."""

    def __init__(self, parts: Parts, timeout_s: float, told: Callable[[], None]) -> None:
        self._preparer = Preparer(parts)
        self._permits = parts.permits
        self._store = parts.store
        self._accounts = parts.accounts
        self._rests = parts.rests
        self._clock = parts.clock
        self._metrics = parts.metrics
        self._reach = parts.failpoint
        self._timeout_s = timeout_s
        self._told = told
        self._looks: dict[str, asyncio.Lock] = {}

    async def due(self, scope: Scope, limit: int, busy: Collection[str]) -> list[Job]:
        """Return the answers that are due, oldest first, leaving out busy connections."""
        found = await self._store.due(scope, self._clock.now(), limit, busy)
        return [
            Job(
                reply.reply_id,
                reply.target.brand_id,
                reply.target.connection_id,
                partial(self.take, reply),
            )
            for reply in found
        ]

    async def take(self, reply: Reply) -> None:
        """Take one due answer a step further."""
        self._reach("courier.due")
        claimed = publication.claim(reply.publication, self._clock.now())
        if reply.publication.state is State.SENDING:
            await self._interrupted(reply, claimed)
            return
        if not await self._store.hold(reply.scope, reply, claimed):
            return
        self._reach("courier.claimed")
        reply = replace(reply, publication=claimed)
        try:
            await self._take_claimed(reply)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("publish.unexpected", reply_id=reply.reply_id, error=type(error).__name__)
            why = ("bug.unexpected", f"our mistake: {type(error).__name__}")
            # Changes nothing when a call had begun: then the lease ends and it is looked for.
            await self._advance(reply, publication.park(claimed, why))

    async def _take_claimed(self, reply: Reply) -> None:
        ready = await self._preparer.prepare(reply)
        self._reach("courier.prepared")
        if isinstance(ready, Publication):
            await self._advance(reply, self._instead(reply.publication, ready))
        elif publication.needs_look(reply.publication) and reply.replaces is not None:
            # The same text put there twice stands there once: nothing need be looked for.
            again = publication.miss(reply.publication, self._clock.now(), needed=1)
            await self._advance(reply, again)
        elif publication.needs_look(reply.publication):
            async with self._looks.setdefault(reply.target.connection_id, asyncio.Lock()):
                if not await self._is_resting(reply):
                    await self._look(ready)
        elif not await self._is_resting(reply):
            await self._send(ready)

    async def _is_resting(self, reply: Reply) -> bool:
        """Put the answer off when its account was told to wait since it was looked up."""
        until = self._rests.until(reply.target.connection_id)
        if until is not None:
            await self._advance(
                reply, publication.rest(reply.publication, self._clock.now(), until)
            )
        return until is not None

    async def _interrupted(self, reply: Reply, after: Publication) -> None:
        now = self._clock.now()
        events = notices.step_events(reply, after, now)
        self._reach("courier.interrupting")
        if await self._store.interrupt(reply.scope, reply, after, events, now):
            self._reach("courier.interrupted")
            log.warning("publish.interrupted", reply_id=reply.reply_id)
            self._told()

    def _instead(self, before: Publication, step: Publication) -> Publication:
        """A lost answer that cannot be looked for stays unknown, and is parked when that takes long."""
        if before.state is not State.UNKNOWN or step.state is not State.WAITING:
            return step
        why = (step.code or "", step.reason or "")
        return publication.cannot_look(before, self._clock.now(), why, jitter=0.5)

    # Sending

    async def _send(self, ready: Ready) -> None:
        reply = ready.reply
        if why := self._permits.breach(reply):
            await self._advance(reply, publication.fail(reply.publication, why))
            return
        now = self._clock.now()
        sending = publication.begin(reply.publication, ids.random_id("att"), now)
        target_ids = [ready.target.external_id, ready.target.parent_external_id]
        key = ids.derive("key", reply.reply_id, ready.text)
        lost = Lost(ready.text, tuple(filter(None, target_ids)), key, ready.is_private)
        if not await self._store.hold(reply.scope, reply, sending, lost):
            await self._end_recalled(reply)
            return
        self._reach("courier.sending")
        reply = replace(reply, publication=sending, lost=lost)
        until = self._rests.until(reply.target.connection_id)
        if until is not None:
            # Another call was told to wait while this one was being noted.
            await self._advance(reply, publication.withhold(sending, until))
            return
        with self._metrics.call_seconds.labels(ready.network.name).time():
            outcome = await self._within(
                reply.target.connection_id,
                self._call(replace(ready, reply=reply), key),
                Unknown("network.answer_lost", "the network did not answer in time"),
            )
        self._reach("courier.called")
        kind = type(outcome).__name__.lower()
        self._metrics.calls.labels(ready.network.name, kind).inc()
        log.info(
            "publish.called", reply_id=reply.reply_id, network=ready.network.name, outcome=kind,
            attempt=sending.attempts,
        )  # fmt: skip
        await self._settle(replace(ready, reply=reply), outcome)

    async def _call(self, ready: Ready, key: str) -> Outcome:
        reply = ready.reply
        if reply.replaces is not None:
            amend = (reply.replaces, ready.text)
            return await amending.change(ready.network, ready.account, ready.target, amend)
        request = Publish(
            ready.target, ready.text, key, ready.is_private,
            reply.approved_by.kind == "person", ready.is_in_window,
        )  # fmt: skip
        return await ready.network.publish(ready.account, request)

    async def _end_recalled(self, reply: Reply) -> None:
        """End what a person took back at the moment when it was about to leave."""
        stored = await self._store.reply(reply.scope, reply.reply_id)
        if (
            stored is None
            or not stored.is_recalled
            or stored.publication.state is not State.CLAIMED
        ):
            return
        at = stored.recalled_at or stored.publication.decided_at
        why = ("reply.recalled", "a person took it back")
        await self._advance(stored, publication.reject(stored.publication, at, why))

    async def _settle(self, ready: Ready, outcome: Outcome) -> None:
        reply, now = ready.reply, self._clock.now()
        before = reply.publication
        if isinstance(outcome, Sent):
            how: publication.How = "found" if outcome.is_repeat else "sent"
            after = publication.publish(before, now, outcome.external_id, outcome.permalink, how)
            await self._keep_receipt(reply, after)
            return
        why = (outcome.code, outcome.reason)
        if isinstance(outcome, Backoff):
            rest_s = rest_of(outcome)
            if not outcome.is_narrow:
                self._reach("courier.resting")
                await self._rests.begin(reply.scope, reply.target.connection_id, rest_s)
                self._reach("courier.rests")
            step = publication.back_off(before, now, why, rest_s, is_quiet=outcome.is_narrow)
            await self._advance(reply, step)
        elif isinstance(outcome, Reauthorise):
            await self._accounts.refuse(reply.scope, ready.connection, why)
            told = ("connection.reauthorise", outcome.reason)
            await self._advance(reply, publication.await_grant(before, now, told))
        elif (until := self._held_until(reply, outcome)) is not None:
            await self._advance(reply, publication.withhold(before, until))
        else:
            await self._advance(reply, _after_failure(before, now, outcome))

    def _held_until(self, reply: Reply, outcome: Failure) -> datetime | None:
        """Return until when it waits, when nothing was written because the account was told to wait."""
        is_harmless = isinstance(outcome, Retry) and not outcome.is_doubtful
        return self._rests.until(reply.target.connection_id) if is_harmless else None

    async def _keep_receipt(self, reply: Reply, after: Publication) -> None:
        """Store the network's id. Nothing else is done until that is safe."""
        wait_s = 0.1
        while True:
            now = self._clock.now()
            events = notices.step_events(reply, after, now)
            self._reach("courier.receipt")
            try:
                is_kept = await self._store.keep_receipt(reply.scope, reply, after, events, now)
                break
            except Unavailable as outage:
                log.warning("publish.receipt_waiting", reply_id=reply.reply_id, why=outage.why)
                await self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, 2.0)
        self._reach("courier.receipt_kept")
        if is_kept:
            self._count_end(after, reply.target.network)
            self._told()
            await self._hear_early(replace(reply, publication=after))
        elif not await self._is_settled_as(reply, after):
            self._metrics.second_receipts.inc()
            log.error("publish.second_receipt", reply_id=reply.reply_id)

    async def _is_settled_as(self, reply: Reply, after: Publication) -> bool:
        """Say whether the network's own notice of this very answer was faster than its answer."""
        stored = await self._store.reply(reply.scope, reply.reply_id)
        return stored is not None and stored.publication.external_id == after.external_id

    async def _hear_early(self, reply: Reply) -> None:
        """End the answer when the notice that it could not be delivered was faster than its id."""
        external_id = reply.publication.external_id
        if external_id is None:
            return
        receipt = await self._store.undelivered.of(
            reply.scope, reply.target.connection_id, external_id
        )
        after = receipts.hear(reply.publication, receipt, self._clock.now()) if receipt else None
        if after is not None:
            await self._advance(reply, after)

    # Looking

    async def _look(self, ready: Ready) -> None:
        reply = ready.reply
        self._reach("courier.looking")
        finding = await self._find(ready)
        self._reach("courier.looked")
        name = type(finding).__name__.lower()
        if isinstance(finding, Unreadable):
            await self._heed(ready, finding)
        self._metrics.looks.labels(ready.network.name, name).inc()
        log.info("publish.looked", reply_id=reply.reply_id, finding=name)
        now, before = self._clock.now(), reply.publication
        if isinstance(finding, Found):
            after = publication.publish(
                before, now, finding.external_id, finding.permalink, "found"
            )
        elif isinstance(finding, Absent):
            after = publication.miss(before, now, needed=self._needed(ready))
        elif isinstance(finding, Gone):
            why = ("message.deleted", "what this answers is no longer at the network")
            after = publication.fail(before, why)
        else:
            why = (finding.code, finding.reason)
            after = publication.cannot_look(before, now, why, jitter=random.random())  # noqa: S311
        await self._advance(reply, after)
        if after.state is State.PUBLISHED:
            await self._hear_early(replace(reply, publication=after))

    async def _heed(self, ready: Ready, finding: Unreadable) -> None:
        """Obey what the network said besides that it could not be read."""
        reply = ready.reply
        if finding.wait_s is not None:
            await self._rests.begin(reply.scope, reply.target.connection_id, finding.wait_s)
        if finding.is_refused:
            why = (finding.code, finding.reason)
            await self._accounts.refuse(reply.scope, ready.connection, why)

    async def _find(self, ready: Ready) -> Finding:
        reply = ready.reply
        sent_at = reply.publication.sent_at or reply.publication.decided_at
        lost = reply.lost or Lost(ready.text, (ready.target.external_id,))
        connection_id = ready.connection.connection_id
        taken = await self._store.taken(reply.scope, connection_id, sent_at)
        echoes = await self._store.own_echoes(reply.scope, connection_id, lost.text, sent_at)
        for echo in echoes:
            if echo.is_of(reply) and echo.external_id not in taken:
                return Found(echo.external_id)
        search = Search(ready.target, lost.text, sent_at, taken, lost.key, lost.is_private)
        return await self._within(
            connection_id,
            ready.network.find(ready.account, search),
            Unreadable("network.answer_lost", "the network did not answer in time"),
        )

    def _needed(self, ready: Ready) -> int:
        """One look is enough where a repeat under the same key gives the first answer anyway."""
        sent_at = ready.reply.publication.sent_at
        window = timedelta(seconds=ready.network.same_key_window_s)
        is_safe = sent_at is not None and self._clock.now() - sent_at < window
        return 1 if is_safe else ABSENCES

    # Storing

    async def _advance(self, reply: Reply, after: Publication) -> None:
        now = self._clock.now()
        events = notices.step_events(reply, after, now)
        self._reach("courier.advancing")
        is_stored = await self._store.advance(reply.scope, reply, after, events, now)
        self._reach("courier.advanced")
        if is_stored and after.due_at is None:
            self._count_end(after, reply.target.network)
        if is_stored and events:
            self._told()

    def _count_end(self, after: Publication, network: str) -> None:
        self._metrics.ends.labels(network, after.state.value).inc()

    async def _within(self, connection_id: str, call: Awaitable[T], late: T) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                with pauses.watching(lambda: self._rests.until(connection_id) is not None):
                    return await call
        except TimeoutError:
            return late


def _after_failure(before: Publication, now: datetime, outcome: Failure) -> Publication:
    why = (outcome.code, outcome.reason)
    if isinstance(outcome, Permanent):
        return publication.fail(before, why)
    if isinstance(outcome, Retry):
        jitter = random.random()  # noqa: S311
        return publication.retry(
            before, now, why, is_doubtful=outcome.is_doubtful, jitter=jitter, told_s=outcome.wait_s
        )
    return publication.lose(before, now, why)
