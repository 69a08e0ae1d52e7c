"""May this answer leave by the brand's rules as they are now? Consents, expiry, what may go by itself. Pure."""

from dataclasses import dataclass
from datetime import datetime

from contracts.approval import Situation, missing, needs
from contracts.brands import Need, Policy
from contracts.messages import Labels
from contracts.replies import ReplyApproved
from language.wording.rules import Verdict
from services.respond.domain import opening
from services.respond.domain.policy import is_never_automatic
from services.respond.domain.publication import Why

HOLDING = "holding"
"""The id under which the brand's holding reply leaves."""
_PERSONS: dict[Need, str] = {
    "agent": "an agent", "approver": "an approver", "client_approver": "the client's approver",
    "lead": "a lead",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One approval and what is known of the message it answers, the rules and the text's verdict."""

    approval: ReplyApproved
    policy: Policy
    situation: Situation
    verdict: Verdict
    said_since: str | None = None
    disclosure: str | None = None

    @property
    def labels(self) -> Labels | None:
        """How the message was understood."""
        return self.situation.labels


def refusal(case: Case, now: datetime) -> Why | None:
    """Return why this answer must not leave, or None."""
    expires_at = case.approval.expires_at
    if expires_at is not None and expires_at <= now:
        return "approval.expired", f"the approval was good until {expires_at:%Y-%m-%d %H:%M} UTC"
    is_by_person = case.approval.approved_by.kind == "person"
    why = _consents(case) if is_by_person else _by_itself(case, now)
    return why or wording(case.verdict)


def wording(verdict: Verdict) -> Why | None:
    """Return why no text like this leaves: what the brand never says, or must say and does not."""
    if verdict.blocks:
        return "wording.blocked", f"the brand never says: {verdict.blocks[0].text}"
    if verdict.missing:
        return "wording.missing", f"the brand must say: {verdict.missing[0]}"
    return None


def lacking(case: Case) -> tuple[Need, ...]:
    """Return the consents that the brand's rules ask for and that nobody gave."""
    return missing(needs(case.policy, case.situation), case.approval.consents)


def _consents(case: Case) -> Why | None:
    approval = case.approval
    if left := lacking(case):
        return "approval.missing", f"it still needs {' and '.join(_PERSONS[one] for one in left)}"
    if approval.approved_by.id not in {one.person_id for one in approval.consents}:
        return "approval.missing", "who let it go is not among those who said yes"
    is_simple = needs(case.policy, case.situation) == ("agent",)
    said_since, version = case.said_since, approval.message_version
    if not is_simple and said_since is not None and version is not None and version < said_since:
        return "approval.outdated", "the author changed the message after it was approved"
    return None


def _by_itself(case: Case, now: datetime) -> Why | None:
    policy, labels = case.policy, case.labels
    if policy.is_automatic_stopped:
        return "automatic.stopped", "automatic answers were stopped for this brand"
    if case.approval.approved_by.id != HOLDING and policy.mode != "automatic":
        return "automatic.off", "the brand no longer answers by itself here"
    if not opening.is_open(policy.hours, now):
        return "automatic.hours", "outside the hours in which the brand answers by itself"
    if labels is not None and is_never_automatic(labels):
        return "automatic.never", "nothing like this is ever answered automatically"
    if not case.disclosure or case.disclosure not in case.approval.text:
        return "automatic.undisclosed", "the text does not say that no person wrote it"
    if case.verdict.routes:
        return "wording.routed", f"an approver must see it: {case.verdict.routes[0].text}"
    return None
