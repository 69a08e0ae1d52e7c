"""What reading and answering on Mastodon must both know: ids, limits, counting. No I/O."""

import re
from datetime import timedelta

from contracts.networks import graphemes
from contracts.networks.protocol import Connecting, Field, Measure, OAuth, Rules

LIMIT = 500
"""The default; a server tells its own in configuration.statuses.max_characters."""

URL_LENGTH = 23
"""What any http(s) address counts; a server tells its own as characters_reserved_per_url."""

IDEMPOTENCY_S = 3600
"""How long a server remembers an Idempotency-Key."""

_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BEHIND = frozenset(".,;:!?'\"]}\u2026")
# Every run is taken whole (++): what can match in one way only is not tried in others.
_NAME = r"[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+"
_REMOTE = re.compile(rf"(?<![=/\w])@({_NAME})@\w++(?:[.-]++\w++)*+")


def length(text: str, warning: str = "", url_length: int = URL_LENGTH) -> int:
    """Return how Mastodon counts a status: grapheme clusters of warning and text.

    An address counts `url_length`, however long it is; of @user@domain only @user counts.
    """
    counted = _URL.sub(lambda found: _placeholder(found.group(), url_length), text)
    return graphemes.count(_REMOTE.sub(r"@\1", counted)) + graphemes.count(warning)


def id_order(status_id: str) -> tuple[int, str]:
    """Return what orders ids by age: they are numbers as text, so the longer is the newer."""
    return len(status_id), status_id


def _placeholder(address: str, url_length: int) -> str:
    # The full stop behind an address ends the sentence; a bracket is the address's own if it opens there, too.
    end, opened = len(address), address.count("(") - address.count(")")
    while address[end - 1] in _BEHIND or (address[end - 1] == ")" and opened < 0):
        opened += address[end - 1] == ")"
        end -= 1
    return "x" * url_length + address[end:]


RULES = Rules(
    "mastodon",
    "Mastodon",
    Measure(LIMIT, "graphemes", length, url_length=URL_LENGTH),
    Connecting(
        steps=(
            "Open Preferences, Development on your server and make a new application.",
            "Give it the scopes read and write, save it, and copy its access token.",
        ),
        fields=(
            Field("base_url", "Server", "The address of your server, like https://social.example", "url"),
            Field("token", "Access token", "From the application you made.", "secret"),
        ),
        oauth=OAuth(
            "mastodon", "/oauth/authorize", "/oauth/token", ("read", "write"), has_pkce=True
        ),
    ),
    arrivals=("stream", "poll"),
    acts=frozenset({"like", "unlike", "block", "unblock", "delete"}),
    own_only=frozenset({"delete"}),
    can_amend=frozenset({"comment", "dm", "mention"}),
    # Any status may be answered to its author alone, however old it is.
    private_answer_for=timedelta(days=3650),
    missing=(
        "Hiding: Mastodon has no way to hide what others wrote; block or mute them instead.",
        "Deleting what others wrote: only their servers can; Rapport deletes the brand's own answers.",
        "Deletions while the stream was broken are noticed when the status is next looked up.",
        "Attachments to answers.",
    ),
)  # fmt: skip
