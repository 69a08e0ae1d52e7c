"""Jetstream (v1): where it is, what is asked of it, and what a frame is to an account. Pure; the socket is the connector's."""

import json
from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from contracts.networks.bluesky import JETSTREAM, POSTS, at_uri
from services.ingest.connectors.bluesky.memory import Memory
from services.ingest.connectors.protocol import Grant

MOST_DIDS = 9000
REWIND_US = 5_000_000


class Use(Enum):
    """What is done with a frame."""

    FORWARD = "forward"
    HASTEN = "hasten"
    DROP = "drop"


class Frame(NamedTuple):
    """A frame's use, and the stream's cursor behind it."""

    use: Use
    time_us: int | None


def address(grant: Grant, cursor_us: int) -> str | None:
    """Return where to connect, or None: the stream is off, or not where a stream may be.

    Nothing secret is sent, yet an unencrypted stream could be forged: only a local server has one.
    """
    told = grant.options.get("jetstream", JETSTREAM).strip()
    try:
        parts = urlsplit(told)
    except ValueError:
        return None
    schemes = ("wss",) if grant.base_url.startswith("https:") else ("wss", "ws")
    if parts.scheme not in schemes or not parts.hostname:
        return None
    query = {"wantedCollections": POSTS, "requireHello": "true", "cursor": str(cursor_us)}
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(query)}"


def wish(did: str, authors: Iterable[str]) -> str:
    """Return the message that tells the stream whose posts to send: the brand's and its visitors'."""
    others = [one for one in authors if one != did][:MOST_DIDS]
    payload = {"wantedCollections": [POSTS], "wantedDids": [did, *others], "maxMessageSizeBytes": 0}
    return json.dumps({"type": "options_update", "payload": payload})


def read(text: str | bytes, did: str, memory: Memory) -> Frame:
    """Say what a frame is to the account.

    The brand's own posts, and edits and deletions of posts that were seen, go on. A new post of
    somebody else that names the brand only makes the notifications be asked for sooner: a frame has
    neither the handle nor the name of its author.
    """
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return Frame(Use.DROP, None)
    if not isinstance(frame, dict):
        return Frame(Use.DROP, None)
    time_us = frame.get("time_us")
    return Frame(
        _use(frame, text, did, memory), time_us if type(time_us) is int and time_us > 0 else None
    )


def _use(frame: dict[str, Any], text: str | bytes, did: str, memory: Memory) -> Use:
    commit, author = frame.get("commit"), frame.get("did")
    if not isinstance(commit, dict) or commit.get("collection") != POSTS:
        return Use.DROP
    uri = at_uri(str(author), POSTS, str(commit.get("rkey")))
    if author == did or (commit.get("operation") != "create" and memory.has(uri)):
        return Use.FORWARD
    named = did in text if isinstance(text, str) else did.encode() in text
    return Use.HASTEN if named and commit.get("operation") == "create" else Use.DROP
