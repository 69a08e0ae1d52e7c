"""The contracts: registry without orphans, schemas in step with the code, golden events for ever."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import schemas
from contracts.deliveries import DeliveryReceived
from contracts.envelope import Event, Undecodable
from contracts.messages import MessageReceived
from contracts.topics import SERVICES, TOPICS, consumed_by
from tests.contract import events

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "contracts" / "examples"


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_every_topic_has_writers_readers_and_a_sentence(topic: Any) -> None:
    assert set(topic.producers) <= set(SERVICES)
    assert set(topic.consumers) <= set(SERVICES)
    assert topic.producers
    assert topic.consumers
    assert topic.about.endswith(".")
    fields = set(topic.payload.model_fields)
    if "message" in fields:
        fields |= set(MessageReceived.model_fields)
    assert topic.key in fields
    assert topic.name.rpartition(".v")[2].isdigit()
    assert topic.retention_days in (1, 7)


def test_every_service_reads_something() -> None:
    assert all(consumed_by(service) for service in SERVICES)


def test_generated_files_are_in_step_with_the_code() -> None:
    stale = [
        path for path, text in schemas.schema_files().items() if (ROOT / path).read_text() != text
    ]
    assert not stale, f"run `make schemas`: {stale}"
    there = {
        f"contracts/schemas/{path.name}" for path in (ROOT / "contracts/schemas").glob("*.json")
    }
    assert there == {path for path in schemas.schema_files() if path.startswith("contracts")}


@pytest.mark.parametrize("topic", list(TOPICS))
def test_golden_examples_decode_for_ever(topic: str) -> None:
    found = sorted(EXAMPLES.glob(f"{topic}*.json"))
    assert found, f"{topic} has no golden example"
    for path in found:
        event = Event.decode(path.read_bytes())
        assert event.type == topic
        read = event.read(TOPICS[topic].payload)
        assert Event.decode_as(path.read_bytes(), TOPICS[topic].payload).data == read


def test_no_example_without_a_topic() -> None:
    names = {path.stem.partition("@")[0] for path in EXAMPLES.glob("*.json")}
    assert names == set(TOPICS)


@pytest.mark.parametrize("topic", list(TOPICS))
def test_what_todays_code_writes_is_valid_under_the_committed_schema(topic: str) -> None:
    schema = json.loads((ROOT / f"contracts/schemas/{topic}.json").read_text())
    document = json.loads(events.golden(topic).encode())
    jsonschema.validate(document["data"], schema)
    envelope = json.loads((ROOT / "contracts/schemas/envelope.json").read_text())
    jsonschema.validate(document, envelope)


@pytest.mark.parametrize("topic", list(TOPICS))
def test_only_additive_change_against_main(topic: str) -> None:
    path = f"contracts/schemas/{topic}.json"
    shown = subprocess.run(
        ["git", "show", f"main:{path}"], capture_output=True, cwd=ROOT, check=False
    )
    if shown.returncode:
        pytest.skip("no main branch in this checkout, or the topic is new")
    new = schemas.payload_schema(TOPICS[topic].payload)
    assert schemas.breaking_changes(json.loads(shown.stdout), new) == []


def test_breaking_changes_are_seen() -> None:
    old = {
        "properties": {
            "a": {"type": "string"},
            "b": {"enum": ["x", "y"], "type": "string"},
            "c": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "d": {"$ref": "#/$defs/D"},
        },
        "required": ["a"],
        "$defs": {"D": {"properties": {"e": {"type": "integer"}}}},
    }
    assert schemas.breaking_changes(old, old) == []
    new = {
        "properties": {
            "b": {"enum": ["x"], "type": "string"},
            "c": {"type": "string"},
            "d": {"$ref": "#/$defs/D"},
            "f": {"type": "string"},
        },
        "required": ["a", "f"],
        "$defs": {"D": {"properties": {}}},
    }
    assert set(schemas.breaking_changes(old, new)) == {
        "a: removed",
        "f: newly required",
        "b: no longer the value y",
        "c: no longer null",
        "D.e: removed",
    }


def test_readers_ignore_what_they_do_not_know() -> None:
    document = json.loads(events.golden("message.classified.v1").encode())
    document["data"]["invented"] = 1
    document["data"]["message"]["invented"] = {"deep": True}
    document["inventedextension"] = "x"
    event = Event.decode_as(json.dumps(document).encode(), TOPICS["message.classified.v1"].payload)
    assert event.data == events.payloads()["message.classified.v1"]


def test_writers_may_not_add_fields() -> None:
    with pytest.raises(ValueError, match="invented"):
        DeliveryReceived.wrap(
            b"", delivery_id="d", network="n", channel="poll", received_at=events.AT, invented=1
        )


@given(st.binary(max_size=400))
def test_any_bytes_either_decode_or_say_why(value: bytes) -> None:
    try:
        Event.decode(value)
    except Undecodable as error:
        assert str(error)


@given(st.binary(max_size=400))
def test_a_delivery_gives_back_the_very_bytes(raw: bytes) -> None:
    wrapped = DeliveryReceived.wrap(
        raw, delivery_id="d", network="n", channel="webhook", received_at=events.AT
    )
    assert wrapped.raw == raw


def test_encoding_is_stable_through_decoding() -> None:
    for topic in TOPICS:
        event = events.golden(topic)
        assert Event.decode(event.encode()).encode() == event.encode()
        assert event.scope.brand_id == events.BRAND
