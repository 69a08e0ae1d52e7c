"""What reading and answering on LinkedIn must both know: URNs, counting. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 1250
"""Characters of a comment. Unverified: seen in use, not in the reference."""
VERSION = "202606"
"""The LinkedIn-Version header: versions are supported for a year."""


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
                "account_id", "Organisation", "The page's URN, like urn:li:organization:1234.",
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
    missing=(
        "Access is gated: nothing was tried with a real grant.",
        "Mentions of the page by members' posts come without the post's author name.",
    ),
)  # fmt: skip
