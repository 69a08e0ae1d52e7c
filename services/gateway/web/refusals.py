"""What to do when an account could not be connected or changed: sentences by the stable code."""

from collections.abc import Mapping
from types import MappingProxyType

from services.gateway.domain.views import RequestView

USUAL = "Check what you entered and try again."
# By the part after the dot, which the networks' codes share.
ADVICE: Mapping[str, str] = MappingProxyType({
    "grant_invalid": "The network does not accept this access. Make a new one there and connect again.",
    "permission_missing": "The access lacks a permission. Give it all that the steps name.",
    "not_found": "There is no such account at this address. Check it for a typing mistake.",
    "unreachable": "The network could not be reached. Check the address, or try again in a minute.",
    "throttled": "The network asks us to slow down. Try again in a quarter of an hour.",
    "exchange_failed": "The sign-in took too long or was used twice. Begin again.",
    "unknown": "The account is not known any more. Load the page again.",
})  # fmt: skip


def advice_of(request: RequestView) -> str:
    """Return what a person can do about a refusal."""
    return ADVICE.get((request.code or "").partition(".")[2], USUAL)
