"""What reading and answering on Reddit must both know: names of things, limits, who calls. No I/O."""

from datetime import timedelta

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 10_000
"""Characters of a comment or message."""

COMMENT, ACCOUNT, POST, MESSAGE, SUBREDDIT = "t1_", "t2_", "t3_", "t4_", "t5_"
"""What the name of a thing begins with."""


def user_agent(options_agent: str | None, handle: str | None) -> str:
    """Return the User-Agent Reddit asks for: platform:app:version (by /u/name). Others are throttled."""
    return options_agent or f"server:rapport:1 (by /u/{handle or 'unnamed'})"


RULES = Rules(
    "reddit",
    "Reddit",
    Measure(LIMIT, "characters", len),
    Connecting(
        steps=(
            "Ask Reddit for access to its interface and make a web app in its preferences.",
            "Sign in as the account that Rapport shall look after and allow what is asked for.",
        ),
        fields=(
            Field(
                "subreddits",
                "Communities",
                "Names of communities to read every comment of, with commas between.",
                is_required=False,
            ),
        ),
        oauth=OAuth(
            "reddit",
            "https://www.reddit.com/api/v1/authorize",
            "https://www.reddit.com/api/v1/access_token",
            ("identity", "read", "history", "privatemessages", "submit", "edit", "modposts"),
            has_pkce=False,
            extra={"duration": "permanent"},
        ),
        base_url="https://oauth.reddit.com",
    ),
    arrivals=("poll",),
    acts=frozenset({"hide", "unhide", "delete"}),
    own_only=frozenset({"delete"}),
    # A message may be sent to anybody who allows it, at any time.
    private_answer_for=timedelta(days=365),
    can_amend=frozenset({"comment", "mention", "post"}),
    missing=(
        "Reddit forbids votes by programs, so there are no likes.",
        "Chat is not in Reddit's interface; only messages are.",
        "Hiding and showing comments needs the rights of a moderator there.",
        "Listings reach about 1,000 things back: older ones cannot be read.",
        "Edits and deletions are noticed only while a thing is among the newest.",
    ),
)
