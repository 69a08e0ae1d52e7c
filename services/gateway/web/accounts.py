"""How an account does, in plain words: what the accounts page and the inbox's banner say. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from services.gateway.domain.account_views import AccountView, HealthView, RequestView
from services.gateway.domain.accounts import EXPIRES_SOON, needs_person
from services.gateway.domain.views import BrandView

ARRIVALS: Mapping[str, str] = MappingProxyType({
    "webhook": "The network sends items within seconds",
    "stream": "Items stream in within seconds",
    "poll": "Read every few minutes",
})  # fmt: skip
WISHES: Mapping[str, str] = MappingProxyType({
    "connect": "Connecting", "check": "Checking", "backfill": "Reading again", "pause": "Pausing",
    "resume": "Resuming", "remove": "Removing",
})  # fmt: skip
WAYS_OUT: Mapping[str, str] = MappingProxyType({
    "needs_reauthorisation": "Nothing arrives and answers wait. Connect it again; nothing is lost.",
    "paused": "Nothing is read and nothing is sent until it is resumed.",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account does: the colour of its dot, a word, and a sentence when somebody must act."""

    tone: str
    word: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of an account's health. `at` is drawn as a time that grows; `tone` marks trouble."""

    name: str
    text: str
    at: datetime | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as its page shows it to one viewer. `asked` is the last wish that is not done."""

    account: AccountView
    standing: Standing
    facts: list[Fact]
    asked: RequestView | None


@dataclass(frozen=True, slots=True)
class BrandAccounts:
    """A brand with its accounts, those that need a person first."""

    brand: BrandView
    rows: list[AccountRow]
    may_manage: bool


def standing(account: AccountView) -> Standing:
    """Return how an account does, in a word, and what to do when it does not."""
    health = account.health
    if account.state == "needs_reauthorisation":
        return Standing("red", "Connect again", WAYS_OUT["needs_reauthorisation"])
    if account.state == "paused":
        return Standing("amber", "Paused", WAYS_OUT["paused"])
    if account.state == "removed":
        return Standing("grey", "Removed")
    if health is not None and health.trouble:
        advice = health.advice or "Check it now; if that does not help, connect it again."
        return Standing("red" if not health.is_reading else "amber", "In trouble", advice)
    if health is None:
        return Standing("grey", "Not measured yet")
    return Standing(
        "green" if health.is_reading else "grey", "Working" if health.is_reading else "Starting"
    )


def facts(account: AccountView, now: datetime) -> list[Fact]:
    """Return the figures of an account, in the order of the page."""
    told = [_newest(account.health), _lag(account.health), _quota(account.health, now)]
    told += [_access(account, now), _gaps(account.health)]
    return [one for one in told if one is not None]


def row(account: AccountView, asked: Sequence[RequestView], now: datetime) -> AccountRow:
    """Return an account as it is drawn."""
    last = next((one for one in asked if one.connection_id == account.connection_id), None)
    open_wish = last if last is not None and last.state != "done" else None
    return AccountRow(account, standing(account), facts(account, now), open_wish)


def in_need(accounts: Sequence[AccountView]) -> list[AccountView]:
    """Return the accounts that somebody must look after."""
    return [account for account in accounts if needs_person(account)]


def duration(seconds: float) -> str:
    """Return a stretch of time in words: `3 s`, `4 min`, `2 h`, `3 d`."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h" if seconds < 129_600 else f"{round(seconds / 86_400)} d"


def time_left(until: datetime, now: datetime) -> str:
    """Return how much time is left, as a countdown shows it: `23 h`, `45 min`, `3 d`."""
    seconds = max(0, int((until - now).total_seconds()))
    if seconds < 3600:
        return f"{max(1, seconds // 60)} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} d"


def _newest(health: HealthView | None) -> Fact:
    at = health.last_item_at if health else None
    return Fact("Newest item", "" if at else "None yet", at)


def _lag(health: HealthView | None) -> Fact | None:
    if health is None or health.lag_s is None:
        return None
    return Fact("Delay", duration(health.lag_s), tone="amber" if health.lag_s > 900 else "")


def _quota(health: HealthView | None, now: datetime) -> Fact | None:
    quota = health.quota if health else None
    if quota is None:
        return None
    of = f" of {quota.limit:,}" if quota.limit is not None else ""
    is_low = quota.remaining == 0 or (quota.limit and quota.remaining < quota.limit / 10)
    fresh = ""
    if quota.resets_at is not None and quota.resets_at > now:
        fresh = f", new in {time_left(quota.resets_at, now)}"
    return Fact("Calls left", f"{quota.remaining:,}{of}{fresh}", tone="amber" if is_low else "")


def _access(account: AccountView, now: datetime) -> Fact | None:
    until = account.token_expires_at
    if until is None:
        return None
    if until <= now:
        return Fact("Access", "Ended", tone="red")
    left = f"{time_left(until, now)} left"
    return Fact("Access", left, tone="amber" if until - now < EXPIRES_SOON else "")


def _gaps(health: HealthView | None) -> Fact | None:
    if health is None:
        return None
    if not health.gaps_found:
        return Fact("Gaps", "None found")
    items = f", {health.gap_items} {'item' if health.gap_items == 1 else 'items'} found there"
    is_open = health.gaps_filled < health.gaps_found
    text = f"{health.gaps_filled} of {health.gaps_found} filled{items}"
    return Fact("Gaps", text, tone="amber" if is_open else "")
