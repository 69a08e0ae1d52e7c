"""What was asked to be done to a message at its network, short of answering it. Pure.

Acts come in families of which the last one counts: hiding and showing, liking and not, deleting,
blocking. store/moderation.py writes them, and what became of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.moderation import ACTS, Act
from services.gateway.domain.inbox import Document
from services.gateway.domain.views import ActView

FAMILIES: dict[Act, str] = {
    "hide": "visibility", "unhide": "visibility", "like": "like", "unlike": "like",
    "delete": "delete", "block": "block", "unblock": "block",
}  # fmt: skip
OPPOSITES: dict[Act, Act] = {
    "hide": "unhide", "unhide": "hide", "like": "unlike", "unlike": "like", "block": "unblock",
    "unblock": "block",
}  # fmt: skip
NEED_REASON: frozenset[Act] = frozenset({"hide", "delete", "block"})
# Asked for, or done: what a page shows as if it were so already.
STANDING = frozenset({"waiting", "done"})


def acts_of(found: Document) -> list[ActView]:
    """Return the last act of each family, the newest first."""
    acts: dict[str, Document] = found.get("acts") or {}
    views = [_view(record) for record in acts.values()]
    return sorted(views, key=lambda one: one.at, reverse=True)


def is_hidden(found: Document) -> bool:
    """Say whether the message is hidden: by our own act, unless the network said otherwise since."""
    told = found.get("hidden") or {}
    record = (found.get("acts") or {}).get("visibility")
    if record and _counts(record, told.get("key", "")):
        return bool(record["act"] == "hide")
    return bool(told.get("is_hidden"))


def deleted_by(found: Document) -> str | None:
    """Return who of the brand had the message deleted at its network."""
    record = (found.get("acts") or {}).get("delete") or {}
    return record.get("by_name") if record.get("state") == "done" else None


def offered(allowed: Sequence[Act], found: Document) -> list[Act]:
    """Return the acts that still make sense: not what stands already, nor what undoes nothing."""
    if found.get("is_deleted"):
        left = [act for act in allowed if act in {"block", "unblock"}]
        return [act for act in left if _makes_sense(act, found)]
    return [act for act in allowed if _makes_sense(act, found)]


def _makes_sense(act: Act, found: Document) -> bool:
    if act in {"hide", "unhide"}:
        return (act == "unhide") == is_hidden(found)
    if act in {"unlike", "unblock"}:
        return _stands(found, OPPOSITES[act])
    return not _stands(found, act)


def _stands(found: Document, act: Act) -> bool:
    record = (found.get("acts") or {}).get(FAMILIES[act]) or {}
    return record.get("act") == act and record.get("state") in STANDING


def _counts(record: Document, key: str) -> bool:
    """Say whether our act is the newest word: while it is asked for, or done after the network's."""
    if record["state"] == "waiting":
        return True
    return record["state"] == "done" and _is_later(record.get("settled_at") or record["at"], key)


def _is_later(at: datetime, key: str) -> bool:
    """Compare with what the network said: its key begins with a version, `0-` and milliseconds."""
    millis = key.partition("\x1f")[0].partition("-")[2]
    return not millis.isdecimal() or at.timestamp() * 1000 >= int(millis)


def _view(record: Document) -> ActView:
    told: dict[str, Any] = {name: record.get(name) for name in ActView.__dataclass_fields__}
    act: Act = record["act"]
    opposite = OPPOSITES.get(act)
    told["undo"] = opposite if act in ACTS and record["state"] in STANDING else None
    return ActView(**told)
