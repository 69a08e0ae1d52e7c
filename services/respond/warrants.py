"""Is an approval genuine, and is what shall leave exactly what was approved? Whether it is enough: permits.py."""

from dataclasses import dataclass
from datetime import datetime

from contracts.approval import sealed_bytes
from contracts.replies import ReplyApproved, ReplyExpired, ReplyTarget, Seal
from runtime.crypto import Stamp, Verifier
from services.respond.domain.publication import Why
from services.respond.records import Reply

_BY_TOPIC = ("approval.policy", "only respond itself releases an answer by the brand's policy")
_UNSEALED = ("approval.unsealed", "the approval carries no signature")
_UNKNOWN = ("approval.unknown_key", "the approval is signed with a key that is not configured")
_BROKEN = ("approval.broken", "the answer is not what was approved: its signature does not fit")


@dataclass(frozen=True, slots=True)
class Warrants:
    """What respond believes: the gateway's signature for people, its own stamp for the policy."""

    verifier: Verifier
    stamp: Stamp

    def refusal(self, payload: ReplyApproved | ReplyExpired) -> Why | None:
        """Return why an event of the gateway is not believed, or None."""
        if isinstance(payload, ReplyApproved) and payload.approved_by.kind != "person":
            return _BY_TOPIC
        seal = payload.seal
        if seal is None:
            return _UNSEALED
        if not self.verifier.knows(seal.key_id):
            return _UNKNOWN
        is_genuine = self.verifier.is_genuine(seal.key_id, seal.signature, sealed_bytes(payload))
        return None if is_genuine else _BROKEN

    def stamped(self, payload: ReplyApproved) -> ReplyApproved:
        """Return an answer that respond itself releases, marked so that it knows it again."""
        mark = self.stamp.mark(sealed_bytes(payload))
        return payload.model_copy(update={"seal": Seal(key_id=self.stamp.key_id, signature=mark)})

    def breach(self, reply: Reply) -> Why | None:
        """Return why a stored answer must not leave: somebody changed it, or nobody approved it."""
        approval = reply.approval
        if approval is None or approval.seal is None:
            return _BROKEN
        if approval.approved_by.kind == "policy":
            seal = approval.seal
            if not self.stamp.is_ours(seal.key_id, seal.signature, sealed_bytes(approval)):
                return _BROKEN
        elif why := self.refusal(approval):
            # A key that was taken out of use is worth no more than a broken one.
            return why
        return None if _agrees(reply, approval) else _BROKEN


def _agrees(reply: Reply, approval: ReplyApproved) -> bool:
    """Say whether everything that decides about the call is as it was approved."""
    target = ReplyTarget(**{name: getattr(approval, name) for name in ReplyTarget.model_fields})
    return (
        reply.target == target
        and reply.text == approval.text
        and reply.is_private == approval.is_private
        and _whole_ms(reply.send_at) == _whole_ms(approval.send_at)
        and reply.approved_by == approval.approved_by
    )


def _whole_ms(at: datetime | None) -> datetime | None:
    # The database keeps whole milliseconds.
    return at.replace(microsecond=at.microsecond // 1000 * 1000) if at else None
