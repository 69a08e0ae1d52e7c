"""No bytes make a reader raise, what it gives can be stored, and a broken neighbour costs no item."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from other_payloads import FIXTURES, NOBODY, document, read

from services.ingest.connectors.registry import normalisers

RECORDED = sorted(path for path in FIXTURES.glob("*/*") if "vectors" not in path.name)
NETWORKS = sorted({path.parent.name for path in RECORDED})
OURS = set(NETWORKS) - {"feed", "email"}
WORDS = st.text(st.characters(codec=None), max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def stored(found):
    for item in found.items:
        assert item.external_id
        json.dumps(item.model_dump(mode="json"), ensure_ascii=False).encode()
        item.model_dump_json()
    assert all(problem.code and problem.why for problem in found.problems)
    # What a parser of others raises is caught as it comes; our own reading knows every case.
    assert not {f"{network}.unexpected" for network in OURS} & {one.code for one in found.problems}


@settings(deadline=None)
@given(st.binary())
def test_any_bytes(raw):
    for network in NETWORKS:
        stored(normalisers()[network](raw, NOBODY))


@settings(deadline=None, max_examples=60)
@given(JSON)
def test_any_json(value):
    for network in NETWORKS:
        stored(read(network, value))


@settings(deadline=None, max_examples=600)
@given(st.sampled_from(RECORDED), st.data())
def test_cut_and_changed_payloads(path, data):
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for payload in (bytes(raw), bytes(raw[:cut]), bytes(raw[cut:])):
        stored(normalisers()[path.parent.name](payload, NOBODY))


def places(value, path=()):
    yield path
    steps = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for step, inner in steps:
        yield from places(inner, (*path, step))


@settings(deadline=None, max_examples=1000)
@given(st.sampled_from([path for path in RECORDED if path.suffix == ".json"]), st.data())
def test_any_value_anywhere(path, data):
    whole = json.loads(path.read_bytes())
    place = data.draw(st.sampled_from(list(places(whole))))
    value = data.draw(JSON)
    if not place:
        whole = value
    else:
        inner = whole
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
    stored(read(path.parent.name, whole))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    "raw", [b"", b" ", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"a":' * 5000]
)
def test_what_is_no_payload_is_a_problem(network, raw):
    found = read(network, raw)
    assert not found.items
    assert found.problems


@pytest.mark.parametrize("network", sorted(set(NETWORKS) - {"email"}))
def test_an_empty_page_is_no_problem(network):
    page = {"version": "https://jsonfeed.org/version/1", "items": []} if network == "feed" else []
    found = read(network, page)
    assert (found.items, found.problems) == ([], [])


SAMPLES = {
    "messenger": "message_text.json",
    "instagram": "comment_changes.json",
    "whatsapp": "text.json",
    "threads": "webhook_reply.json",
    "x": "xaa_mention.json",
    "bluesky": "notification_reply.json",
    "telegram": "message_text.json",
    "youtube": "comment_edited.json",
    "linkedin": "social_actions_batch.json",
    "tiktok": "comment_event.json",
    "discord": "gateway_message_create.json",
    "webhook": "standard_webhook_event.json",
}


@settings(deadline=None, max_examples=40)
@given(JSON.filter(lambda value: value != []))
def test_good_deliveries_survive_a_broken_one(broken):
    for network, name in SAMPLES.items():
        good = document(network, name)
        alone = read(network, good).items
        found = read(network, [good, broken, good])
        assert found.items[: len(alone)] == alone
        assert found.items[-len(alone) :] == alone
