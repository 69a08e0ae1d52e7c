"""The life of one answer from its approval to its receipt, as a pure state machine.

approved -> claimed -> sending -> published | waiting | unknown | failed; unknown is looked for and
ends in published, approved again or parked. Storing and calling the network are elsewhere.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

TRIES = 6
LEASE = timedelta(seconds=30)
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
DEFAULT_BACKOFF_S = 60.0
WORTH_TELLING_S = 30.0
LOOK_SOON = timedelta(seconds=1)
LOOK_AGAIN = timedelta(seconds=10)
ABSENCES = 2
SETTLE_WITHIN = timedelta(seconds=105)
REAUTHORISE_WITHIN = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


class State(StrEnum):
    """Where an answer is. The last five are ends that only a person's new approval reopens."""

    APPROVED = "approved"
    CLAIMED = "claimed"
    SENDING = "sending"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    PUBLISHED = "published"
    FAILED = "failed"
    PARKED = "parked"
    REJECTED = "rejected"


STOPPABLE = frozenset({State.APPROVED, State.WAITING})
RECALLABLE = STOPPABLE | {State.CLAIMED}
REOPENABLE = frozenset({State.FAILED, State.PARKED, State.REJECTED})
NOTICED = frozenset({State.WAITING, State.UNKNOWN, State.FAILED, State.PARKED})
How = Literal["sent", "found"]
Why = tuple[str, str]
"""A stable code, and a sentence for a person."""


class NotPossible(AssertionError):
    """A step that this state does not allow: a bug of the caller."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One answer's progress.

    `fence` grows with every claim; a step is stored only while it is unchanged. `attempts` counts
    calls, `absences` looks that did not find it since the last call. `is_doubtful`: the last call
    may have been applied, so nothing is sent before a look. `doubted_at`: since when. `not_before`:
    when a person wants it to leave; a day is counted from then.
    """

    state: State
    decided_at: datetime
    due_at: datetime | None
    fence: int = 0
    attempts: int = 0
    retries: int = 0
    attempt_id: str | None = None
    sent_at: datetime | None = None
    is_doubtful: bool = False
    doubted_at: datetime | None = None
    absences: int = 0
    refused_at: datetime | None = None
    external_id: str | None = None
    permalink: str | None = None
    published_at: datetime | None = None
    how: How | None = None
    code: str | None = None
    reason: str | None = None
    revision: int = 0
    not_before: datetime | None = None


def approve(decided_at: datetime, now: datetime) -> Publication:
    """Return the publication of an answer that was just released."""
    return Publication(State.APPROVED, decided_at, due_at=now)


def reopen(publication: Publication, decided_at: datetime, now: datetime) -> Publication:
    """Start again because a person says so; what is in doubt is still looked for first."""
    if publication.state not in REOPENABLE or decided_at <= publication.decided_at:
        raise NotPossible(f"{publication.state} cannot be reopened")
    return replace(
        publication,
        state=State.APPROVED,
        decided_at=decided_at,
        due_at=now,
        fence=publication.fence + 1,
        retries=0,
        absences=0,
        refused_at=None,
        code=None,
        reason=None,
    )


def is_due(publication: Publication, now: datetime) -> bool:
    """Say whether somebody must do something about it now."""
    return publication.due_at is not None and publication.due_at <= now


def needs_look(publication: Publication) -> bool:
    """Say whether it must be looked for at the network before anything is sent."""
    return publication.is_doubtful


def claim(publication: Publication, now: datetime) -> Publication:
    """Take it for one lease. A call whose lease ran out may have been applied: it becomes unknown."""
    if not is_due(publication, now):
        raise NotPossible(f"{publication.state} is not due")
    if publication.state is State.SENDING:
        return _doubt(publication, now, "publish.interrupted", "the sender stopped during the call")
    if publication.state not in {State.APPROVED, State.CLAIMED, State.WAITING, State.UNKNOWN}:
        raise NotPossible(f"{publication.state} cannot be claimed")
    state = State.UNKNOWN if publication.state is State.UNKNOWN else State.CLAIMED
    return replace(publication, state=state, fence=publication.fence + 1, due_at=now + LEASE)


def begin(publication: Publication, attempt_id: str, now: datetime) -> Publication:
    """Note that the network is about to be called. Stored before the call."""
    if publication.state is not State.CLAIMED or publication.is_doubtful:
        raise NotPossible(f"{publication.state} cannot be sent")
    return replace(
        publication,
        state=State.SENDING,
        attempt_id=attempt_id,
        attempts=publication.attempts + 1,
        sent_at=now,
        absences=0,
        due_at=now + LEASE,
    )


def withhold(publication: Publication, until: datetime) -> Publication:
    """Take back what `begin` noted: the account was told to wait, and no call was made."""
    if publication.state is not State.SENDING:
        raise NotPossible(f"{publication.state} makes no call")
    state = State.WAITING if publication.code else State.APPROVED
    attempts = publication.attempts - 1
    return replace(publication, state=state, attempts=attempts, attempt_id=None, due_at=until)


def publish(
    publication: Publication, now: datetime, external_id: str, permalink: str | None, how: How
) -> Publication:
    """Note the receipt. Right from any state after the call: a receipt is never refused."""
    if publication.attempts == 0:
        raise NotPossible("nothing was sent")
    return replace(
        publication,
        state=State.PUBLISHED,
        external_id=external_id,
        permalink=permalink,
        published_at=now,
        how=how,
        due_at=None,
        is_doubtful=False,
        code=None,
        reason=None,
    )


def retry(
    publication: Publication,
    now: datetime,
    why: tuple[str, str],
    *,
    is_doubtful: bool,
    jitter: float,
    told_s: float | None = None,
) -> Publication:
    """Wait and try again, twice as long each time; give up after six. `jitter` is within 0..1.

    `told_s`: the network wants no repeat earlier than this.
    """
    retries = publication.retries + 1
    if retries >= TRIES:
        code, reason = why
        end = park if is_doubtful else fail
        return end(publication, (code, f"gave up after {retries} tries: {reason}"))
    wait_s = min(FIRST_WAIT_S * 2 ** (retries - 1), LONGEST_WAIT_S) * (0.5 + jitter)
    wait_s = min(max(wait_s, told_s or 0.0), GIVE_UP_AFTER.total_seconds())
    waiting = _wait(publication, now + timedelta(seconds=wait_s), why)
    doubted_at = (publication.doubted_at or now) if is_doubtful else None
    return replace(waiting, retries=retries, is_doubtful=is_doubtful, doubted_at=doubted_at)


def back_off(
    publication: Publication,
    now: datetime,
    why: tuple[str, str],
    wait_s: float | None,
    *,
    is_quiet: bool = False,
) -> Publication:
    """Wait as long as the network asks; a person decides when a day has gone by.

    `is_quiet`: a short wait is part of the network's usual pace, and nobody need be told.
    """
    if now - _wanted_at(publication) >= GIVE_UP_AFTER:
        return park(publication, ("publish.too_late", f"waited for a day: {why[1]}"))
    seconds = max(1.0, DEFAULT_BACKOFF_S if wait_s is None else wait_s)
    if seconds >= GIVE_UP_AFTER.total_seconds():
        return park(publication, ("publish.too_late", f"would wait for more than a day: {why[1]}"))
    is_news = (publication.code != why[0] and not is_quiet) or seconds >= WORTH_TELLING_S
    waiting = _wait(publication, now + timedelta(seconds=seconds), why, is_news=is_news)
    return replace(waiting, refused_at=None)


def await_grant(
    publication: Publication, now: datetime, why: tuple[str, str], wait_s: float = 60.0
) -> Publication:
    """Wait until the account is connected again; a person decides after an hour."""
    refused_at = publication.refused_at or now
    if now - refused_at >= REAUTHORISE_WITHIN:
        return park(publication, why)
    # Told once, not every minute: the revision numbers what is told.
    is_news = publication.refused_at is None or publication.code != why[0]
    due_at = now + timedelta(seconds=wait_s)
    return replace(_wait(publication, due_at, why, is_news=is_news), refused_at=refused_at)


def put_off(publication: Publication, until: datetime) -> Publication:
    """Give a claim back untouched: the account rests, and nobody need be told."""
    if publication.state not in {State.CLAIMED, State.UNKNOWN}:
        raise NotPossible(f"{publication.state} is in nobody's hand")
    if publication.state is State.UNKNOWN:
        return replace(publication, due_at=until)
    if until - _wanted_at(publication) >= GIVE_UP_AFTER:
        return park(publication, ("publish.too_late", "the account rests for more than a day"))
    state = State.WAITING if publication.code else State.APPROVED
    return replace(publication, state=state, due_at=until)


def rest(publication: Publication, now: datetime, until: datetime) -> Publication:
    """Wait while the account rests; what is in doubt waits no longer than a person should."""
    if publication.state is not State.UNKNOWN:
        return put_off(publication, until)
    settles_at = (publication.doubted_at or publication.decided_at) + SETTLE_WITHIN
    if now >= settles_at:
        return park(publication, ("publish.unknown", "the account rests for too long to look"))
    return put_off(publication, min(until, settles_at))


def undeliver(
    publication: Publication, why: tuple[str, str], external_id: str | None
) -> Publication:
    """The network took it and then could not deliver it: it ends, and no late answer revives it."""
    if publication.attempts == 0:
        raise NotPossible("nothing was sent")
    return replace(
        _end(publication, State.FAILED, why),
        external_id=external_id or publication.external_id,
        attempt_id=None,
        is_doubtful=False,
        doubted_at=None,
    )


def lose(publication: Publication, now: datetime, why: tuple[str, str]) -> Publication:
    """The call was made and its answer lost: look for it soon."""
    if publication.state is not State.SENDING:
        raise NotPossible(f"{publication.state} made no call")
    return _doubt(publication, now, *why)


def miss(publication: Publication, now: datetime, *, needed: int = ABSENCES) -> Publication:
    """A look did not find it: look once more, or be sure and send again at once."""
    if not publication.is_doubtful:
        raise NotPossible("nothing was looked for")
    absences = publication.absences + 1
    if absences < needed:
        return replace(publication, absences=absences, due_at=now + LOOK_AGAIN)
    if publication.retries >= TRIES:
        return park(publication, ("publish.never_applied", "the network loses it every time"))
    return replace(
        publication,
        state=State.APPROVED,
        is_doubtful=False,
        doubted_at=None,
        absences=0,
        due_at=now,
    )


def cannot_look(
    publication: Publication, now: datetime, why: tuple[str, str], jitter: float
) -> Publication:
    """The network cannot be read: try again until it takes too long, then a person decides."""
    if publication.state is not State.UNKNOWN:
        return retry(publication, now, why, is_doubtful=True, jitter=jitter)
    doubted_at = publication.doubted_at or now
    if now - doubted_at >= SETTLE_WITHIN:
        return park(publication, ("publish.unknown", f"could not be looked for: {why[1]}"))
    return replace(publication, due_at=min(now + LOOK_AGAIN, doubted_at + SETTLE_WITHIN))


def fail(publication: Publication, why: tuple[str, str]) -> Publication:
    """End it: the network, or our own guard, refuses for good."""
    return _end(publication, State.FAILED, why)


def park(publication: Publication, why: tuple[str, str]) -> Publication:
    """End it until a person decides what happened."""
    return _end(publication, State.PARKED, why)


def reject(publication: Publication, decided_at: datetime, why: tuple[str, str]) -> Publication:
    """End it before it was sent, because a person says so."""
    if publication.state not in RECALLABLE or publication.is_doubtful:
        raise NotPossible(f"{publication.state} cannot be rejected")
    return replace(_end(publication, State.REJECTED, why), decided_at=decided_at)


def _wanted_at(publication: Publication) -> datetime:
    return max(publication.decided_at, publication.not_before or publication.decided_at)


def _end(publication: Publication, state: State, why: tuple[str, str]) -> Publication:
    code, reason = why
    revision = publication.revision + 1
    return replace(
        publication, state=state, due_at=None, code=code, reason=reason, revision=revision
    )


def _wait(
    publication: Publication, due_at: datetime, why: tuple[str, str], *, is_news: bool = True
) -> Publication:
    code, reason = why
    return replace(
        publication,
        state=State.WAITING,
        due_at=due_at,
        code=code,
        reason=reason,
        revision=publication.revision + is_news,
    )


def _doubt(publication: Publication, now: datetime, code: str, reason: str) -> Publication:
    return replace(
        publication,
        state=State.UNKNOWN,
        fence=publication.fence + 1,
        is_doubtful=True,
        doubted_at=now,
        absences=0,
        retries=publication.retries + 1,
        due_at=now + LOOK_SOON,
        code=code,
        reason=reason,
        revision=publication.revision + 1,
    )
