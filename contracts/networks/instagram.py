"""What reading and answering on Instagram must both know: ids, limits, windows, counting. No I/O."""

from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules, Window

DM_LIMIT = 1000
"""UTF-8 bytes of a direct message: a Japanese text ends at 333 letters."""

COMMENT_LIMIT = 2200
"""Characters of a comment. Unverified: the retired API allowed 300, 2,200 is what is quoted today."""

PRIVATE_ANSWER_FOR = timedelta(days=7)


def message_length(text: str) -> int:
    """Return how Instagram counts a direct message: UTF-8 bytes (a lone surrogate counts three)."""
    return len(text.encode("utf-8", "surrogatepass"))


def comment_length(text: str) -> int:
    """Return how Instagram counts a comment: characters."""
    return len(text)


_COMMENT = Measure(COMMENT_LIMIT, "characters", comment_length)

RULES = Rules(
    "instagram",
    "Instagram",
    Measure(DM_LIMIT, "bytes", message_length),
    Connecting(
        steps=(
            "Turn the account into a professional one (business or creator).",
            "Sign in with Instagram; or sign in with Facebook, when the account is linked to a Page.",
        ),
        fields=(
            Field("token", "Access token", "Instead of signing in: a token of this account.", "secret"),
        ),
        oauth=OAuth(
            "instagram",
            "https://www.instagram.com/oauth/authorize",
            "https://api.instagram.com/oauth/access_token",
            (
                "instagram_business_basic",
                "instagram_business_manage_comments",
                "instagram_business_manage_messages",
            ),
            has_pkce=False,
        ),
        base_url="https://graph.instagram.com/v23.0",
    ),
    arrivals=("webhook", "poll"),
    by_kind={"comment": _COMMENT, "mention": _COMMENT, "post": _COMMENT},
    window=Window(
        frozenset({"dm"}),
        timedelta(hours=24),
        timedelta(days=7),
        "instagram.window_closed",
        "Instagram is closed 24 hours after the customer wrote, for a person who answers by hand after"
        " 7 days. The customer has to write first.",
    ),
    acts=frozenset({"hide", "unhide", "delete"}),
    private_answer_for=PRIVATE_ANSWER_FOR,
    missing=(
        "Changing an answer that is out: Instagram has no such call; delete it and write again.",
        "Edits of comments are neither pushed nor dated: they are seen when a comment is read again.",
        "Deleted comments are not pushed: polling notices those of the newest ten media.",
        "Likes of comments: the API has none for an app.",
        "Own comments cannot be hidden, and nothing can be written below a live broadcast.",
    ),
)  # fmt: skip
"""By login of Instagram itself; the Facebook login brings linked accounts with another base URL."""
