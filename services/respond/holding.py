"""The brand's holding reply: agreed before, worded by the brand, sent when nobody approves in time.

It leaves under the policy's name with the brand's disclosure, once, and only inside every limit that
does not depend on how the message was understood.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from contracts import ids
from contracts.envelope import Event
from contracts.networks.table import rules
from contracts.replies import Approver, ReplyApproved, ReplyExpired, ReplyTarget
from contracts.scope import AgencyScope, BrandScope
from language.wording.answers import verdict_on
from runtime.dead_letters import Dead
from runtime.errors import Unavailable
from runtime.logs import get_logger
from runtime.stage import DONE, Outcome, Received
from services.respond import notices
from services.respond.desk import Desk
from services.respond.domain import publication
from services.respond.domain.permission import HOLDING
from services.respond.domain.policy import STALE_AFTER, is_never_automatic
from services.respond.domain.publication import State
from services.respond.drafting.voice import Voice
from services.respond.limits import Asked, Limits
from services.respond.networks.protocol import Network
from services.respond.permits import labels_of
from services.respond.records import Context, Reply, cause_of
from services.respond.store import Store, insert_write
from services.respond.voices import Voices

log = get_logger("respond.holding")
BY_HOLDING = Approver(kind="policy", id=HOLDING, name="Holding reply")
_WHY: Mapping[str, str] = {
    "automatic.frozen": "nothing of this brand goes out by itself while it is frozen",
    "automatic.hours": "outside the hours in which the brand answers by itself",
    "automatic.author_limit": "the author had an automatic answer today",
    "automatic.brand_limit": "the brand has sent enough by itself in the last hour",
    "automatic.stopped": "automatic answers were stopped for this brand",
    "automatic.never": "nothing like this is ever answered automatically",
    "automatic.late": "the message is older than a day",
    "holding.none": "the brand has agreed no holding reply",
    "holding.repeated": "this message has an answer already",
    "automatic.author_unknown": "the author is not known",
    "wording.blocked": "the brand's wording rules do not allow it",
    "holding.too_long": "the holding reply is longer than the network takes",
    "message.deleted": "the author deleted what this answers",
}


_OVER = frozenset({State.FAILED, State.REJECTED, State.PARKED})
_BEHIND = Outcome(
    retry=Unavailable("approval.brand_behind", "brand or message are not known yet", 2.0)
)


class HoldingHandler:
    """The handler of reply.expired. What cannot leave is told, so that a lead sees it."""

    def __init__(
        self,
        store: Store,
        voices: Voices,
        networks: Mapping[str, Network],
        desk: Desk,
        nudge: Callable[[], None],
    ) -> None:
        self._store = store
        self._voices = voices
        self._networks = networks
        self._limits = Limits(store)
        self._desk = desk
        self._nudge = nudge

    async def on_reply_expired(self, batch: Sequence[Received[ReplyExpired]]) -> list[Outcome]:
        """Let the holding reply stand in, or say why not. Each event may come again."""
        return [await self._on_expired(one.event, one.payload) for one in batch]

    async def _on_expired(self, event: Event, expired: ReplyExpired) -> Outcome:
        if dead := self._wrong(event, expired):
            return Outcome(dead=dead)
        now, scope = self._desk.clock.now(), BrandScope(event.agencyid or "", expired.brand_id)
        everybody = AgencyScope("*", frozenset({expired.brand_id}))
        voice = (await self._voices.of(everybody)).get(expired.brand_id)
        context = (await self._store.contexts(scope, [expired.message_id])).get(expired.message_id)
        if voice is None or context is None or voice.revision < expired.brand_revision:
            return _BEHIND
        text, disclosure = _worded(voice, context)
        reply = self._reply(event, expired, voice, (text, disclosure))
        code = await self._why_not(reply, voice, context, now)
        if code is None:
            await self._store.apply(scope, [insert_write(reply)])
        else:
            log.info("holding.kept", reply_id=reply.reply_id, code=code)
            after = publication.fail(reply.publication, (code, _WHY[code]))
            told = notices.step_events(reply, after, now)
            await self._store.insert(scope, [replace(reply, publication=after)], told, now)
        self._nudge()
        return DONE

    def _wrong(self, event: Event, expired: ReplyExpired) -> Dead | None:
        if event.brandid != expired.brand_id or event.agencyid is None:
            return Dead("guard.wrong_brand", "the event and its payload name different brands")
        if expired.reply_id != ids.reply_id(expired.message_id, expired.slot):
            return Dead("reply.id_mismatch", "the reply's id is not that of its message and slot")
        why = self._desk.warrants.refusal(expired)
        if why is None and expired.expires_at <= self._desk.clock.now():
            why = ("approval.expired", "the event is too old to be acted on")
        if why is None:
            return None
        self._desk.metrics.refused_approvals.labels(why[0]).inc()
        log.error("approval.refused", event_id=event.id, reply_id=expired.reply_id, code=why[0])
        return Dead(*why)

    def _reply(
        self, event: Event, expired: ReplyExpired, voice: Voice, said: tuple[str, str]
    ) -> Reply:
        now, (text, disclosure) = self._desk.clock.now(), said
        target = ReplyTarget(**{name: getattr(expired, name) for name in ReplyTarget.model_fields})
        payload = ReplyApproved(
            **target.model_dump(),
            text=text,
            approved_by=BY_HOLDING,
            approved_at=now,
            message_version=expired.message_version,
            brand_revision=voice.revision,
            expires_at=expired.expires_at,
        )
        return Reply(
            target=target,
            agency_id=event.agencyid or "",
            text=text,
            approved_by=BY_HOLDING,
            publication=publication.approve(now, now),
            cause=cause_of(event),
            message_version=expired.message_version,
            approval=self._desk.warrants.stamped(payload),
            disclosure=disclosure,
            hours=voice.brand.policy.hours,
        )

    async def _why_not(
        self, reply: Reply, voice: Voice, context: Context, now: datetime
    ) -> str | None:
        """Return the code why it stays here, or None."""
        labels = labels_of(context.labels)
        written_at = context.written_at
        if context.is_deleted:
            return "message.deleted"
        if not reply.text:
            return "holding.none"
        if voice.policy_for(context.network).is_automatic_stopped:
            return "automatic.stopped"
        if labels is None or is_never_automatic(labels):
            return "automatic.never"
        if written_at is None or now - written_at > STALE_AFTER:
            return "automatic.late"
        if not _fits(self._networks, context, reply.text):
            return "holding.too_long"
        verdict = verdict_on(voice.brand, reply.text, labels, is_public=context.kind != "dm")
        if verdict.routes or not verdict.may_leave:
            return "wording.blocked"
        return await self._why_not_again(reply, voice, context, now)

    async def _why_not_again(
        self, reply: Reply, voice: Voice, context: Context, now: datetime
    ) -> str | None:
        others = await self._store.replies_to(reply.scope, [context.message_id])
        others = [one for one in others if one.reply_id != reply.reply_id]
        if any(
            one.publication.state not in _OVER or one.approved_by.id == HOLDING for one in others
        ):
            return "holding.repeated"
        author = context.author_id or context.author_handle
        if not author:
            return "automatic.author_unknown"
        scope = AgencyScope("*", frozenset({context.brand_id}))
        policy = voice.policy_for(context.network)
        asked = Asked(context.brand_id, author, context.message_id, policy)
        return (await self._limits.held(scope, [asked], now)).get(context.message_id)


def _worded(voice: Voice, context: Context) -> tuple[str, str]:
    """Return the text in the author's language, else in the brand's first, and its disclosure."""
    phrases = {one.language: one for one in voice.brand.voice.phrases if one.holding.strip()}
    spoken = (context.language or "", *voice.own_languages)
    code = next((one for one in spoken if one in phrases), None)
    if code is None:
        return "", ""
    disclosure = phrases[code].disclosure.strip() or voice.disclosure_in(code)
    return f"{phrases[code].holding.strip()}\n\n{disclosure}", disclosure


def _fits(networks: Mapping[str, Network], context: Context, text: str) -> bool:
    network = networks.get(context.network)
    if network is None:
        return False
    return (
        rules(context.network)
        .measure_for(context.kind)
        .fits(network.text_for(context.target, text))
    )
