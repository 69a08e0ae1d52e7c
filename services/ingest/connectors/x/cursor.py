"""How far each place of an X account has been read, as one text. Asking X lives in the connector."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime

from contracts.networks.x import id_order

# Ids carry milliseconds since this moment, shifted by 22 bits (X, "Snowflake").
_EPOCH_MS = 1_288_834_974_657
_SHIFT = 22
_ROOTS_KEPT = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest id seen by place, and the conversations the brand last wrote in."""

    seen: dict[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """Return the cursor; what is no cursor of ours is none."""
        try:
            told = json.loads(text or "{}")
        except ValueError:
            return cls()
        seen = told.get("seen") if isinstance(told, dict) else None
        roots = told.get("roots") if isinstance(told, dict) else None
        ids = seen.items() if isinstance(seen, dict) else ()
        return cls(
            {str(place): str(one) for place, one in ids if str(one).isdigit()},
            tuple(str(one) for one in roots if str(one).isdigit())
            if isinstance(roots, list)
            else (),
        )

    def text(self) -> str:
        """Return it as it is kept."""
        return json.dumps({"seen": self.seen, "roots": self.roots}, separators=(",", ":"))

    def advance(self, place: str, ids: list[str]) -> "Cursor":
        """Return the cursor after these ids were read at a place."""
        known = [self.seen[place]] if place in self.seen else []
        newest = max([*known, *ids], key=id_order, default=None)
        return replace(self, seen={**self.seen, place: newest}) if newest else self

    def joined(self, roots: list[str]) -> "Cursor":
        """Return the cursor with these conversations, the newest first."""
        kept = sorted({*roots, *self.roots}, key=id_order, reverse=True)
        return replace(self, roots=tuple(kept[:_ROOTS_KEPT]))


def id_at(moment: datetime) -> str:
    """Return the smallest id of a moment."""
    return str(max(0, int(moment.timestamp() * 1000) - _EPOCH_MS) << _SHIFT)
