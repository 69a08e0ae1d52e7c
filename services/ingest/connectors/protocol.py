"""What every connector's reading half promises. The connectors themselves live in their folders."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from contracts.messages import Item


@dataclass(frozen=True, slots=True)
class Account:
    """Who the brand is at a network: what it writes itself is `is_own`.

    Handles are compared without a leading @ and without regard to case.
    """

    own_ids: frozenset[str] = frozenset()
    own_handles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of a payload that could not be understood: a stable dotted code, and why."""

    code: str
    why: str
    account_id: str | None = None


@dataclass(slots=True)
class Normalised:
    """What a payload held: items in its order, broken parts, and parts that are no messages.

    `ignored` maps a kind of part (an event type or field name) to how often it came.
    """

    items: list[Item] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)

    def ignore(self, kind: str) -> None:
        """Count a part that is understood to be no message."""
        self.ignored[kind] = self.ignored.get(kind, 0) + 1

    def fail(self, code: str, why: str, account_id: str | None = None) -> None:
        """Note a part that could not be understood. The other parts stay."""
        self.problems.append(Problem(code, why, account_id))

    def extend(self, other: "Normalised") -> None:
        """Add what another reading found, behind what is here."""
        self.items.extend(other.items)
        self.problems.extend(other.problems)
        for kind, times in other.ignored.items():
            self.ignored[kind] = self.ignored.get(kind, 0) + times


class Normalise(Protocol):
    """Read a payload in any form the network gives it. Pure; never raises on any bytes."""

    def __call__(self, raw: bytes, account: Account) -> Normalised: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What a connector needs to call a network: never logged, never stored in the clear."""

    connection_id: str
    account_id: str
    base_url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Raw bytes of one page or frame, and the cursor to keep once they are on the bus.

    `natural_key` tells repeats of the same page or frame apart from new ones.
    """

    raw: bytes
    channel: str
    natural_key: str
    cursor: str | None = None


class Reader(Protocol):
    """The live half of a connector. Raises `Unavailable` (try later) or `Reauthorise`."""

    def poll(self, grant: Grant, cursor: str | None) -> AsyncIterator[Page]:
        """Yield what is new since the cursor, oldest page first."""
        ...

    def stream(self, grant: Grant) -> AsyncIterator[Page]:
        """Yield frames as they come, until the connection breaks. Empty where there is no stream."""
        ...

    async def context(self, grant: Grant, root_id: str) -> Page | None:
        """Return the post a thread hangs on, in the network's form, or None when it is gone."""
        ...

    async def root_of(self, grant: Grant, external_id: str) -> str | None:
        """Return the thread root of an item whose payload does not name it, or None when gone."""
        ...
