"""What respond does with understood messages: remember the context, stop, recognise, propose.

One batch is two reads at once, then one bulk write to contexts and one to replies.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.envelope import Event
from contracts.messages import MessageClassified, MessageReceived
from contracts.replies import Approver, ReplyApproved
from contracts.scope import AgencyScope, BrandScope
from runtime.dead_letters import Dead
from runtime.mongo import Document, Write
from runtime.stage import DONE, Outcome, Received
from services.respond import echoes, notices
from services.respond.assistance.assistant import Assistant
from services.respond.desk import Desk
from services.respond.domain import policy, publication
from services.respond.domain.publication import State
from services.respond.drafting.voice import Voice
from services.respond.handlers import NOT_YET, scope_of_event
from services.respond.limits import Asked, Limits
from services.respond.proposals import (
    Proposal,
    Proposer,
    held_for,
    payload_of,
    reply_target,
)
from services.respond.records import (
    Context,
    ContextNote,
    Reply,
    cause_of,
    digest_of,
    progress,
)
from services.respond.store import Store, is_stoppable
from services.respond.voices import Voices
from services.respond.warrants import Warrants
from services.respond.withdrawing import Waiting, waiting_in, why_stay

_BRANDLESS = Outcome(dead=Dead("brand.missing", "the event names no brand"))
# A person may draw up a new answer after these ends; after all others the slot is taken.
_FREE_AGAIN = frozenset({State.FAILED, State.REJECTED})
BY_POLICY = Approver(kind="policy", id="policy", name="Brand policy")
Understood = Received[MessageClassified]


@dataclass(slots=True)
class _Batch:
    """What is known before, and what shall be written after."""

    scope: AgencyScope
    now: datetime
    contexts: dict[str, Context]
    replies: dict[str, list[Reply]]
    known: frozenset[str] = frozenset()
    notes: list[ContextNote] = field(default_factory=list)
    released: list[Reply] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    reply_writes: list[Write] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    waiting: list[Waiting] = field(default_factory=list)


class Answering:
    """The handler of message.classified. `nudge` tells the loops that something became due."""

    def __init__(
        self,
        store: Store,
        voices: Voices,
        proposer: Proposer,
        desk: Desk,
        nudge: Callable[[], None],
    ) -> None:
        self._store = store
        self._voices = voices
        self._proposer = proposer
        self._limits = Limits(store)
        self.assistant: Assistant | None = None
        self._clock = desk.clock
        self._metrics = desk.metrics
        self._warrants = desk.warrants
        self._nudge = nudge

    async def on_message_classified(self, received: Sequence[Understood]) -> list[Outcome]:
        """Handle one batch."""
        brands = {one.event.brandid for one in received if one.event.brandid is not None}
        voices = await self._voices.of(AgencyScope("*", frozenset(brands)))
        usable = [at for at, one in enumerate(received) if one.event.brandid in voices]
        outcomes = [
            DONE if at in set(usable) else _unusable(one) for at, one in enumerate(received)
        ]
        batch = await self._open(
            AgencyScope("*", frozenset(voices)), [received[at] for at in usable]
        )
        for at in usable:
            _learn(batch, received[at])
        for at in usable:
            self._stop(batch, received[at].payload.message)
        # Searching what a brand knows takes tens of milliseconds: other loops go on meanwhile.
        proposals = await asyncio.to_thread(
            self._propose,
            {
                at: (voices[str(received[at].event.brandid)], received[at].payload)
                for at in usable
                if _is_open(batch, received[at].payload.message)
            },
        )
        await self._apply_limits(batch, proposals)
        if self.assistant is not None:
            await self.assistant.help(proposals)
        for at in usable:
            outcomes[at] = self._conclude(batch, received[at], proposals.get(at))
        batch.reply_writes += await echoes.settle(
            self._store, batch.scope, [received[at].payload.message for at in usable], batch.now
        )
        await self._store.threads.note(
            [(str(received[at].event.brandid), received[at].payload.message) for at in usable]
        )
        await self._store.put_contexts(batch.scope, batch.notes, batch.known)
        await self._store.apply(batch.scope, batch.reply_writes)
        await self._store.insert(batch.scope, batch.released, batch.told, batch.now)
        if batch.reply_writes or batch.released:
            self._nudge()
        return outcomes

    def _propose(
        self, wanted: Mapping[int, tuple[Voice, MessageClassified]]
    ) -> dict[int, Proposal]:
        return {at: self._proposer.propose(voice, one) for at, (voice, one) in wanted.items()}

    async def _open(self, scope: AgencyScope, received: Sequence[Understood]) -> _Batch:
        message_ids = {one.payload.message.message_id for one in received}
        messages = [one.payload.message for one in received]
        contexts, replies, waiting = await asyncio.gather(
            self._store.contexts(scope, message_ids),
            self._store.replies_to(scope, message_ids),
            waiting_in(self._store, scope, messages),
        )
        by_message: dict[str, list[Reply]] = {}
        for reply in replies:
            by_message.setdefault(reply.target.message_id, []).append(reply)
        known = frozenset(contexts)
        return _Batch(scope, self._clock.now(), contexts, by_message, known, waiting=waiting)

    def _stop(self, batch: _Batch, message: MessageReceived) -> None:
        """Stop answers that nobody has begun to send, when what they answer is gone or changed."""
        answers = batch.replies.get(message.message_id, ())
        reasons = [
            (one, _why_stop(one, message, batch.contexts[message.message_id])) for one in answers
        ]
        reasons += [(one.reply, why_stay(one, message)) for one in batch.waiting]
        for reply, why in reasons:
            if why is None or not is_stoppable(reply) or reply.reply_id in batch.stopped:
                continue
            after = publication.fail(reply.publication, why)
            events = notices.step_events(reply, after, batch.now)
            batch.reply_writes.append(progress(reply, after, events, batch.now))
            batch.stopped.add(reply.reply_id)

    async def _apply_limits(self, batch: _Batch, proposals: dict[int, Proposal]) -> None:
        """Hold what would leave by itself and must not just now."""
        automatic = {at: one for at, one in proposals.items() if one.decision.is_automatic}
        asked = [
            Asked(
                one.voice.brand_id,
                policy.author_of(one.message) or "",
                one.message.message_id,
                one.policy,
            )
            for one in automatic.values()
        ]
        held = await self._limits.held(batch.scope, asked, batch.now)
        for at, one in automatic.items():
            if code := held.get(one.message.message_id):
                proposals[at] = held_for(one, code)

    def _conclude(self, batch: _Batch, one: Understood, proposal: Proposal | None) -> Outcome:
        classified, scope = one.payload, scope_of_event(one.event)
        assert scope is not None
        decided: Document | None = None
        outcome = DONE
        if proposal is not None:
            proposal = self._bound_to_slot(batch, proposal)
            decided = {
                "approval": proposal.decision.approval, "codes": list(proposal.decision.codes),
            }  # fmt: skip
            outcome = self._tell(batch, one.event, scope, proposal)
        note = ContextNote(classified.message, classified.labels, scope.brand_id, decided)
        batch.notes.append(note)
        return outcome

    def _bound_to_slot(self, batch: _Batch, proposal: Proposal) -> Proposal:
        """An answer that ended before must not leave again without a person."""
        has_ended = bool(batch.replies.get(proposal.message.message_id))
        if not (has_ended and proposal.decision.is_automatic):
            return proposal
        decision = policy.Decision("approver", ("automatic.ended_before",))
        return replace(proposal, decision=decision, automatic=None)

    def _tell(self, batch: _Batch, event: Event, scope: BrandScope, proposal: Proposal) -> Outcome:
        self._count(proposal)
        if proposal.decision.approval is None:
            return DONE
        told = notices.drafted(payload_of(proposal, batch.now), scope, event)
        if not proposal.decision.is_automatic:
            return Outcome(events=(told,))
        reply = released(proposal, event, scope, self._warrants, batch.now)
        # The proposal is told from the reply's own outbox: a repeat finds the reply and adds nothing.
        batch.released.append(reply)
        batch.told.append(told)
        return DONE

    def _count(self, proposal: Proposal) -> None:
        decision = proposal.decision
        self._metrics.drafts.labels(decision.approval or "silent", proposal.abstained or "").inc()
        if proposal.policy.mode == "automatic" and not decision.is_automatic:
            for code in decision.codes:
                self._metrics.held.labels(code).inc()


def _unusable(one: Understood) -> Outcome:
    return _BRANDLESS if scope_of_event(one.event) is None else NOT_YET


def _learn(batch: _Batch, one: Understood) -> None:
    """Take a message into the batch's contexts: the newest version, and deleted for ever."""
    message = one.payload.message
    known = batch.contexts.get(message.message_id)
    is_deleted = message.action == "deleted" or (known is not None and known.is_deleted)
    if known is not None and known.version > message.version:
        batch.contexts[message.message_id] = replace(known, is_deleted=is_deleted)
        return
    batch.contexts[message.message_id] = Context(
        message_id=message.message_id,
        brand_id=str(one.event.brandid),
        thread_id=message.thread_id,
        connection_id=message.connection_id,
        network=message.network,
        external_id=message.external_id,
        version=message.version,
        is_deleted=is_deleted,
    )


def _is_open(batch: _Batch, message: MessageReceived) -> bool:
    """Say whether this version of the message may still get its first answer."""
    context = batch.contexts[message.message_id]
    is_current = not context.is_deleted and context.version == message.version
    return (
        is_current
        and policy.is_answerable(message)
        and not any(_is_taken(reply, batch.stopped) for reply in _first(batch, message))
    )


def _first(batch: _Batch, message: MessageReceived) -> Iterable[Reply]:
    replies = batch.replies.get(message.message_id, ())
    return (reply for reply in replies if reply.target.slot == 0)


def _is_taken(reply: Reply, stopped: set[str]) -> bool:
    return reply.publication.state not in _FREE_AGAIN and reply.reply_id not in stopped


def _why_stop(reply: Reply, message: MessageReceived, context: Context) -> tuple[str, str] | None:
    if context.is_deleted:
        return "message.deleted", "the author deleted what this answers"
    # A network may tell the same text twice under two versions (pushed, then read).
    is_old = reply.message_version is not None and reply.message_version < message.version
    is_old = is_old and reply.said != digest_of(message.text)
    if message.action == "edited" and is_old and reply.approved_by.kind == "policy":
        return "message.edited", "the author changed what this was written for"
    return None


def released(
    proposal: Proposal, event: Event, scope: BrandScope, warrants: Warrants, now: datetime
) -> Reply:
    """Return the answer that the brand's policy lets go, marked as respond's own decision."""
    assert proposal.automatic is not None
    message, draft = proposal.message, proposal.automatic
    target = reply_target(message, scope.brand_id)
    payload = ReplyApproved(
        **target.model_dump(),
        text=draft.text,
        draft_id=draft.draft_id,
        approved_by=BY_POLICY,
        approved_at=now,
        message_version=message.version,
        brand_revision=proposal.voice.revision,
        expires_at=now + publication.GIVE_UP_AFTER,
    )
    return Reply(
        target=target,
        agency_id=scope.agency_id,
        text=draft.text,
        approved_by=BY_POLICY,
        publication=publication.approve(now, now),
        cause=cause_of(event),
        message_version=message.version,
        said=digest_of(message.text),
        approval=warrants.stamped(payload),
        disclosure=proposal.voice.disclosure_in(draft.language),
        hours=proposal.policy.hours,
    )
