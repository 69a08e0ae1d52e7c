"""Reading the recorded payloads of one network in tests."""

import json
from pathlib import Path
from typing import Any

from services.ingest.connectors.protocol import Account, Normalised
from services.ingest.connectors.registry import normalisers

FIXTURES = Path(__file__).parent / "fixtures"
NOBODY = Account()


def recorded(network: str, name: str) -> bytes:
    return (FIXTURES / network / name).read_bytes()


def document(network: str, name: str) -> Any:
    return json.loads(recorded(network, name))


def read(network: str, payload: Any, account: Account = NOBODY) -> Normalised:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return normalisers()[network](raw, account)


def shown(found: Normalised) -> list[dict[str, Any]]:
    """The items without raw and without what is at its default, so that an expectation says all."""
    return [
        item.model_dump(mode="json", exclude={"raw", "network"}, exclude_defaults=True)
        for item in found.items
    ]


def only(found: Normalised) -> dict[str, Any]:
    """The one item of a payload that holds nothing else."""
    assert not found.problems
    [item] = shown(found)
    return item


def check_all(network: str, expected: dict[str, Any], empty: set[str], refused: set[str]) -> None:
    """Every recorded file means what is written here: items, nothing, or a problem and nothing."""
    names = {path.name for path in (FIXTURES / network).iterdir()}
    assert names == expected.keys() | empty | refused
    for name in sorted(names):
        found = read(network, recorded(network, name))
        assert shown(found) == expected.get(name, []), name
        assert bool(found.problems) == (name in refused), (name, found.problems)
        assert all(item.network == network and item.raw for item in found.items), name
