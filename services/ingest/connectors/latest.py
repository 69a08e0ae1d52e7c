"""What a polled network's latest items looked like, as one text: what is new, changed or gone. Asking is the connector's."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.ingest.connectors.times import iso_z, parse_time

KEPT = 400
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as it was read: when it was written, what tells a change of it, and where it stands."""

    key: str
    at: datetime
    version: str = ""
    place: str = ""


@dataclass(slots=True)
class Latest:
    """The latest items by id. Nothing unknown that is older than `floor` is news."""

    floor: datetime = _NEVER
    rows: dict[str, Seen] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Latest":
        """Return what was remembered; nothing when it cannot be read."""
        try:
            told = json.loads(text or "{}")
            seen = [
                Seen(str(key), parse_time(row[0]) or _NEVER, str(row[1]), str(row[2]))
                for key, row in told.get("rows", {}).items()
            ]
            floor = parse_time(told.get("floor"))
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            return cls()
        return cls(floor or _NEVER, {one.key: one for one in seen})

    @classmethod
    def since(cls, moment: datetime) -> "Latest":
        """Return a memory to which everything after a moment is news."""
        return cls(moment)

    @property
    def newest(self) -> datetime:
        """The moment of the newest item; the floor when there is none."""
        return max((one.at for one in self.rows.values()), default=self.floor)

    def text(self) -> str:
        """Return it as it is kept."""
        rows = {one.key: [_iso(one.at), one.version, one.place] for one in self.rows.values()}
        told = {"floor": _iso(self.floor), "rows": rows}
        return json.dumps(told, separators=(",", ":"))

    def is_news(self, one: Seen) -> bool:
        """True when the item is new, or not as it was."""
        known = self.rows.get(one.key)
        if known is not None:
            return known.version != one.version
        return one.at >= self.floor or one.at == _NEVER

    def learn(self, found: Iterable[Seen]) -> None:
        """Remember items as they are now."""
        self.rows.update((one.key, one) for one in found)

    def lost(self, place: str, there: Collection[str], since: datetime = _NEVER) -> list[Seen]:
        """Return what is known of a place since a moment and is not among the items that are there."""
        return [
            one
            for one in self.rows.values()
            if one.place == place and one.at >= since and one.key not in there
        ]

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what was reported as gone."""
        for key in keys:
            self.rows.pop(key, None)

    def shrink(self, most: int = KEPT) -> None:
        """Keep the latest; what is older than them is no news any more."""
        if len(self.rows) <= most:
            return
        latest = sorted(self.rows.values(), key=lambda one: one.at, reverse=True)[:most]
        self.rows = {one.key: one for one in latest}
        self.floor = max(self.floor, latest[-1].at)


def _iso(at: datetime) -> str:
    return "" if at == _NEVER else iso_z(at)
