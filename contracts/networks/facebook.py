"""What reading and answering on Facebook must both know: ids, limits, counting. No I/O."""

from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 8000
"""Characters of a comment. Unverified: Meta documents no number."""

PRIVATE_LIMIT = 2000
"""Characters of a private answer to a comment."""

PRIVATE_ANSWER_FOR = timedelta(days=7)
"""How long after a comment its author may be written to, once."""


def length(text: str) -> int:
    """Return how Facebook counts a comment: characters."""
    return len(text)


def page_of(post_id: str) -> str | None:
    """Return the page a post id `{page}_{post}` names, or None when it names none."""
    page, separator, post = post_id.partition("_")
    return page if page and separator and post else None


RULES = Rules(
    "facebook",
    "Facebook",
    Measure(LIMIT, "characters", length),
    Connecting(
        steps=(
            "Sign in with a person who has the Page's Community role.",
            "Choose the Pages and Instagram accounts that Rapport shall look after.",
        ),
        fields=(
            Field("token", "Page access token", "Instead of signing in: a token of one Page.", "secret"),
        ),
        oauth=OAuth(
            "meta",
            "https://www.facebook.com/v23.0/dialog/oauth",
            "https://graph.facebook.com/v23.0/oauth/access_token",
            (
                "pages_show_list", "pages_manage_metadata", "pages_read_engagement",
                "pages_read_user_content", "pages_manage_engagement", "pages_messaging",
                "instagram_basic", "instagram_manage_comments", "instagram_manage_messages",
            ),
            has_pkce=False,
        ),
        base_url="https://graph.facebook.com/v23.0",
        also_connects=("messenger", "instagram"),
    ),
    arrivals=("webhook", "poll"),
    # A comment answered privately becomes a message of Messenger.
    by_kind={"dm": Measure(PRIVATE_LIMIT, "characters", length)},
    acts=frozenset({"hide", "unhide", "delete", "like", "unlike"}),
    private_answer_for=PRIVATE_ANSWER_FOR,
    can_amend=frozenset({"comment", "mention", "post", "review"}),
    missing=(
        "Comments whose author hides the name from apps come without an author when they are polled.",
        "Edits and deletions made while no webhook reaches us are seen only when a comment is read again.",
        "Reactions are not shown; reviews are recommendations, and old ones have no stars.",
    ),
)  # fmt: skip
