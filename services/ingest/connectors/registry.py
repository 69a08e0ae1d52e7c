"""Which networks can be read, and where the code that reads them lives. Nothing is imported before it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TypeVar, cast

from contracts.networks.table import NETWORKS
from services.ingest.connectors.protocol import Normalise, Reader, Tools

T = TypeVar("T")
_PACKAGE = "services.ingest.connectors"


class OnDemand(Mapping[str, T]):
    """Network name to a part of its connector, loaded when it is looked up, and kept.

    Raises KeyError for a network that is not in the table.
    """

    def __init__(self, networks: tuple[str, ...], load: Callable[[str], T]) -> None:
        self._networks = networks
        self._load = load
        self._loaded: dict[str, T] = {}

    def __getitem__(self, network: str) -> T:
        if network not in self._loaded:
            if network not in self._networks:
                raise KeyError(network)
            self._loaded[network] = self._load(network)
        return self._loaded[network]

    def __contains__(self, network: object) -> bool:
        return network in self._networks

    def __iter__(self) -> Iterator[str]:
        return iter(self._networks)

    def __len__(self) -> int:
        return len(self._networks)


def normalisers() -> Mapping[str, Normalise]:
    """Return network name to its `normalise`, in the order of the table."""
    return OnDemand(NETWORKS, _normalise)


def readers(tools: Tools) -> Mapping[str, Reader]:
    """Return network name to its live half, for the networks that have one."""
    live = tuple(one for one in NETWORKS if find_spec(f"{_PACKAGE}.{one}.connector"))
    return OnDemand(live, lambda network: _reader(network, tools))


def _normalise(network: str) -> Normalise:
    return cast(Normalise, import_module(f"{_PACKAGE}.{network}.payloads").normalise)


def _reader(network: str, tools: Tools) -> Reader:
    return cast(Reader, import_module(f"{_PACKAGE}.{network}.connector").build(tools))
