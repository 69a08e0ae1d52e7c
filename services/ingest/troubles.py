"""What can be wrong with an account, in codes and in sentences a person can act on. Pure."""

from datetime import datetime, timedelta

from contracts.networks.table import rules

EXPIRING = timedelta(hours=72)
REFRESH_BEFORE = timedelta(minutes=10)
SILENT_AFTER = timedelta(minutes=15)

TROUBLES: dict[str, str] = {
    "token.refused": "Reconnect the account: {title} no longer accepts its permission.",
    "token.expired": "Reconnect the account: its permission has ended.",
    "token.expiring": "Reconnect the account in the next days: its permission ends soon and cannot be renewed by itself.",
    "account.paused": "Resume the account when it shall be read again.",
    "network.limited": "Nothing to do: {title} asked us to wait, and reading goes on by itself.",
    "network.unavailable": "Nothing to do yet: {title} does not answer, and what is missed will be read later.",
    "source.silent": "Look at {title}'s status page: it has not answered for a while. What is missed will be read later.",
    "webhook.silent": "Check that {title} calls this address for the account: new items arrive only by looking for them.",
    "webhook.refused": "Check the app's permissions at {title}: it does not agree to call us for this account.",
}
"""By code; the more serious first. The codes are the label of a metric: a closed set."""

_REFUSED = {
    "network.unknown": "Choose one of the networks in the list.",
    "network.not_readable": "{title} cannot be connected yet.",
    "connect.incomplete": "Fill in: {why}.",
    "connect.unreadable": "Open the form and connect the account again.",
    "connect.code_refused": "Sign in at {title} again; a sign-in is good once and for a few minutes.",
    "connect.app_missing": "Ask your operator to set up the app for {title} (INGEST_APPS).",
    "connect.no_accounts": "Sign in with a person who may look after the account.",
    "connection.unknown": "Reload the page: the account is gone.",
    "connection.not_active": "Resume or reconnect the account first.",
    "backfill.not_offered": "{title} does not give what is past.",
}


def advice_for(code: str, network: str | None, why: str = "") -> str:
    """Return what to do about a trouble or a refusal."""
    text = TROUBLES.get(code) or _REFUSED.get(code) or _by_ending(code) or why or _LATER
    return text.replace("{title}", title_of(network)).replace("{why}", why)


def _by_ending(code: str) -> str | None:
    """Every network has these codes under its own name."""
    ending = code.rpartition(".")[2]
    return next((text for endings, text in _ENDINGS.items() if ending in endings), None)


_LATER = "Try again in a few minutes."
_ENDINGS = {
    (
        "grant_refused",
    ): "Check what you typed, or sign in again: {title} does not accept these credentials.",
    (
        "unreachable",
        "unavailable",
    ): "Check the address and try again later: {title} does not answer.",
    ("rate_limited", "resting"): "Try again in a few minutes: {title} asked us to wait.",
}


def title_of(network: str | None) -> str:
    """Return a network's name as people know it."""
    try:
        return rules(network).title if network else "the network"
    except (KeyError, ImportError):
        return str(network)


def worst(codes: list[str]) -> str | None:
    """Return the most serious of these troubles."""
    order = list(TROUBLES)
    return min(codes, key=order.index, default=None)


def is_expiring(expires_at: datetime | None, now: datetime) -> bool:
    """Say whether a permission that cannot be renewed ends in the next days."""
    return expires_at is not None and expires_at - now <= EXPIRING
