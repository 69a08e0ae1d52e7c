"""Takes one answer a step further: claim, guard, look or send, settle. The loop is in publisher.py."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from contracts import ids
from contracts.networks.table import rules
from contracts.scope import AgencyScope
from runtime.clock import Clock
from runtime.crypto import Sealer
from runtime.errors import Invalid, Unavailable
from runtime.logs import get_logger
from services.respond import notices
from services.respond.domain import guard, publication
from services.respond.domain.publication import ABSENCES, Publication, State
from services.respond.metrics import RespondMetrics
from services.respond.networks.protocol import (
    Absent,
    Account,
    Backoff,
    Finding,
    Found,
    Gone,
    Network,
    Outcome,
    Permanent,
    Publish,
    Reauthorise,
    Retry,
    Search,
    Sent,
    Target,
    Unknown,
    Unreadable,
)
from services.respond.records import Connection, Context, Lost, Reply
from services.respond.store import Store
from services.respond.voices import Voices

T = TypeVar("T")
log = get_logger("respond.courier")
KNOWN_WITHIN = timedelta(minutes=10)
MISSING_WAIT_S = 5.0
PAUSED_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class _Ready:
    """Everything a call needs, checked."""

    reply: Reply
    connection: Connection
    network: Network
    account: Account
    target: Target
    text: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What the courier works with."""

    store: Store
    voices: Voices
    networks: Mapping[str, Network]
    sealer: Sealer
    clock: Clock
    metrics: RespondMetrics


class Courier:
    """Moves answers along their state machine, each step stored before the next begins."""

    def __init__(self, parts: Parts, timeout_s: float, told: Callable[[], None]) -> None:
        self._parts = parts
        self._store = parts.store
        self._clock = parts.clock
        self._metrics = parts.metrics
        self._timeout_s = timeout_s
        self._told = told
        self._looks: dict[str, asyncio.Lock] = {}

    async def take(self, reply: Reply) -> float | None:
        """Take one due answer a step further; return for how long its connection must rest, if at all."""
        claimed = publication.claim(reply.publication, self._clock.now())
        if reply.publication.state is State.SENDING:
            await self._interrupted(reply, claimed)
            return None
        if not await self._store.hold(reply.scope, reply, claimed):
            return None
        reply = replace(reply, publication=claimed)
        try:
            return await self._take_claimed(reply)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("publish.unexpected", reply_id=reply.reply_id, error=type(error).__name__)
            why = ("bug.unexpected", f"our mistake: {type(error).__name__}")
            # Changes nothing when a call had begun: then the lease ends and it is looked for.
            await self._advance(reply, publication.park(claimed, why))
            return None

    async def _take_claimed(self, reply: Reply) -> float | None:
        ready = await self._prepare(reply)
        if isinstance(ready, Publication):
            await self._advance(reply, self._instead(reply.publication, ready))
            return None
        if publication.needs_look(reply.publication):
            async with self._looks.setdefault(reply.target.connection_id, asyncio.Lock()):
                await self._look(ready)
            return None
        return await self._send(ready)

    async def _interrupted(self, reply: Reply, after: Publication) -> None:
        now = self._clock.now()
        events = notices.step_events(reply, after, now)
        if await self._store.interrupt(reply.scope, reply, after, events, now):
            log.warning("publish.interrupted", reply_id=reply.reply_id)
            self._told()

    def _instead(self, before: Publication, step: Publication) -> Publication:
        """A lost answer that cannot be looked for stays unknown, and is parked when that takes long."""
        if before.state is not State.UNKNOWN or step.state is not State.WAITING:
            return step
        why = (step.code or "", step.reason or "")
        return publication.cannot_look(before, self._clock.now(), why, jitter=0.5)

    # Guard

    async def _prepare(self, reply: Reply) -> _Ready | Publication:
        """Return what the call needs, or the step that is taken instead of it."""
        now, before = self._clock.now(), reply.publication
        scope = await self._store.everything()
        context, connection = await self._parts_of(scope, reply)
        if context is None or connection is None:
            return self._missing(before, context is None)
        if trip := guard.wrong_brand(reply, context, connection):
            self._metrics.guard_trips.inc()
            log.error("guard.wrong_brand", reply_id=reply.reply_id, why=trip)
            return publication.fail(before, ("guard.wrong_brand", trip))
        if not before.is_doubtful and (why := await self._why_not(reply, context)):
            code, _ = why
            end = publication.park if code == "automatic.stopped" else publication.fail
            return end(before, why)
        if connection.state == "removed":
            return publication.fail(before, ("connection.removed", "the account was removed"))
        if connection.state == "paused":
            why = ("connection.paused", "the account is paused")
            return publication.back_off(before, now, why, PAUSED_WAIT_S)
        return await self._ready(reply, context, connection)

    async def _parts_of(
        self, scope: AgencyScope, reply: Reply
    ) -> tuple[Context | None, Connection | None]:
        # Read across all brands on purpose: only so a reply that points at another brand is seen.
        contexts, connection = await asyncio.gather(
            self._store.contexts(scope, [reply.target.message_id]),
            self._store.connection(scope, reply.target.connection_id),
        )
        return contexts.get(reply.target.message_id), connection

    def _missing(self, before: Publication, is_message: bool) -> Publication:
        now = self._clock.now()
        code = "message.unknown" if is_message else "connection.unknown"
        why = (code, "it is not known here yet")
        if now - before.decided_at >= KNOWN_WITHIN:
            return publication.fail(before, (code, "it did not become known in ten minutes"))
        return publication.back_off(before, now, why, MISSING_WAIT_S)

    async def _why_not(self, reply: Reply, context: Context) -> tuple[str, str] | None:
        if context.is_deleted:
            return "message.deleted", "the author deleted what this answers"
        if not reply.text.strip():
            return "text.empty", "there is nothing to send"
        if reply.approved_by.kind == "policy":
            voices = await self._parts.voices.of(AgencyScope("*", frozenset({context.brand_id})))
            voice = voices.get(context.brand_id)
            if voice is None or voice.policy.is_automatic_stopped:
                return "automatic.stopped", "automatic answers were stopped for this brand"
        return None

    async def _ready(
        self, reply: Reply, context: Context, connection: Connection
    ) -> _Ready | Publication:
        now, before = self._clock.now(), reply.publication
        network = self._parts.networks.get(reply.target.network)
        if network is None:
            why = ("network.unsupported", f"cannot publish to {reply.target.network}")
            return publication.fail(before, why)
        account = self._account(connection)
        if not isinstance(account, Account):
            return publication.await_grant(before, now, account)
        target = Target(
            external_id=context.external_id,
            kind=context.kind,
            parent_external_id=context.parent_external_id,
            author_handle=context.author_handle,
            visibility=context.visibility,
            language=context.language,
        )
        text = network.text_for(target, reply.text)
        measure = rules(network.name).measure_for(target.kind)
        length = measure.length(text)
        if not measure.fits(text) and not before.is_doubtful:
            limit = await network.limit_of(account, target)
            if length > limit or measure.also is not None:
                why = ("text.too_long", f"{length} characters, the network takes {limit}")
                return publication.fail(before, why)
        return _Ready(reply, connection, network, account, target, text)

    def _account(self, connection: Connection) -> Account | tuple[str, str]:
        is_refused = connection.refused_revision == connection.revision
        if connection.state == "needs_reauthorisation" or is_refused or not connection.sealed_token:
            return "connection.reauthorise", "the account must be connected again"
        try:
            token = self._parts.sealer.open(
                connection.sealed_token,
                brand_id=connection.brand_id,
                about=connection.connection_id,
            )
        except Invalid as error:
            log.error("connection.token_unreadable", code=error.code, why=error.why)
            return "connection.token_unreadable", "the account's credentials cannot be opened"
        return Account(connection.account_id, connection.base_url, token)

    # Sending

    async def _send(self, ready: _Ready) -> float | None:
        reply = ready.reply
        now = self._clock.now()
        sending = publication.begin(reply.publication, ids.random_id("att"), now)
        target_ids = [ready.target.external_id, ready.target.parent_external_id]
        lost = Lost(ready.text, tuple(filter(None, target_ids)))
        if not await self._store.hold(reply.scope, reply, sending, lost):
            return None
        reply = replace(reply, publication=sending, lost=lost)
        request = Publish(ready.target, ready.text, ids.derive("key", reply.reply_id, ready.text))
        with self._metrics.call_seconds.labels(ready.network.name).time():
            outcome = await self._within(
                ready.network.publish(ready.account, request),
                Unknown("network.answer_lost", "the network did not answer in time"),
            )
        kind = type(outcome).__name__.lower()
        self._metrics.calls.labels(ready.network.name, kind).inc()
        log.info(
            "publish.called", reply_id=reply.reply_id, network=ready.network.name, outcome=kind,
            attempt=sending.attempts,
        )  # fmt: skip
        return await self._settle(replace(ready, reply=reply), outcome)

    async def _settle(self, ready: _Ready, outcome: Outcome) -> float | None:
        reply, now = ready.reply, self._clock.now()
        before = reply.publication
        if isinstance(outcome, Sent):
            how: publication.How = "found" if outcome.is_repeat else "sent"
            after = publication.publish(before, now, outcome.external_id, outcome.permalink, how)
            await self._keep_receipt(reply, after)
            return None
        why = (outcome.code, outcome.reason)
        if isinstance(outcome, Backoff):
            await self._advance(reply, publication.back_off(before, now, why, outcome.wait_s))
            return outcome.wait_s or publication.DEFAULT_BACKOFF_S
        if isinstance(outcome, Reauthorise):
            await self._store.refuse_grant(reply.scope, ready.connection)
            log.warning("connection.refused", connection_id=ready.connection.connection_id)
            why = ("connection.reauthorise", outcome.reason)
            await self._advance(reply, publication.await_grant(before, now, why))
        elif isinstance(outcome, Retry):
            after = publication.retry(
                before,
                now,
                why,
                is_doubtful=outcome.is_doubtful,
                jitter=random.random(),  # noqa: S311
            )
            await self._advance(reply, after)
        elif isinstance(outcome, Permanent):
            await self._advance(reply, publication.fail(before, why))
        else:
            await self._advance(reply, publication.lose(before, now, why))
        return None

    async def _keep_receipt(self, reply: Reply, after: Publication) -> None:
        """Store the network's id. Nothing else is done until that is safe."""
        wait_s = 0.1
        while True:
            now = self._clock.now()
            events = notices.step_events(reply, after, now)
            try:
                is_kept = await self._store.keep_receipt(reply.scope, reply, after, events, now)
                break
            except Unavailable as outage:
                log.warning("publish.receipt_waiting", reply_id=reply.reply_id, why=outage.why)
                await self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, 2.0)
        if not is_kept:
            self._metrics.second_receipts.inc()
            log.error("publish.second_receipt", reply_id=reply.reply_id)
            return
        self._count_end(after, reply.target.network)
        self._told()

    # Looking

    async def _look(self, ready: _Ready) -> None:
        reply = ready.reply
        finding = await self._find(ready)
        name = type(finding).__name__.lower()
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

    async def _find(self, ready: _Ready) -> Finding:
        reply = ready.reply
        sent_at = reply.publication.sent_at or reply.publication.decided_at
        lost = reply.lost or Lost(ready.text, (ready.target.external_id,))
        connection_id = ready.connection.connection_id
        taken = await self._store.taken(reply.scope, connection_id, sent_at)
        echoes = await self._store.own_echoes(reply.scope, connection_id, lost.text, sent_at)
        for external_id, parent in echoes:
            if parent in lost.target_ids and external_id not in taken:
                return Found(external_id)
        search = Search(ready.target, lost.text, sent_at, taken)
        return await self._within(
            ready.network.find(ready.account, search),
            Unreadable("network.answer_lost", "the network did not answer in time"),
        )

    def _needed(self, ready: _Ready) -> int:
        """One look is enough where a repeat under the same key gives the first answer anyway."""
        sent_at = ready.reply.publication.sent_at
        window = timedelta(seconds=ready.network.same_key_window_s)
        is_safe = sent_at is not None and self._clock.now() - sent_at < window
        return 1 if is_safe else ABSENCES

    # Storing

    async def _advance(self, reply: Reply, after: Publication) -> None:
        now = self._clock.now()
        events = notices.step_events(reply, after, now)
        is_stored = await self._store.advance(reply.scope, reply, after, events, now)
        if is_stored and after.due_at is None:
            self._count_end(after, reply.target.network)
        if is_stored and events:
            self._told()

    def _count_end(self, after: Publication, network: str) -> None:
        self._metrics.ends.labels(network, after.state.value).inc()

    async def _within(self, call: Awaitable[T], late: T) -> T:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except TimeoutError:
            return late
