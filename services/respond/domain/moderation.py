"""The life of one act on somebody's item, as a pure state machine.

requested -> claimed -> done | waiting | failed | parked. An act may be repeated, so a lost answer is
not looked for: the act is simply done again. Storing and calling the network are elsewhere.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from contracts.moderation import Act

LEASE = timedelta(seconds=30)
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
PERSON_AFTER = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
_OPPOSITES: dict[Act, frozenset[Act]] = {
    "hide": frozenset({"unhide", "delete"}),
    "unhide": frozenset({"hide", "delete"}),
    "like": frozenset({"unlike", "delete"}),
    "unlike": frozenset({"like", "delete"}),
    "block": frozenset({"unblock"}),
    "unblock": frozenset({"block"}),
}


class State(StrEnum):
    """Where an act is. The last three are ends; a new wish is a new act."""

    REQUESTED = "requested"
    CLAIMED = "claimed"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"


ENDS = frozenset({State.DONE, State.FAILED, State.PARKED})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act is. `fence` grows with every claim; a step is stored only while it is unchanged."""

    state: State
    requested_at: datetime
    due_at: datetime | None
    fence: int = 0
    attempts: int = 0
    retries: int = 0
    refused_at: datetime | None = None
    code: str | None = None
    why: str | None = None


def request(requested_at: datetime, now: datetime) -> Progress:
    """Return the progress of a wish that has just come in."""
    return Progress(State.REQUESTED, requested_at, due_at=now)


def claim(progress: Progress, now: datetime) -> Progress:
    """Take it for one lease."""
    return replace(progress, state=State.CLAIMED, fence=progress.fence + 1, due_at=now + LEASE)


def called(progress: Progress) -> Progress:
    """Count a call whose outcome is known."""
    return replace(progress, attempts=progress.attempts + 1)


def done(progress: Progress) -> Progress:
    """End it: the network did it."""
    return replace(progress, state=State.DONE, due_at=None, code=None, why=None)


def fail(progress: Progress, why: tuple[str, str]) -> Progress:
    """End it: it never will be done."""
    return _end(progress, State.FAILED, why)


def park(progress: Progress, why: tuple[str, str]) -> Progress:
    """End it until a person decides."""
    return _end(progress, State.PARKED, why)


def retry(progress: Progress, now: datetime, why: tuple[str, str], jitter: float) -> Progress:
    """Do it again later, twice as late each time; a person decides after an hour."""
    retries = progress.retries + 1
    # The tries are bounded, too: a clock that stands still must not make it go on for ever.
    if now - progress.requested_at >= PERSON_AFTER or retries >= 20:
        return park(progress, (why[0], f"gave up after {progress.attempts} tries: {why[1]}"))
    wait_s = min(FIRST_WAIT_S * 2 ** (retries - 1), LONGEST_WAIT_S) * (0.5 + jitter)
    return replace(_wait(progress, now, why, wait_s), retries=retries, refused_at=None)


def back_off(progress: Progress, now: datetime, why: tuple[str, str], wait_s: float) -> Progress:
    """Wait as long as the network asks; a person decides when that is more than a day."""
    if now + timedelta(seconds=wait_s) - progress.requested_at >= GIVE_UP_AFTER:
        return park(progress, ("moderation.too_late", f"could not be done in a day: {why[1]}"))
    return replace(_wait(progress, now, why, wait_s), refused_at=None)


def put_off(progress: Progress, until: datetime) -> Progress:
    """Give a claim back untouched: the account rests, or another act comes first."""
    if until - progress.requested_at >= GIVE_UP_AFTER:
        return park(progress, ("moderation.too_late", "the account rests for more than a day"))
    return replace(progress, state=State.WAITING, due_at=until)


def await_grant(
    progress: Progress, now: datetime, why: tuple[str, str], wait_s: float = 60.0
) -> Progress:
    """Wait until the account is connected again; a person decides after an hour."""
    refused_at = progress.refused_at or now
    if now - refused_at >= PERSON_AFTER:
        return park(progress, why)
    return replace(_wait(progress, now, why, wait_s), refused_at=refused_at)


def is_undone_by(act: Act, later: Act) -> bool:
    """Say whether a later act makes this one pointless."""
    return later in _OPPOSITES.get(act, frozenset())


def _end(progress: Progress, state: State, why: tuple[str, str]) -> Progress:
    return replace(progress, state=state, due_at=None, code=why[0], why=why[1])


def _wait(progress: Progress, now: datetime, why: tuple[str, str], wait_s: float) -> Progress:
    due_at = now + timedelta(seconds=wait_s)
    return replace(progress, state=State.WAITING, due_at=due_at, code=why[0], why=why[1])
