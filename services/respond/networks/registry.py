"""Which networks can be written to, and where the code that writes lives."""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from contracts.networks.table import NETWORKS
from services.respond.networks import pauses
from services.respond.networks.protocol import Network, Tools

_PACKAGE = "services.respond.networks"


def networks(tools: Tools) -> Mapping[str, Network]:
    """Return the writing halves by network name, for the networks that have one."""
    for client in (tools.client, tools.guarded):
        pauses.watch(client)
    there = (one for one in NETWORKS if find_spec(f"{_PACKAGE}.{one}"))
    return {one: cast(Network, import_module(f"{_PACKAGE}.{one}").build(tools)) for one in there}
