"""What a stand-in for one network or a family of them is: routes, error answers, and how its people write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fastapi import APIRouter

from sandbox.callbacks import Callbacks
from sandbox.control.emission import Emission
from sandbox.desk import Desk, Dialect
from sandbox.ledger import Ledger
from sandbox.misbehaviour import Misbehaviour
from sandbox.models import Account, Item, Network
from sandbox.records import Records
from sandbox.settings import Settings
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Common:
    """What every family is built with. State belongs in the world, so that it survives a restart."""

    world: World
    ledger: Ledger
    misbehaviour: Misbehaviour
    desk: Desk
    callbacks: Callbacks
    records: Records
    settings: Settings


class Family(Protocol):
    """One stand-in. Its package `sandbox/NAME` has `build(common: Common) -> Family` in `family.py`.

    `dialects` has an error form for every network it plays; its keys are those networks.
    """

    dialects: Mapping[Network, Dialect]

    def routers(self) -> list[APIRouter]:
        """Return its paths, all under /NAME."""
        ...

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing at this account. Raises `CannotEmit` for what the network has not."""
        ...

    async def start(self) -> None:
        """Begin what runs by itself (a server of its own, a socket)."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


@runtime_checkable
class Posting(Protocol):
    """A family whose brands post themselves, where the pen does not know how."""

    def post(self, account: Account, text: str, language: str) -> Item:
        """Put a post of the brand there."""
        ...
