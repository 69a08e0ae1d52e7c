"""Takes one act a step further: claim, check, call, settle. A repeat is harmless, so nothing is looked for."""

import asyncio
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from contracts.messages import Kind
from contracts.moderation import Act
from contracts.scope import Scope
from runtime.errors import Unavailable
from runtime.logs import get_logger
from services.respond.accounts import PAUSED, REMOVED
from services.respond.domain import guard
from services.respond.domain import moderation as life
from services.respond.domain.moderation import Progress, State
from services.respond.moderation.records import Moderation, settled_events
from services.respond.networks.protocol import (
    Account,
    Backoff,
    Done,
    Moderate,
    Moderated,
    Network,
    Permanent,
    Reauthorise,
    Target,
    Unknown,
    rest_of,
)
from services.respond.preparing import KNOWN_WITHIN, MISSING_WAIT_S, PAUSED_WAIT_S, Parts, rules_of
from services.respond.publisher import Job
from services.respond.records import Connection, Context

log = get_logger("respond.moderator")
_TURN_WAIT = timedelta(seconds=1)
_GONE = frozenset({"target_gone", "gone", "not_found"})


@dataclass(frozen=True, slots=True)
class _Ready:
    """Everything a call needs, checked."""

    connection: Connection
    network: Network
    account: Account
    target: Target


class Moderator:
    """Does acts at networks, each step stored before the next begins."""

    def __init__(self, parts: Parts, timeout_s: float, told: Callable[[], None]) -> None:
        self._parts = parts
        self._store = parts.store.moderations
        self._clock = parts.clock
        self._timeout_s = timeout_s
        self._reach = parts.failpoint
        self._told = told

    async def due(self, scope: Scope, limit: int, busy: Collection[str]) -> list[Job]:
        """Return the acts that are due, oldest first, leaving out busy connections."""
        found = await self._store.due(scope, self._clock.now(), limit, busy)
        return [
            Job(
                one.moderation_id, one.wish.brand_id, one.wish.connection_id,
                partial(self.take, one),
            )
            for one in found
        ]  # fmt: skip

    async def take(self, one: Moderation) -> None:
        """Take one due act a step further."""
        claimed = life.claim(one.progress, self._clock.now())
        if not await self._store.claim(one.scope, one, claimed):
            return
        self._reach("moderator.claimed")
        one = replace(one, progress=claimed)
        try:
            ready = await self._prepare(one)
            self._reach("moderator.prepared")
            after = ready if isinstance(ready, Progress) else await self._do(one, ready)
        except Unavailable:
            raise
        except Exception as error:
            log.exception(
                "moderation.unexpected", moderation_id=one.moderation_id, error=type(error).__name__
            )
            after = life.park(claimed, ("bug.unexpected", f"our mistake: {type(error).__name__}"))
        await self._advance(one, after)

    # Guard

    async def _prepare(self, one: Moderation) -> _Ready | Progress:
        """Return what the call needs, or the step that is taken instead of it."""
        wish, before = one.wish, one.progress
        # Read across all brands on purpose: only so an act that points at another brand is seen.
        scope = await self._parts.store.everything()
        contexts, connection = await asyncio.gather(
            self._parts.store.contexts(scope, [wish.message_id]),
            self._parts.store.connection(scope, wish.connection_id),
        )
        context = contexts.get(wish.message_id)
        if context is None or connection is None:
            return self._missing(before, context is None)
        trip = guard.wrong_brand(wish, context, connection)
        context, known_as = await self._own(one, context)
        if trip is None and wish.external_id != known_as:
            trip = "the message has another id at its network"
        if trip is not None:
            self._parts.metrics.guard_trips.inc()
            log.error("guard.wrong_brand", moderation_id=one.moderation_id, why=trip)
            return life.fail(before, ("guard.wrong_brand", trip))
        if step := self._pointless(wish.act, before, context) or await self._not_its_turn(one):
            return step
        return self._ready(one, context, connection)

    async def _own(self, one: Moderation, context: Context) -> tuple[Context, str | None]:
        """Return what the act is done to, and its id as it is known here: our own answer where it names one."""
        reply_id = one.wish.reply_id
        if reply_id is None:
            return context, context.external_id
        reply = await self._parts.store.reply(one.scope, reply_id)
        if reply is None or reply.target.message_id != context.message_id:
            return context, None
        kind: Kind = "dm" if reply.is_private else context.kind
        external_id = reply.publication.external_id
        own = replace(
            context, external_id=external_id or "", kind=kind, is_own=True, is_deleted=False
        )
        return own, external_id

    def _missing(self, before: Progress, is_message: bool) -> Progress:
        now = self._clock.now()
        code = "message.unknown" if is_message else "connection.unknown"
        if now - before.requested_at >= KNOWN_WITHIN:
            return life.fail(before, (code, "it did not become known in ten minutes"))
        return life.back_off(before, now, (code, "it is not known here yet"), MISSING_WAIT_S)

    def _pointless(self, act: Act, before: Progress, context: Context) -> Progress | None:
        """End an act on what is no longer there; the author of it can still be blocked."""
        if not context.is_deleted or act in ("block", "unblock"):
            return None
        if act == "delete":
            return life.done(before)
        return life.fail(before, ("message.deleted", "it is no longer there"))

    async def _not_its_turn(self, one: Moderation) -> Progress | None:
        """Keep the order of wishes that undo each other: the last one counts.

        Every act reads the others after its own claim is stored, so of two at once one sees the other.
        """
        others = await self._store.on_message(one.scope, one.wish.message_id)
        mine = (one.wish.requested_at, one.moderation_id)
        for other in others:
            theirs = (other.wish.requested_at, other.moderation_id)
            if other.wish.reply_id != one.wish.reply_id:
                continue
            if theirs > mine and life.is_undone_by(one.wish.act, other.wish.act):
                why = ("moderation.superseded", f"{other.wish.act} was asked for after it")
                return life.fail(one.progress, why)
            is_running = other.progress.state is State.CLAIMED and theirs < mine
            if is_running and life.is_undone_by(other.wish.act, one.wish.act):
                return life.put_off(one.progress, self._clock.now() + _TURN_WAIT)
        return None

    def _ready(
        self, one: Moderation, context: Context, connection: Connection
    ) -> _Ready | Progress:
        now, before, wish = self._clock.now(), one.progress, one.wish
        known, network = rules_of(wish.network), self._parts.networks.get(wish.network)
        if known is None or network is None or wish.act not in known.acts:
            title = known.title if known else wish.network
            why = ("moderation.unsupported", f"{title} has no way to {wish.act} from here")
            return life.fail(before, why)
        if connection.state == "removed":
            return life.fail(before, REMOVED)
        if connection.state == "paused":
            return life.back_off(before, now, PAUSED, PAUSED_WAIT_S)
        until = self._parts.rests.until(connection.connection_id)
        if until is not None:
            return life.put_off(before, until)
        account = self._parts.accounts.open(connection)
        if not isinstance(account, Account):
            return life.await_grant(before, now, account)
        return _Ready(connection, network, account, context.target)

    # Doing

    async def _do(self, one: Moderation, ready: _Ready) -> Progress:
        act = one.wish.act
        request = Moderate(act, ready.target, one.moderation_id)
        try:
            async with asyncio.timeout(self._timeout_s):
                outcome = await ready.network.moderate(ready.account, request)
        except TimeoutError:
            outcome = Unknown("network.answer_lost", "the network did not answer in time")
        self._reach("moderator.called")
        kind = type(outcome).__name__.lower()
        self._parts.metrics.acts.labels(ready.network.name, act, kind).inc()
        log.info(
            "moderation.called", moderation_id=one.moderation_id, network=ready.network.name,
            act=act, outcome=kind,
        )  # fmt: skip
        return await self._after(one, ready.connection, outcome)

    async def _after(self, one: Moderation, connection: Connection, outcome: Moderated) -> Progress:
        before, now = life.called(one.progress), self._clock.now()
        if isinstance(outcome, Done) or _is_gone_already(one.wish.act, outcome):
            return life.done(before)
        why = (outcome.code, outcome.reason)
        if isinstance(outcome, Backoff):
            rest_s = rest_of(outcome)
            if not outcome.is_narrow:
                await self._parts.rests.begin(one.scope, connection.connection_id, rest_s)
            return life.back_off(before, now, why, rest_s)
        if isinstance(outcome, Reauthorise):
            await self._parts.accounts.refuse(one.scope, connection, why)
            return life.await_grant(before, now, ("connection.reauthorise", outcome.reason))
        if isinstance(outcome, Permanent):
            return life.fail(before, why)
        return _again(before, now, why)

    async def _advance(self, one: Moderation, after: Progress) -> None:
        now = self._clock.now()
        events = settled_events(one, after, now)
        is_stored = await self._store.advance(one.scope, one, after, events, now)
        self._reach("moderator.advanced")
        if is_stored and events:
            self._told()


def _again(before: Progress, now: datetime, why: tuple[str, str]) -> Progress:
    return life.retry(before, now, why, jitter=random.random())  # noqa: S311


def _is_gone_already(act: Act, outcome: Moderated) -> bool:
    """Say whether there is nothing left to delete: what was to be reached."""
    if act != "delete" or not isinstance(outcome, Permanent):
        return False
    return outcome.code.rpartition(".")[2] in _GONE
