"""What reading and answering on TikTok must both know: counting. No I/O."""

from contracts.networks.protocol import Connecting, Measure, OAuth, Rules

LIMIT = 150
"""Characters of a comment. Unverified."""


def length(text: str) -> int:
    """Return how TikTok counts a comment: characters."""
    return len(text)


RULES = Rules(
    "tiktok",
    "TikTok",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "TikTok must have granted your app the Accounts API of the Business API.",
            "Sign in to the business account whose comments Rapport shall read.",
        ),
        oauth=OAuth(
            "tiktok",
            "https://www.tiktok.com/v2/auth/authorize/",
            "https://business-api.tiktok.com/open_api/v1.3/tt_user/oauth2/token/",
            ("user.info.basic", "video.list", "comment.list", "comment.list.manage"),
            has_pkce=False,
        ),
        base_url="https://business-api.tiktok.com/open_api/v1.3",
    ),
    arrivals=("webhook", "poll"),
    acts=frozenset({"hide", "unhide", "like", "unlike"}),
    missing=(
        "Access is gated and the fields inside a comment event are undocumented: a webhook is only a hint to poll.",
        "Direct messages are not offered by the API.",
    ),
)  # fmt: skip
