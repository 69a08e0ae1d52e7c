"""Whose consent an answer needs, whether it is there, and what the gateway signs. Pure.

The gateway asks for it, the publisher enforces it: both by these functions.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.brands import ApprovalRule, Need, Policy
from contracts.messages import Labels
from contracts.replies import Approval, Consent, ReplyApproved, ReplyExpired

ROLES: dict[Need, frozenset[str]] = {
    "agent": frozenset({"owner", "lead", "agent", "approver"}),
    "approver": frozenset({"owner", "lead", "approver", "client_approver"}),
    "client_approver": frozenset({"client_approver"}),
    "lead": frozenset({"owner", "lead"}),
}
"""Which roles can give which consent."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at. Labels may be missing: then every condition on labels holds.

    `asked` is what the proposal asked for when it was drafted; `is_routed`: a wording rule wants an
    approver for this text.
    """

    network: str
    kind: str
    labels: Labels | None
    asked: Approval | None = None
    is_routed: bool = False


def needs(policy: Policy, situation: Situation) -> tuple[Need, ...]:
    """Return the consents that an answer needs, each of another person: what the mode asks for and
    what every rule that applies adds."""
    found: list[Need] = []
    for rule in policy.approvals:
        if _applies(rule, situation):
            # The same need of two rules is one consent; a rule that names it twice wants two.
            for need in dict.fromkeys(rule.needs):
                lacking = rule.needs.count(need) - found.count(need)
                found.extend([need] * lacking)
    is_strict = (
        policy.mode in {"hold", "automatic"} or situation.asked == "approver" or situation.is_routed
    )
    if is_strict and not {"approver", "client_approver", "lead"}.intersection(found):
        found.append("approver")
    return tuple(found) or ("agent",)


def missing(wanted: Sequence[Need], consents: Sequence[Consent]) -> tuple[Need, ...]:
    """Return the needs that these consents leave open, by the best way to match people to needs."""
    people = list({consent.person_id: consent for consent in consents}.values())
    taken: dict[int, int] = {}

    def place(need: int, seen: set[int]) -> bool:
        """Give this need a person, moving others where that helps (bipartite matching, Kuhn)."""
        for at, person in enumerate(people):
            if at in seen or person.role not in ROLES[wanted[need]]:
                continue
            seen.add(at)
            if at not in taken or place(taken[at], seen):
                taken[at] = need
                return True
        return False

    # The needs that fewest roles can give take their people first: what is left open is then the
    # easiest to fill.
    scarce_first = sorted(range(len(wanted)), key=lambda at: len(ROLES[wanted[at]]))
    left = {at for at in scarce_first if not place(at, set())}
    return tuple(need for at, need in enumerate(wanted) if at in left)


def sealed_bytes(payload: ReplyApproved | ReplyExpired) -> bytes:
    """Return what is signed: all of the payload but the seal, as canonical JSON.

    What has its default is left out, so that a field that is added later changes no signature.
    """
    content = payload.model_dump(mode="json", exclude={"seal"}, exclude_defaults=True)
    return _PURPOSE[type(payload)] + json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode("utf-8", "surrogatepass")


_PURPOSE: dict[type[ReplyApproved | ReplyExpired], bytes] = {
    # A signature under one kind of event is worth nothing under another.
    ReplyApproved: b"rapport/approval/v1\n",
    ReplyExpired: b"rapport/expiry/v1\n",
}


def _applies(rule: ApprovalRule, situation: Situation) -> bool:
    if rule.networks and situation.network not in rule.networks:
        return False
    if rule.kinds and situation.kind not in rule.kinds:
        return False
    labels = situation.labels
    if labels is None:
        return True
    if rule.intents and labels.intent.label not in rule.intents:
        return False
    if rule.sentiments and labels.sentiment.label not in rule.sentiments:
        return False
    if rule.urgency_from is not None and _urgency(labels) < rule.urgency_from:
        return False
    return rule.is_unsure is None or rule.is_unsure == is_unsure(labels)


def is_unsure(labels: Labels) -> bool:
    """Say whether the labels are doubtful or ask for a person."""
    return bool(labels.unsure) or labels.needs_human.label != "false"


def _urgency(labels: Labels) -> int:
    # A label we do not know is treated as the most urgent.
    return int(labels.urgency.label) if labels.urgency.label.isdigit() else 3
