"""Hidden or shown: the newest word counts, ours or the network's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.gateway.domain.moderation import is_hidden

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def told(minutes: int, *, is_hidden: bool) -> dict[str, Any]:
    millis = int((AT + timedelta(minutes=minutes)).timestamp() * 1000)
    return {"key": f"0-{millis:014d}\x1fhidden", "is_hidden": is_hidden}


def ours(state: str, act: str = "hide") -> dict[str, Any]:
    return {"visibility": {"act": act, "state": state, "at": AT, "settled_at": AT}}


def test_the_newest_word_counts() -> None:
    assert is_hidden({"acts": ours("done")})
    assert is_hidden({"acts": ours("done"), "hidden": told(-5, is_hidden=False)})
    assert not is_hidden({"acts": ours("done"), "hidden": told(5, is_hidden=False)})
    assert is_hidden({"acts": ours("done", "unhide"), "hidden": told(5, is_hidden=True)})
    assert is_hidden({"acts": ours("waiting"), "hidden": told(5, is_hidden=False)})
    assert not is_hidden({"acts": ours("failed"), "hidden": told(-5, is_hidden=False)})
