"""How far each listing of a Reddit account has been read, and the latest things, as one text. Asking lives in the connector."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

WATCHED = 100
Thing = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest thing that was read of a listing. The name is empty when only the moment is known."""

    name: str
    at: float


@dataclass(slots=True)
class Cursor:
    """An anchor by listing, and when each of the latest comments was edited (0: never)."""

    anchors: dict[str, Anchor] = field(default_factory=dict)
    watched: dict[str, float] = field(default_factory=dict)
    since: float | None = None

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """Return the cursor; what is no cursor of ours is none."""
        try:
            told = json.loads(text or "{}")
            anchors = {
                str(place): Anchor(str(name), float(at))
                for place, (name, at) in told.get("anchors", {}).items()
            }
            watched = {str(one): float(at) for one, at in told.get("watched", {}).items()}
            since = float(told["since"]) if told.get("since") is not None else None
        except (ValueError, TypeError, AttributeError):
            return cls()
        return cls(anchors, watched, since)

    @classmethod
    def of(cls, moment: datetime) -> "Cursor":
        """Return the cursor of a moment, for every listing."""
        return cls(since=moment.timestamp())

    def text(self) -> str:
        """Return it as it is kept."""
        told = {
            "anchors": {place: [one.name, one.at] for place, one in self.anchors.items()},
            "watched": self.watched,
            "since": self.since,
        }
        return json.dumps(told, separators=(",", ":"))

    def anchor(self, place: str) -> Anchor | None:
        """Return where to go on in a listing; None to read its newest page."""
        return self.anchors.get(place) or (
            Anchor("", self.since) if self.since is not None else None
        )

    def learn(self, place: str, things: list[Thing]) -> None:
        """Take down what was read of a listing."""
        newest = max(things, key=written_at, default=None)
        if newest is not None:
            self.anchors[place] = Anchor(name_of(newest), written_at(newest))
        for one in things:
            self.watch(one)

    def watch(self, thing: Thing) -> None:
        """Look at this comment again, while it is among the latest."""
        name = name_of(thing)
        if name.startswith("t1_"):
            self.watched.pop(name, None)
            self.watched[name] = edited_at(thing)
            while len(self.watched) > WATCHED:
                del self.watched[next(iter(self.watched))]


def name_of(thing: Thing) -> str:
    """Return the full name, t1_ and so on."""
    data = thing.get("data")
    name = data.get("name") if isinstance(data, dict) else None
    return str(name or "")


def written_at(thing: Thing) -> float:
    """Return when it was written, in unix seconds."""
    return _seconds(thing, "created_utc")


def edited_at(thing: Thing) -> float:
    """Return when it was edited; 0 when it never was."""
    return _seconds(thing, "edited")


def _seconds(thing: Thing, name: str) -> float:
    data = thing.get("data")
    value = data.get(name) if isinstance(data, dict) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and value is not None else 0.0
