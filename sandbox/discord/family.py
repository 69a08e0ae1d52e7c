"""Wires the Discord stand-in from what all stand-ins share."""

from collections.abc import Mapping

from fastapi import APIRouter, Request

from sandbox.control.emission import Emission
from sandbox.desk import Dialect
from sandbox.discord.errors import DiscordDialect, unauthorised
from sandbox.discord.formats import Objects
from sandbox.discord.gateway import Gateway
from sandbox.discord.messages import NETWORK, Messages
from sandbox.discord.routes import Routes
from sandbox.endpoints import Gate, token_after
from sandbox.family import Common, Family
from sandbox.models import Account, Item, Network


def build(common: Common) -> Family:
    """Return the stand-in."""
    return Discord(common)


def _bot_token(request: Request) -> str:
    return token_after(request, "bot")


class Discord:
    """Servers under /discord, each with a bot, and the gateway."""

    def __init__(self, common: Common) -> None:
        self.dialects: Mapping[Network, Dialect] = {NETWORK: DiscordDialect()}
        self._messages = Messages(common.world, common.ledger)
        objects = Objects(common.world)
        self.gateway = Gateway(common.world, objects, common.misbehaviour)
        self.routes = Routes(self._messages, objects, self.gateway)
        self._gate = Gate(
            common.world, common.desk, NETWORK, unauthorised, token_of=_bot_token
        )  # fmt: skip

    def routers(self) -> list[APIRouter]:
        """All paths under /discord."""
        return [self._gate.router("/discord", self.routes.table()), self.gateway.router()]

    def emit(self, account: Account, emission: Emission) -> Item:
        """Let a person do one thing."""
        return self._messages.emit(account, emission)

    async def start(self) -> None:
        """Nothing runs by itself."""

    async def stop(self) -> None:
        """End the connections."""
        self.gateway.cut()
