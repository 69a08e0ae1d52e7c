"""Server-sent events as Mastodon writes them, from bytes to frames. What a frame means is read elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

_FIELDS = ("event", "data", "id", "retry")


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event: its name and its data, lines joined."""

    name: str
    data: str


def looks_like_events(text: str) -> bool:
    """True when the first line that is not blank is a line of an event stream."""
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0].rstrip("\r")
    return first.startswith(":") or first.partition(":")[0] in _FIELDS


def read_events(text: str) -> Iterator[ServerEvent]:
    """Yield the events in order; heartbeats (comment lines) and events without data are skipped.

    The last event counts even without the blank line behind it: a recorded stream may end there.
    Source: WHATWG HTML, section 9.2.6.
    """
    name, data = "message", list[str]()
    for line in [*_lines(text), ""]:
        if not line:
            if data:
                yield ServerEvent(name, "\n".join(data))
            name, data = "message", []
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)


def _lines(text: str) -> list[str]:
    # Not splitlines(): it also breaks at characters that may stand inside the JSON, such as U+2028.
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
