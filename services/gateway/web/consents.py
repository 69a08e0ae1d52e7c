"""The words about whose yes an answer has and whose it still needs. What a yes is worth is decided elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from contracts.approval import missing
from contracts.brands import Need
from contracts.replies import Consent
from services.gateway.domain import approvals
from services.gateway.domain.views import ReplyView, Viewer


def still_needed(reply: ReplyView) -> str:
    """Return whose yes is still needed, as words; a plain approver where nobody said."""
    left = reply.missing or ([] if reply.consents else reply.needs)
    if not left:
        return "" if reply.consents else "an approver"
    return approvals.left_over(_needs(left))


def left_after(reply: ReplyView, viewer: Viewer, brand_id: str, now: datetime) -> str:
    """Return whose yes would be needed after this person's, as words; empty: the answer leaves then."""
    given = [Consent(person_id=one.person_id, name=one.name, role=one.role, at=one.at)
             for one in reply.consents]  # fmt: skip
    role = viewer.roles.get(brand_id)
    if role is not None:
        mine = Consent(person_id=viewer.person_id, name=viewer.name, role=role, at=now)
        given = [one for one in given if one.person_id != viewer.person_id] + [mine]
    return approvals.left_over(missing(_needs(reply.needs), given))


def _needs(names: Sequence[str]) -> tuple[Need, ...]:
    return cast(tuple[Need, ...], tuple(names))
