"""What reading and answering on TikTok must both know: counting, and what the codes in its answers mean. No I/O."""

from contracts.networks.protocol import Connecting, Measure, OAuth, Rules

LIMIT = 150
"""Characters of a comment. Unverified."""

# An answer says in its body what became of the call; HTTP says 200. All unverified.
LIMITED = frozenset({40016, 40100, 40132, 40133})
NO_TOKEN = frozenset({40102, 40104, 40105, 40110})
NO_PERMISSION = frozenset({40001})
GONE = frozenset({40006, 40007})
TROUBLE_FROM = 50000


def length(text: str) -> int:
    """Return how TikTok counts a comment: characters."""
    return len(text)


def headers(token: str) -> dict[str, str]:
    """Return what every call carries."""
    return {"Access-Token": token}


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
            client_id_name="client_key",
            refresh_url="https://business-api.tiktok.com/open_api/v1.3/tt_user/oauth2/refresh_token/",
        ),
        base_url="https://business-api.tiktok.com/open_api/v1.3",
    ),
    arrivals=("webhook", "poll"),
    acts=frozenset({"hide", "unhide", "like", "unlike", "delete"}),
    own_only=frozenset({"delete"}),
    missing=(
        "Changing an answer that is out: TikTok has no such call.",
        "Access is gated: nothing was tried live, and every path, field, code and limit is unverified.",
        "The fields inside a comment event are undocumented: a webhook is only a hint, the words come by polling.",
        "Only comments below the latest twenty videos are read.",
        "Mentions in other people's videos and direct messages are not read.",
        "Only own comments can be deleted; blocking is not offered by the API.",
    ),
)  # fmt: skip
