"""What reading and answering Google reviews must both know: counting, ids, and that a review has one answer. No I/O."""

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 4096
"""BYTES of a reply, in UTF-8."""

_REPLY = "/reply"


def length(text: str) -> int:
    """Return how Google counts a reply: bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


def reply_id(review_id: str) -> str:
    """Return the id of the answer to a review: Google gives it none."""
    return f"{review_id}{_REPLY}"


def review_of(external_id: str) -> str:
    """Return the review of an item: itself, or what its answer stands under."""
    return external_id.removesuffix(_REPLY)


def is_reply(external_id: str) -> bool:
    """True for the answer, false for the review."""
    return external_id.endswith(_REPLY)


RULES = Rules(
    "google_business",
    "Google reviews",
    Measure(LIMIT, "bytes", length),
    Connecting(
        steps=(
            "Google must have granted your project the Business Profile APIs.",
            "Enter the resource name of the location, and sign in as a manager of it.",
        ),
        fields=(
            Field(
                "account_id", "Location", "Its resource name, like accounts/123/locations/456.",
            ),
            Field(
                "name", "Name", "What your people call the place.", is_required=False,
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
    acts=frozenset({"delete"}),
    own_only=frozenset({"delete"}),
    can_amend=frozenset({"review"}),
    missing=(
        "Reviews are asked for every few minutes: Google's push needs a Pub/Sub topic of your own, and it is not used.",
        "A review cannot be hidden or deleted by its owner, only the own answer: report a review to Google by hand.",
        "A review has one answer. Rapport never replaces one that is there: delete it first.",
        "A changed answer or a deleted review is noticed among the latest reviews only.",
        "Nothing was tried against the live service: access is granted on application.",
    ),
)  # fmt: skip
