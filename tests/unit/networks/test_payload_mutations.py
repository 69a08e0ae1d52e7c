"""Spoilt payloads: a few hundred for each network; `python -m benchmarks.mutations` tries ten thousand."""

import pytest

from benchmarks.mutations import samples, try_network
from services.ingest.connectors.registry import normalisers

SAMPLES = samples()


def test_every_network_has_payloads_to_spoil():
    assert set(SAMPLES) == set(normalisers())


@pytest.mark.parametrize("network", sorted(SAMPLES))
def test_nothing_is_raised_and_no_neighbour_lost(network):
    tally = try_network(network, SAMPLES[network], count=400, seed=7)
    assert (tally["tried"], tally["raised"], tally["lost"]) == (400, 0, 0)
    assert tally["read"] > 20
