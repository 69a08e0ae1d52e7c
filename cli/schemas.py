"""Generates what is derived from contracts/: JSON Schemas, the AsyncAPI document, docs/events.md.

`make schemas` runs it; a test fails when the committed files differ from what it makes.
"""

import json
from pathlib import Path
from typing import Any

from contracts.envelope import Event, Payload
from contracts.topics import DEAD_LETTER_RETENTION_DAYS, SERVICES, TOPICS, Topic

ROOT = Path(__file__).resolve().parent.parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def payload_schema(payload: type[Payload]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a payload as its writers produce it."""
    return {"$schema": DIALECT, **payload.model_json_schema(mode="serialization")}


def schema_files() -> dict[str, str]:
    """Return every generated file by its path from the root."""
    files = {
        f"contracts/schemas/{topic.name}.json": _pretty(payload_schema(topic.payload))
        for topic in TOPICS.values()
    }
    envelope = {"$schema": DIALECT, **Event.model_json_schema(mode="serialization")}
    files["contracts/schemas/envelope.json"] = _pretty(envelope)
    files["docs/asyncapi.yaml"] = _yaml(asyncapi())
    files["docs/events.md"] = events_page()
    return files


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: one channel a topic, one operation a writer or reader."""
    operations: dict[str, Any] = {}
    for topic in TOPICS.values():
        channel = {"$ref": f"#/channels/{topic.name}"}
        for service in topic.producers:
            operations[f"{service}.send.{topic.name}"] = {"action": "send", "channel": channel}
        for service in topic.consumers:
            operations[f"{service}.receive.{topic.name}"] = {
                "action": "receive",
                "channel": channel,
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport events",
            "version": "1.0.0",
            "description": "Every value is a CloudEvents 1.0 event in structured JSON mode.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": operations,
    }


def events_page() -> str:
    """Return docs/events.md: the registry as a table a person can read."""
    lines = [
        "# Events",
        "",
        (
            "Generated from `contracts/topics.py` by `make schemas`; do not edit. Every value is a "
            "CloudEvents 1.0 event (structured JSON, schema `contracts/schemas/envelope.json`). What a "
            f"reader cannot handle goes to `<topic>.<service>.dlq` for {DEAD_LETTER_RETENTION_DAYS} days."
        ),
        "",
        "| topic | what it says | key | written by | read by | partitions | days |",
        "|---|---|---|---|---|--:|--:|",
    ]
    for topic in TOPICS.values():
        schema = f"[`{topic.name}`](../contracts/schemas/{topic.name}.json)"
        cells = (
            schema, topic.about, f"`{topic.key}`", ", ".join(topic.producers),
            ", ".join(topic.consumers), str(topic.partitions), str(topic.retention_days),
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"Services: {', '.join(SERVICES)}.", ""]
    return "\n".join(lines)


def breaking_changes(old: dict[str, Any], new: dict[str, Any], where: str = "") -> list[str]:
    """Return what a reader of `old` documents could trip over in `new` ones, or the reverse.

    Inside a major version only additive change is allowed: no property removed, none newly
    required, no type or enumeration narrowed.
    """
    problems = []
    before, after = old.get("properties", {}), new.get("properties", {})
    problems += [f"{where}{name}: removed" for name in before if name not in after]
    required = set(new.get("required", ())) - set(old.get("required", ()))
    problems += [f"{where}{name}: newly required" for name in sorted(required)]
    for name in before.keys() & after.keys():
        problems += _narrowed(before[name], after[name], f"{where}{name}")
    old_defs, new_defs = old.get("$defs", {}), new.get("$defs", {})
    for name in old_defs.keys() & new_defs.keys():
        problems += breaking_changes(old_defs[name], new_defs[name], f"{where}{name}.")
    return problems


def _narrowed(before: dict[str, Any], after: dict[str, Any], where: str) -> list[str]:
    lost = _kinds(before) - _kinds(after)
    problems = [f"{where}: no longer {kind}" for kind in sorted(lost)]
    missing = [str(value) for value in before.get("enum", ()) if value not in after.get("enum", ())]
    return problems + [f"{where}: no longer the value {value}" for value in missing]


def _kinds(schema: dict[str, Any]) -> set[str]:
    options = schema.get("anyOf", [schema])
    return {str(option.get("type") or option.get("$ref") or "any") for option in options}


def _channel(topic: Topic) -> dict[str, Any]:
    schema = f"../contracts/schemas/{topic.name}.json"
    message = {
        "name": topic.name,
        "summary": topic.about,
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "../contracts/schemas/envelope.json"},
                {"properties": {"data": {"$ref": schema}}},
            ]
        },
    }
    binding = {"topic": topic.name, "partitions": topic.partitions}
    return {
        "address": topic.name,
        "description": f"{topic.about} Partition key: {topic.key}.",
        "messages": {"event": message},
        "bindings": {"kafka": binding},
    }


def _pretty(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    import yaml

    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return "# Generated from contracts/topics.py by `make schemas`; do not edit.\n" + text


def main() -> None:
    """Write every generated file."""
    for path, text in schema_files().items():
        (ROOT / path).write_text(text)
        print(path)


if __name__ == "__main__":
    main()
