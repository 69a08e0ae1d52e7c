"""No bytes make a reader raise, and a broken neighbour costs no item."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_payloads import FIXTURES, NOBODY, comment, feed, read, status

from services.ingest.connectors.registry import normalisers

NETWORKS = ["facebook", "mastodon"]
RECORDED = [path for network in NETWORKS for path in sorted((FIXTURES / network).iterdir())]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.binary())
def test_any_bytes(raw):
    for network in NETWORKS:
        normalisers()[network](raw, NOBODY)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RECORDED), st.data())
def test_cut_and_changed_payloads(path, data):
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for payload in (bytes(raw), bytes(raw[:cut]), bytes(raw[cut:])):
        normalisers()[path.parent.name](payload, NOBODY)


def _places(value, path=()):
    yield path
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, inner in steps:
        yield from _places(inner, (*path, step))


@settings(max_examples=400)
@given(st.sampled_from([path for path in RECORDED if path.suffix == ".json"]), st.data())
def test_any_value_anywhere(path, data):
    document = json.loads(path.read_bytes())
    place = data.draw(st.sampled_from(list(_places(document))))
    value = data.draw(JSON)
    if place:
        inner = document
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
    else:
        document = value
    for item in read(path.parent.name, document).items:
        assert item.external_id
        item.model_dump_json(exclude={"raw"})


@given(JSON)
def test_good_comments_survive_a_broken_one(broken):
    payload = feed(comment())
    changes = payload["entry"][0]["changes"]
    changes += [
        broken,
        {"field": "feed", "value": broken},
        {"field": "feed", "value": comment(comment_id="9_2")},
    ]
    ids = [item.external_id for item in read("facebook", payload).items]
    assert (ids[0], ids[-1]) == ("9_1", "9_2")


@given(JSON)
def test_good_statuses_survive_a_broken_one(broken):
    ids = [
        item.external_id for item in read("mastodon", [status(), broken, status(id="102")]).items
    ]
    assert (ids[0], ids[-1]) == ("100", "102")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_thousand_parts_in_one_payload(network):
    many = [feed(comment())["entry"][0] for _ in range(1000)]
    payload = {"object": "page", "entry": many} if network == "facebook" else [status()] * 1000
    assert len(read(network, payload).items) == 1000
