"""What reading and answering Google reviews must both know: counting, and that a review has one answer. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 4096
"""BYTES of a reply, in UTF-8."""


def length(text: str) -> int:
    """Return how Google counts a reply: bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


RULES = Rules(
    "google_business",
    "Google reviews",
    Measure(LIMIT, "bytes", length),
    Connecting(
        steps=(
            "Google must have granted your project the Business Profile APIs.",
            "Sign in as a manager of the location.",
        ),
        fields=(
            Field(
                "account_id", "Location", "Its resource name, like accounts/123/locations/456.",
            ),
        ),
        oauth=OAuth(
            "google",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            ("https://www.googleapis.com/auth/business.manage",),
            has_pkce=True,
            extra={"access_type": "offline", "prompt": "consent"},
        ),
        base_url="https://mybusiness.googleapis.com/v4",
    ),
    arrivals=("poll",),
    acts=frozenset(),
    missing=(
        "A review cannot be hidden or deleted by its owner; report it to Google by hand.",
        "A review has one answer: a second one replaces the first.",
    ),
)  # fmt: skip
