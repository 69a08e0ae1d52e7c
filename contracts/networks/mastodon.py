"""What reading and answering on Mastodon must both know: ids, limits, counting. No I/O."""

import re

from contracts.networks import graphemes

LIMIT = 500
"""The default; a server tells its own in configuration.statuses.max_characters."""

URL_LENGTH = 23
"""What any http(s) address counts; a server tells its own as characters_reserved_per_url."""

IDEMPOTENCY_S = 3600
"""How long a server remembers an Idempotency-Key."""

_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TRAILING = re.compile(r"[.,;:!?'\")\]}\u2026]+\Z")
_REMOTE = re.compile(r"(?<![\w/])@(\w+(?:[\w.-]*\w)?)@[\w-]+(?:\.[\w-]+)+", re.ASCII)


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
    # The full stop behind an address ends the sentence; it is no part of the address.
    rest = _TRAILING.search(address)
    return "x" * url_length + (rest.group() if rest else "")
