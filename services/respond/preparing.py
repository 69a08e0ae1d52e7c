"""Everything that must hold before an answer is sent: known, of one brand, allowed now, short enough.

What it finds is what the call needs, or the step that is taken instead of the call.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.networks.protocol import Rules
from contracts.networks.table import rules
from contracts.scope import AgencyScope
from runtime.clock import Clock
from runtime.failpoints import Failpoint, off
from runtime.logs import get_logger
from services.respond import amending, withdrawing
from services.respond.accounts import PAUSED, REMOVED, Accounts
from services.respond.domain import freezing, guard, publication, window
from services.respond.domain.publication import Publication, State
from services.respond.metrics import RespondMetrics
from services.respond.networks.protocol import Account, Network, Target
from services.respond.permits import PERSONS, Permits
from services.respond.records import Connection, Context, Reply
from services.respond.rests import Rests
from services.respond.store import Store

log = get_logger("respond.preparing")
KNOWN_WITHIN = timedelta(minutes=10)
MISSING_WAIT_S = 5.0
PAUSED_WAIT_S = 60.0
READ_ONLY = ("network.read_only", "nobody can answer here from Rapport: open it in the browser")
_OVER = frozenset({State.FAILED, State.REJECTED})


@dataclass(frozen=True, slots=True)
class Parts:
    """What preparing and sending work with."""

    store: Store
    permits: Permits
    networks: Mapping[str, Network]
    accounts: Accounts
    rests: Rests
    clock: Clock
    metrics: RespondMetrics
    failpoint: Failpoint = off


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything a call needs, checked."""

    reply: Reply
    connection: Connection
    network: Network
    account: Account
    target: Target
    text: str
    is_private: bool
    is_in_window: bool


class Preparer:
    """Checks one claimed answer. Nothing is written here."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._store = parts.store

    async def prepare(self, reply: Reply) -> Ready | Publication:
        """Return what the call needs, or the step that is taken instead of it."""
        before = reply.publication
        scope = await self._store.everything()
        context, connection = await self._parts_of(scope, reply)
        if context is None or connection is None:
            return self._missing(before, context is None)
        if reply.is_recalled and not before.is_doubtful:
            at = reply.recalled_at or before.decided_at
            return publication.reject(before, at, ("reply.recalled", "a person took it back"))
        if trip := guard.wrong_brand(reply.target, context, connection):
            self._parts.metrics.guard_trips.inc()
            log.error("guard.wrong_brand", reply_id=reply.reply_id, why=trip)
            return publication.fail(before, ("guard.wrong_brand", trip))
        opened = await self._opened(reply, context, connection)
        if not isinstance(opened, window.Open):
            code, _ = opened
            end = publication.park if code in PERSONS else publication.fail
            return end(before, opened)
        if not before.is_doubtful and (step := await self._parts.permits.step(reply, context)):
            return step
        return self._blocked(before, connection) or await self._ready(
            reply, context, connection, opened
        )

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
        now = self._parts.clock.now()
        code = "message.unknown" if is_message else "connection.unknown"
        why = (code, "it is not known here yet")
        if now - before.decided_at >= KNOWN_WITHIN:
            return publication.fail(before, (code, "it did not become known in ten minutes"))
        return publication.back_off(before, now, why, MISSING_WAIT_S)

    # May it leave at all?

    async def _opened(
        self, reply: Reply, context: Context, connection: Connection
    ) -> window.Open | tuple[str, str]:
        """Say that it may leave; what may have left already is looked for whatever became of it."""
        if reply.publication.is_doubtful:
            return window.Open()
        if why := await self._why_not(reply, context):
            return why
        known = rules_of(reply.target.network)
        if known is None:
            return "network.unsupported", f"cannot publish to {reply.target.network}"
        if not known.can_answer:
            return READ_ONLY
        if reply.replaces is not None:
            # What is out already opens no new window and is no second private answer.
            return await amending.refusal(self._store, known, reply, context) or window.Open()
        if is_private(reply, context) and await self._has_private_answer(reply):
            return "private.repeated", "a comment can be answered in private once"
        return await self._in_time(known, reply, context, connection)

    async def _why_not(self, reply: Reply, context: Context) -> tuple[str, str] | None:
        if context.is_deleted:
            return "message.deleted", "the author deleted what this answers"
        if not reply.text.strip():
            return "text.empty", "there is nothing to send"
        if await self._is_frozen(reply):
            return freezing.WHY
        if await withdrawing.has_written_since(self._store, reply, context):
            return withdrawing.WROTE_AGAIN
        return None

    async def _is_frozen(self, reply: Reply) -> bool:
        """Say whether it would leave by itself while its brand is frozen."""
        if not freezing.goes_by_itself(reply.approved_by.kind, reply.send_at):
            return False
        return bool(await self._store.freezes.frozen(reply.scope))

    async def _has_private_answer(self, reply: Reply) -> bool:
        """Say whether another slot is or may be the private answer; of two at once the first slot is."""
        others = await self._store.replies_to(reply.scope, [reply.target.message_id])
        return any(_goes_before(other, reply) for other in others)

    async def _in_time(
        self, known: Rules, reply: Reply, context: Context, connection: Connection
    ) -> window.Open | tuple[str, str]:
        last_at = None
        if known.window is not None and context.kind in known.window.kinds:
            threads = self._store.threads
            last_at = await threads.last_from_person_at(reply.scope, context.thread_id)
        asked = window.Asked(
            kind=context.kind,
            written_at=None if context.is_own else context.written_at,
            last_from_person_at=last_at,
            is_by_person=reply.approved_by.kind == "person",
            is_private=is_private(reply, context),
            options=connection.options,
        )
        return window.check(known, asked, self._parts.clock.now())

    # Can it be sent now?

    def _blocked(self, before: Publication, connection: Connection) -> Publication | None:
        if connection.state == "removed":
            return publication.fail(before, REMOVED)
        if connection.state == "paused":
            return publication.back_off(before, self._parts.clock.now(), PAUSED, PAUSED_WAIT_S)
        until = self._parts.rests.until(connection.connection_id)
        if until is None:
            return None
        return publication.rest(before, self._parts.clock.now(), until)

    async def _ready(
        self, reply: Reply, context: Context, connection: Connection, opened: window.Open
    ) -> Ready | Publication:
        before = reply.publication
        network = self._parts.networks.get(reply.target.network)
        if network is None:
            why = ("network.unsupported", f"cannot publish to {reply.target.network}")
            return publication.fail(before, why)
        account = self._parts.accounts.open(connection)
        if not isinstance(account, Account):
            return publication.await_grant(before, self._parts.clock.now(), account)
        target, is_alone = context.target, is_private(reply, context)
        # A private answer reaches its reader by itself; a mention there would be odd.
        text = reply.text if is_alone else network.text_for(target, reply.text)
        ready = Ready(
            reply, connection, network, account, target, text, is_alone, opened.is_in_window
        )
        if not before.is_doubtful and (too_long := await self._too_long(ready)):
            return publication.fail(before, ("text.too_long", too_long))
        return ready

    async def _too_long(self, ready: Ready) -> str | None:
        """Say how much too long it is; only the account's server knows whether it takes more than usual."""
        kind = "dm" if ready.is_private else ready.target.kind
        measure = rules(ready.network.name).measure_for(kind)
        if measure.fits(ready.text):
            return None
        length = measure.length(ready.text)
        limit = await ready.network.limit_of(ready.account, ready.target)
        if length <= limit and measure.also is None:
            return None
        unit = "characters" if measure.unit in {"weighted", "utf16"} else measure.unit
        return f"{length} {unit}, the network takes {limit}"


def rules_of(network: str) -> Rules | None:
    """Return a network's rules, or None for a network that is not in the table."""
    try:
        return rules(network)
    except KeyError:
        return None


def is_private(reply: Reply, context: Context) -> bool:
    """Say whether it is a private answer to a public item: a message is private anyway."""
    return reply.is_private and context.kind != "dm"


def _goes_before(other: Reply, reply: Reply) -> bool:
    if not other.is_private or other.reply_id == reply.reply_id:
        return False
    state = other.publication.state
    if state in {State.PUBLISHED, State.SENDING, State.UNKNOWN} or other.publication.is_doubtful:
        return True
    return state not in _OVER and other.target.slot < reply.target.slot
