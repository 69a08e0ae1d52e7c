"""The words of moderation: what a button says, and what became of it. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from services.gateway.domain.views import ActView

ACTS: Mapping[str, str] = MappingProxyType({
    "hide": "Hide", "unhide": "Show again", "delete": "Delete", "like": "Like",
    "unlike": "Take the like back", "block": "Block the author",
    "unblock": "Unblock the author",
})  # fmt: skip
_WAITING: Mapping[str, str] = MappingProxyType({
    "hide": "Hiding it", "unhide": "Showing it again", "delete": "Deleting it", "like": "Liking it",
    "unlike": "Taking the like back", "block": "Blocking the author",
    "unblock": "Unblocking the author",
})  # fmt: skip
_DONE: Mapping[str, str] = MappingProxyType({
    "hide": "Hidden", "unhide": "Shown again", "delete": "Deleted", "like": "Liked",
    "unlike": "Like taken back", "block": "Author blocked",
    "unblock": "Author unblocked",
})  # fmt: skip
_FAILED: Mapping[str, str] = MappingProxyType({
    "hide": "Not hidden", "unhide": "Not shown again", "delete": "Not deleted", "like": "Not liked",
    "unlike": "Like not taken back", "block": "Author not blocked",
    "unblock": "Author not unblocked",
})  # fmt: skip


def words_of(act: ActView) -> str:
    """Return what became of an act in two or three words."""
    words = {"waiting": _WAITING, "done": _DONE}.get(act.state, _FAILED)
    return words[act.act]
