"""What reading and answering on X must both know: ids, limits, tiers. How a post is counted is in x_length. No I/O."""

from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules
from contracts.networks.x_length import URL_LENGTH, length

LIMIT = 280
"""Weighted length of a post. Subscribed accounts may write more; what they may is not documented."""

MESSAGE_LIMIT = 10_000
"""Characters of a direct message."""

SELF_SERVE = "self_serve"
"""The tier that answers only who named or quoted the account."""

POST_FIELDS = "tweet.fields"
"""Name of the parameter that asks for fields of posts."""

TIERS = (SELF_SERVE, "basic", "pro", "enterprise")
SEARCHING_TIERS = frozenset({"basic", "pro", "enterprise"})
"""Tiers that may search posts, so that answers to answers are found."""


def id_order(post_id: str) -> tuple[int, str]:
    """Return what orders ids by age: they are numbers as text, so the longer is the newer."""
    return len(post_id), post_id


RULES = Rules(
    "x",
    "X",
    Measure(LIMIT, "weighted", length, url_length=URL_LENGTH),
    Connecting(
        steps=(
            "Sign in to X as the account that Rapport shall look after.",
            "Allow what is asked for; reading needs a paid tier of your developer account.",
        ),
        fields=(
            Field(
                "tier",
                "Tier",
                "Of your developer account: self_serve, basic, pro or enterprise.",
                is_required=False,
                default=SELF_SERVE,
            ),
            Field(
                "webhook_id",
                "Webhook",
                "The id X gave your webhook. Without it Rapport asks every few minutes.",
                is_required=False,
            ),
        ),
        oauth=OAuth(
            "x",
            "https://x.com/i/oauth2/authorize",
            "https://api.x.com/2/oauth2/token",
            (
                "tweet.read", "tweet.write", "tweet.moderate.write", "users.read",
                "dm.read", "dm.write", "like.write", "offline.access",
            ),
            has_pkce=True,
        ),
        base_url="https://api.x.com",
    ),
    arrivals=("webhook", "poll"),
    by_kind={"dm": Measure(MESSAGE_LIMIT, "characters", len)},
    acts=frozenset({"hide", "unhide", "delete", "like", "unlike"}),
    own_only=frozenset({"delete"}),
    # X sets no time; whether the person takes messages at all shows when one is sent.
    private_answer_for=timedelta(days=365),
    missing=(
        "Changing an answer that is out: X lets only people edit, for a short time.",
        "Deletions by customers are not told by X.",
        "Encrypted messages are shown without their text; answer them in the app.",
        "On the self-serve tier X refuses answers to people who neither named nor quoted the account.",
        "Answers to answers are found from the tier basic upwards, up to seven days back.",
        "Long posts of subscribed accounts, pictures and blocking are not offered.",
    ),
)  # fmt: skip
