"""Turns one understood message into a proposal: drafts, who may release them, or why there is none."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts import ids
from contracts.brands import Policy
from contracts.messages import MessageClassified, MessageReceived
from contracts.networks.protocol import Measure, Rules
from contracts.networks.table import rules
from contracts.replies import Approval, Draft, ReplyDrafted, ReplyTarget
from language.wording.answers import verdict_on
from language.wording.rules import Verdict
from services.respond.domain.policy import Circumstances, Decision, decide, why_no_draft
from services.respond.drafting.composer import Composed, Frame, compose, with_disclosure
from services.respond.drafting.voice import Voice
from services.respond.metrics import RespondMetrics
from services.respond.networks.protocol import Network, Target

_UNKNOWN = Measure(500, "characters", len)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed for one message. `automatic` is the draft that may leave by itself."""

    voice: Voice
    classified: MessageClassified
    decision: Decision
    drafts: list[Draft]
    abstained: str | None
    automatic: Draft | None = None

    @property
    def message(self) -> MessageReceived:
        """The message that is answered."""
        return self.classified.message

    @property
    def policy(self) -> Policy:
        """The brand's rules for answers at the message's network."""
        return self.voice.policy_for(self.message.network)


class Proposer:
    """Composes and decides; asks nobody, so the daily number of an author is applied afterwards."""

    def __init__(self, networks: Mapping[str, Network], metrics: RespondMetrics) -> None:
        self._networks = networks
        self._metrics = metrics

    def propose(self, voice: Voice, classified: MessageClassified) -> Proposal:
        """Return the proposal for a message that somebody may answer."""
        message, labels = classified.message, classified.labels
        policy = voice.policy_for(message.network)
        if policy.mode == "silent":
            return Proposal(voice, classified, Decision(None, ("policy.silent",)), [], None)
        known = _rules_of(message)
        nothing = why_no_draft(labels) or why_no_answer(known)
        if nothing is not None or labels is None:
            approval: Approval = "agent" if policy.mode == "suggest" else "approver"
            return Proposal(voice, classified, Decision(approval, (nothing or "",)), [], nothing)
        frame = self._frame(message, known)
        started = time.perf_counter()
        composed = compose(voice, message, labels, frame)
        self._metrics.draft_seconds.observe(time.perf_counter() - started)
        composed = _sayable(composed, voice, classified)
        automatic = _releasable(voice, composed, frame)
        verdict = _verdict(automatic, voice, classified) if automatic else None
        circumstances = Circumstances(
            has_answer=verdict is not None and verdict.may_leave,
            is_own_language=voice.is_sure_of_language(labels),
            brand_name=voice.name,
            is_routed=verdict is not None and bool(verdict.routes),
        )
        decision = decide(policy, labels, message, circumstances)
        abstained = composed.abstained
        return Proposal(voice, classified, decision, composed.drafts, abstained, automatic)

    def frame_of(self, proposal: Proposal) -> Frame:
        """Return how the network of a proposal's message takes a text."""
        return self._frame(proposal.message, _rules_of(proposal.message))

    def _frame(self, message: MessageReceived, known: Rules | None) -> Frame:
        network = self._networks.get(message.network)
        measure = known.measure_for(message.kind) if known else _UNKNOWN
        if network is None:
            return Frame(measure, str)
        target = target_of(message)
        return Frame(measure, lambda text: network.text_for(target, text))


def _sayable(composed: Composed, voice: Voice, classified: MessageClassified) -> Composed:
    """Leave out drafts with words that the brand never says; none left: a person must write."""
    drafts = [one for one in composed.drafts if not _verdict(one, voice, classified).blocks]
    if composed.drafts and not drafts:
        return Composed([], "wording.blocked", composed.language)
    return Composed(drafts, composed.abstained, composed.language)


def _verdict(draft: Draft, voice: Voice, classified: MessageClassified) -> Verdict:
    is_public = classified.message.kind != "dm"
    return verdict_on(voice.brand, draft.text, classified.labels, is_public=is_public)


def why_no_answer(known: Rules | None) -> str | None:
    """Return the code why an item of this network gets no draft: nobody can answer it from here."""
    return "network.read_only" if known is not None and not known.can_answer else None


def _rules_of(message: MessageReceived) -> Rules | None:
    try:
        return rules(message.network)
    except KeyError:
        return None


def held_for(proposal: Proposal, code: str) -> Proposal:
    """Return the proposal when something else than its own content keeps it from leaving by itself."""
    decision = Decision("approver", (code,))
    return Proposal(
        proposal.voice, proposal.classified, decision, proposal.drafts, proposal.abstained
    )


def payload_of(proposal: Proposal, at: datetime) -> ReplyDrafted:
    """Return the proposal as it is told to others."""
    message = proposal.message
    drafts = proposal.drafts
    if proposal.decision.is_automatic and proposal.automatic is not None:
        drafts = [proposal.automatic]
    assert proposal.decision.approval is not None
    return ReplyDrafted(
        **reply_target(message, proposal.voice.brand_id).model_dump(),
        message_version=message.version,
        mode=proposal.policy.mode,
        approval=proposal.decision.approval,
        drafts=drafts,
        abstained=proposal.abstained,
        reasons=list(proposal.decision.codes),
        drafted_at=at,
    )


def reply_target(message: MessageReceived, brand_id: str) -> ReplyTarget:
    """Return the first slot of the answer to a message."""
    return ReplyTarget(
        reply_id=ids.reply_id(message.message_id, 0),
        message_id=message.message_id,
        thread_id=message.thread_id,
        brand_id=brand_id,
        connection_id=message.connection_id,
        network=message.network,
    )


def target_of(message: MessageReceived) -> Target:
    """Return the message as its network knows it."""
    return Target(
        external_id=message.external_id,
        kind=message.kind,
        parent_external_id=message.parent_external_id,
        author_handle=message.author_handle,
        visibility=message.visibility,
        root_id=message.thread_root_id,
        author_id=message.author_id,
        title=message.title,
    )


def _releasable(voice: Voice, composed: Composed, frame: Frame) -> Draft | None:
    if composed.abstained or not composed.drafts:
        return None
    return with_disclosure(composed.drafts[0], voice, frame)
