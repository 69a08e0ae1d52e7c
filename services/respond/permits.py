"""The last look before an answer leaves: is it what was approved, by whom the brand's rules ask for?

Every answer passes here, whoever let it go; what is decided is in domain/permission.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from contracts.approval import Situation
from contracts.messages import Labels
from contracts.replies import Approval, ReplyApproved
from contracts.scope import AgencyScope
from language.wording.answers import verdict_on
from runtime.logs import get_logger
from services.respond.desk import Desk
from services.respond.domain import freezing, permission, publication
from services.respond.domain.permission import Case
from services.respond.domain.publication import Publication, Why
from services.respond.drafting.voice import Voice
from services.respond.records import Context, Reply
from services.respond.voices import Voices

log = get_logger("respond.permits")
KNOWN_WITHIN = timedelta(minutes=10)
WAIT_S = 2.0
BEHIND = ("approval.brand_behind", "the brand's rules it was approved under are not known here yet")
_LATER = ("approval.message_behind", "the version it answers is not known here yet")
_OTHER = ("guard.wrong_brand", "the answer and its brand are of different agencies")
# A person decides when it is over; nothing was wrong with the answer.
PERSONS = frozenset({"automatic.stopped", "automatic.off", "automatic.hours", freezing.CODE})


@dataclass(frozen=True, slots=True)
class Permits:
    """Decides for one claimed answer. Nothing is written here."""

    desk: Desk
    voices: Voices

    async def step(self, reply: Reply, context: Context) -> Publication | None:
        """Return the step that is taken instead of sending, or None when it may leave."""
        before = reply.publication
        if why := self.breach(reply):
            return publication.fail(before, why)
        approval = cast("ReplyApproved", reply.approval)
        voice = await self._voice(context.brand_id)
        if voice is None or voice.revision < approval.brand_revision:
            return self._wait(before, BEHIND)
        if voice.agency_id != reply.agency_id:
            self.desk.metrics.guard_trips.inc()
            return publication.fail(before, _OTHER)
        if approval.send_at is not None and self.desk.clock.now() < approval.send_at:
            # Whatever the schedule in the database says: nobody approved it for now.
            return publication.put_off(before, approval.send_at)
        case = case_of(reply, approval, context, voice)
        why = permission.refusal(case, self.desk.clock.now())
        if why is None:
            return None
        if why[0] == "approval.missing" and context.version < (approval.message_version or ""):
            return self._wait(before, _LATER)
        end = publication.park if why[0] in PERSONS else publication.fail
        return end(before, why)

    def breach(self, reply: Reply) -> Why | None:
        """Return why a stored answer is not what was approved. Somebody changed it: an alarm."""
        why = self.desk.warrants.breach(reply)
        if why is not None:
            self.desk.metrics.refused_approvals.labels(why[0]).inc()
            log.error("approval.broken", reply_id=reply.reply_id, code=why[0])
        return why

    async def _voice(self, brand_id: str) -> Voice | None:
        voices = await self.voices.of(AgencyScope("*", frozenset({brand_id})))
        return voices.get(brand_id)

    def _wait(self, before: Publication, why: Why) -> Publication:
        now = self.desk.clock.now()
        if now - before.decided_at >= KNOWN_WITHIN:
            return publication.fail(before, (why[0], f"{why[1]}, after ten minutes"))
        return publication.back_off(before, now, why, WAIT_S, is_quiet=True)


def case_of(reply: Reply, approval: ReplyApproved, context: Context, voice: Voice) -> Case:
    """Return what is known of an answer that shall leave."""
    network, is_newest = context.network, (approval.message_version or "") <= context.version
    labels = labels_of(context.labels) if is_newest else None
    is_public = context.kind != "dm" and not approval.is_private
    verdict = verdict_on(voice.brand, approval.text, labels, is_public=is_public)
    asked = cast("Approval | None", (context.decision or {}).get("approval"))
    situation = Situation(network, context.kind, labels, asked, bool(verdict.routes))
    policy = voice.policy_for(network)
    return Case(approval, policy, situation, verdict, context.said_since, reply.disclosure)


def labels_of(stored: Mapping[str, object] | None) -> Labels | None:
    """Return the labels that a context keeps; None when there are none."""
    return Labels.read(stored) if stored else None
