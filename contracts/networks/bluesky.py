"""What reading and answering on Bluesky must both know: addresses, record keys, limits, counting. No I/O."""

from hashlib import sha256

from contracts.networks import graphemes
from contracts.networks.protocol import Connecting, Field, Measure, Rules

LIMIT = 300
"""Grapheme clusters of a post; links count with the text that is shown."""

LIMIT_BYTES = 3000
"""UTF-8 bytes of a post, whatever its clusters: the lexicon of app.bsky.feed.post has both limits."""

POSTS = "app.bsky.feed.post"
JETSTREAM = "wss://jetstream2.us-east.bsky.network/subscribe"

_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_TID_LENGTH = 13
# 2023-01-01 in microseconds, and about a year behind it: a key is a moment, and must be a past one.
_FIRST_US = 1_672_531_200_000_000
_SPAN_BITS = 45
_CLOCK_BITS = 10


def fits_bytes(text: str) -> bool:
    """Say whether a text keeps to the limit of bytes."""
    return len(text.encode("utf-8", "replace")) <= LIMIT_BYTES


def record_key(key: str) -> str:
    """Return the record key that always stands for the same answer or act, in the form of a TID.

    A TID is 13 characters of base32-sortable: 53 bits of microseconds, 10 bits of a clock's number.
    Source: atproto.com, specs/tid.
    """
    digest = int.from_bytes(sha256(key.encode()).digest()[:8], "big")
    moment = _FIRST_US + (digest >> (64 - _SPAN_BITS))
    number = moment << _CLOCK_BITS | digest & ((1 << _CLOCK_BITS) - 1)
    letters = [_SORTABLE[number >> 5 * place & 31] for place in reversed(range(_TID_LENGTH))]
    return "".join(letters)


def at_uri(did: str, collection: str, rkey: str) -> str:
    """Return the address of a record."""
    return f"at://{did}/{collection}/{rkey}"


def parts_of(uri: str) -> tuple[str, str, str] | None:
    """Return did, collection and record key of an address, or None when it is none."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://") or len(parts) != 3 or not all(parts):
        return None
    return parts[0], parts[1], parts[2]


def permalink(uri: str) -> str | None:
    """Return where people see a post."""
    parts = parts_of(uri)
    if parts is None or parts[1] != POSTS:
        return None
    return f"https://bsky.app/profile/{parts[0]}/post/{parts[2]}"


RULES = Rules(
    "bluesky",
    "Bluesky",
    Measure(LIMIT, "graphemes", graphemes.count, also=fits_bytes),
    Connecting(
        steps=(
            "Open Settings, Privacy and security, App passwords in Bluesky.",
            "Add an app password for Rapport and copy it; the account's own password is never asked for.",
        ),
        fields=(
            Field("identifier", "Handle", "The account's handle, like brand.example.com"),
            Field("token", "App password", "Four groups of four letters, made for Rapport.", "secret"),
            Field(
                "base_url", "Server", "The account's server. Leave it as it is unless you run your own.",
                "url", is_required=False, default="https://bsky.social",
            ),
            Field(
                "jetstream", "Stream", "Where edits and deletions are streamed from.",
                "url", is_required=False, default=JETSTREAM,
            ),
        ),
        base_url="https://bsky.social",
    ),
    arrivals=("stream", "poll"),
    acts=frozenset({"hide", "unhide", "delete", "like", "unlike", "block", "unblock"}),
    own_only=frozenset({"delete"}),
    missing=(
        "Changing an answer that is out: Bluesky has no edits, and a new post would lose the answers to it.",
        "Direct messages are not read or answered: the chat service needs a right of its own.",
        "Consent by OAuth: Bluesky asks for DPoP-bound tokens; an app password does the same today.",
        "Hiding works for answers in the brand's own threads only: Bluesky has no other.",
        "Deletions of posts seen more than a few thousand notifications ago are not noticed.",
    ),
)  # fmt: skip
