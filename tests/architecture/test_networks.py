"""A network is a folder in each half, with its rules, payloads, stand-in and words; or a written reason why not."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from contracts.moderation import ACTS
from contracts.networks.table import NETWORKS, rules
from sandbox.families import FAMILIES

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = {
    "facebook": "graph", "messenger": "graph", "instagram": "graph", "mastodon": "mastodon",
    "feed": "feeds", "webhook": "hooks", "email": "mail",
}  # fmt: skip
FIXTURES = ("tests/unit/ingest/fixtures", "tests/unit/networks_other/fixtures")


@pytest.mark.parametrize("network", NETWORKS)
def test_the_rules_are_whole(network: str) -> None:
    told = rules(network)
    assert told.network == network
    assert told.title
    assert told.connecting.steps
    assert told.connecting.fields or told.connecting.oauth
    assert told.arrivals
    assert told.acts <= set(ACTS)
    assert all(sentence.endswith(".") for sentence in told.missing)
    for measure in (told.measure, *told.by_kind.values()):
        assert measure.limit > 0
        assert measure.length("") == 0
        assert measure.fits("Thank you!")
    names = [field.name for field in told.connecting.fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_read(network: str) -> None:
    folder = ROOT / "services/ingest/connectors" / network
    assert (folder / "payloads.py").exists()
    assert (folder / "README.md").exists()
    assert any(list((ROOT / place / network).glob("*")) for place in FIXTURES)
    is_live = find_spec(f"services.ingest.connectors.{network}.connector") is not None
    assert is_live or rules(network).missing


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_written_or_says_why_not(network: str) -> None:
    is_written = find_spec(f"services.respond.networks.{network}") is not None
    assert is_written == rules(network).can_answer
    assert is_written or rules(network).missing


@pytest.mark.parametrize("network", NETWORKS)
def test_it_has_a_stand_in(network: str) -> None:
    name = STAND_INS.get(network, network)
    assert find_spec(f"sandbox.{name}") is not None
    if name in FAMILIES:
        assert import_module(f"sandbox.{name}.family").build


def test_every_stand_in_is_known() -> None:
    assert set(FAMILIES) == {STAND_INS.get(one, one) for one in NETWORKS} - {"graph", "mastodon"}
