"""The one answer to whoever asks for what is not there, or not theirs: the same bytes for both."""

from runtime.errors import NotFound


def nothing_here() -> NotFound:
    """Return the error; it never says which of the two it was."""
    return NotFound("thing.unknown", "There is no such thing here, or it is not yours to see.")
