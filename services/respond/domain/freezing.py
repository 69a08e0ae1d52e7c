"""Who is stopped by a freeze, and what a storm or a person changes about it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.brands import StormRules
from contracts.replies import Approver
from contracts.storms import FreezeRequested, StormChanged

CODE = "brand.frozen"
WHY = (CODE, "nothing of this brand goes out by itself while it is frozen")
BY_STORM = Approver(kind="policy", id="storm", name="Storm rules")


@dataclass(frozen=True, slots=True)
class Freeze:
    """A brand's freeze. `released` is the incident that a person let go of: it freezes no more.

    `storm_revision` is the newest storm state that was looked at, `asked_at` the newest wish,
    `told_revision` the newest change that was carried out and told.
    """

    brand_id: str
    is_frozen: bool
    reason: str
    changed_by: Approver
    changed_at: datetime
    incident_id: str | None = None
    released: str | None = None
    storm_revision: int = 0
    asked_at: datetime | None = None
    revision: int = 0
    told_revision: int = 0


def thawed(brand_id: str, now: datetime) -> Freeze:
    """Return the state of a brand that was never frozen."""
    return Freeze(brand_id, is_frozen=False, reason="", changed_by=BY_STORM, changed_at=now)


def goes_by_itself(approver_kind: str, send_at: datetime | None) -> bool:
    """Say whether an answer leaves without a person's hand at that moment."""
    return approver_kind == "policy" or send_at is not None


def after_storm(known: Freeze, storm: StormChanged, rules: StormRules, now: datetime) -> Freeze:
    """Return the freeze after a storm's news; older news and rehearsals change nothing.

    A storm freezes once: whoever lets go of it is not overruled by the same incident.
    """
    if storm.is_drill or storm.revision <= known.storm_revision:
        return known
    seen = replace(known, storm_revision=storm.revision)
    is_bad = storm.level == "storm" and storm.severity >= rules.freezes_from
    if is_bad and not seen.is_frozen and storm.incident_id != seen.released:
        return _changed(seen, now, BY_STORM, True, storm.sentence, storm.incident_id)
    is_over = storm.level == "calm" and seen.is_frozen and seen.changed_by == BY_STORM
    if is_over and rules.resumes_by_itself:
        return _changed(seen, now, BY_STORM, False, "the storm is over", seen.incident_id)
    return seen


def after_wish(known: Freeze, wish: FreezeRequested, now: datetime) -> Freeze:
    """Return the freeze after a person's wish; an older one than the last changes nothing."""
    # The database keeps whole milliseconds: compared in these, a repeat is no newer wish.
    asked_at = wish.requested_at.replace(microsecond=wish.requested_at.microsecond // 1000 * 1000)
    if known.asked_at is not None and asked_at <= known.asked_at:
        return known
    seen = replace(known, asked_at=asked_at)
    released = seen.released if wish.is_frozen else (wish.incident_id or seen.incident_id)
    seen = replace(seen, released=released)
    if seen.is_frozen == wish.is_frozen:
        return seen
    incident = wish.incident_id or (None if wish.is_frozen else seen.incident_id)
    return _changed(seen, now, wish.requested_by, wish.is_frozen, wish.reason, incident)


def _changed(
    known: Freeze, now: datetime, by: Approver, is_frozen: bool, reason: str, incident: str | None
) -> Freeze:
    return replace(
        known,
        is_frozen=is_frozen,
        reason=reason,
        changed_by=by,
        changed_at=now,
        incident_id=incident,
        revision=known.revision + 1,
    )
