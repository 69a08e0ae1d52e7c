"""What reading and answering on YouTube must both know: ids, limits, what calls cost. No I/O."""

from datetime import UTC, datetime, timedelta

from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 10_000
"""Characters of a comment. Unverified: Google documents an error for too much, and no number."""

DAILY_UNITS = 10_000
"""What a Google project may spend on a day; all brands share it."""

LIST_UNITS = 1
WRITE_UNITS = 50


def top_of(comment_id: str) -> str:
    """Return the top-level comment that a comment stands under: itself, or what is before the full stop."""
    return comment_id.partition(".")[0]


def resets_at(now: datetime) -> datetime:
    """Return when the units of the day are new: the next midnight of California, always a whole hour in UTC."""
    midnight = (now - _behind(now)).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + timedelta(days=1)
    return at + _behind(at + timedelta(hours=8))


def _behind(now: datetime) -> timedelta:
    """How far California is behind UTC: summer time from the second Sunday of March to the first of November."""
    starts_at = _sunday(now.year, 3, 2) + timedelta(hours=10)
    ends_at = _sunday(now.year, 11, 1) + timedelta(hours=9)
    return timedelta(hours=7 if starts_at <= now < ends_at else 8)


def _sunday(year: int, month: int, which: int) -> datetime:
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))


RULES = Rules(
    "youtube",
    "YouTube",
    Measure(LIMIT, "characters", len),
    Connecting(
        steps=(
            "Sign in to Google as an owner of the channel.",
            "Choose the channel and allow that its comments are managed.",
        ),
        fields=(
            Field(
                "daily_units",
                "Units a day",
                "What this channel may spend of your Google project's 10,000 units a day.",
                "number",
                is_required=False,
            ),
        ),
        oauth=OAuth(
            "google",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            ("https://www.googleapis.com/auth/youtube.force-ssl",),
            has_pkce=True,
            extra={"access_type": "offline", "prompt": "consent"},
        ),
        base_url="https://www.googleapis.com/youtube/v3",
    ),
    arrivals=("poll",),
    acts=frozenset({"hide", "unhide", "delete", "block"}),
    can_amend=frozenset({"comment"}),
    missing=(
        "Comments are asked for every few minutes: YouTube does not call us for them.",
        "Likes of comments, community posts and live chat are not in YouTube's interface.",
        "A deleted comment is noticed in the threads of the last days only.",
        "A comment that its author changes later than its thread is looked at again stays as it was read.",
    ),
)
