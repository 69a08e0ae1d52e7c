"""What reading and answering on LinkedIn must both know: URNs, counting, versions. No I/O."""

import re

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 1250
"""Characters of a comment. Unverified: seen in use, not in the reference."""
VERSION = "202606"
"""The LinkedIn-Version header: versions are supported for a year."""


_SHORT = re.compile(r"^urn:li:comment:\(\s*(?:urn:li:)?(\w+):")
_COMMENT = re.compile(r"^urn:li:comment:\((urn:li:\w+:[^,()]+),([^,()]+)\)$")


def headers(token: str) -> dict[str, str]:
    """Return what every call carries."""
    return {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
    }


def long_urn(urn: str | None) -> str | None:
    """Return a URN in its long spelling: comments are named in two."""
    return _SHORT.sub(r"urn:li:comment:(urn:li:\1:", urn) if urn else None


def parts_of(urn: str) -> tuple[str, str] | None:
    """Return what a comment stands under and its number, or None for what is no comment's URN."""
    found = _COMMENT.match(urn)
    return (found[1], found[2]) if found else None


def length(text: str) -> int:
    """Return how LinkedIn counts a comment: characters."""
    return len(text)


RULES = Rules(
    "linkedin",
    "LinkedIn",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "LinkedIn must have granted your app the Community Management API.",
            "Sign in as a member who is an administrator of the page.",
        ),
        fields=(
            Field(
                "account_id", "Organisation",
                "The page's URN, like urn:li:organization:1234. Empty: every page the member administers.",
                is_required=False,
            ),
        ),
        oauth=OAuth(
            "linkedin",
            "https://www.linkedin.com/oauth/v2/authorization",
            "https://www.linkedin.com/oauth/v2/accessToken",
            ("r_organization_social", "w_organization_social", "rw_organization_admin"),
            has_pkce=False,
        ),
        base_url="https://api.linkedin.com/rest",
    ),
    arrivals=("webhook", "poll"),
    acts=frozenset({"delete", "like", "unlike"}),
    can_amend=frozenset({"comment", "mention", "post"}),
    missing=(
        "Access is gated: nothing was tried with a real grant, and limits and paths are unverified.",
        "The webhook is subscribed by hand: that needs the app's and the member's URNs, which a grant does not tell.",
        "Authors are URNs: names of members are not given to apps.",
        "Reading reaches 60 days back.",
        "Hiding and blocking are not offered by the API.",
    ),
)  # fmt: skip
