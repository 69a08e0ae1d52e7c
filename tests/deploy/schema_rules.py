"""Every object against the schema of its kind: Kubernetes' own on one minor, the operators' from deploy/k8s/schemas."""

import functools
import json
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
from jsonschema import Draft7Validator

from tests.deploy.manifests import K8S, Object, label_of

MINORS = ("1.33", kubernetes_validate.latest_version())
OPERATORS = {"kafka.strimzi.io", "keda.sh", "monitoring.coreos.com"}


@functools.cache
def operator_schema(group: str, kind: str, version: str) -> Any | None:
    """The JSON schema of an operator's kind, closed: a field it does not name is a mistake."""
    path = K8S / "schemas" / f"{group}_{kind.lower()}_{version}.json"
    return _closed(json.loads(path.read_text())) if path.exists() else None


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    is_open = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if (
        isinstance(schema.get("properties"), dict)
        and schema.get("type") == "object"
        and not is_open
    ):
        closed["additionalProperties"] = False
    return closed


def schema_problems(objects: list[Object], minor: str) -> list[str]:
    """One sentence for each object that has no schema or does not fit it. No schema is a problem."""
    problems = []
    for one in objects:
        group, _, version = one["apiVersion"].rpartition("/")
        check = _operator_problem if group in OPERATORS else _core_problem
        if problem := check(one, group, version, minor):
            problems.append(f"{label_of(one)}: {problem}")
    return problems


def _operator_problem(one: Object, group: str, version: str, _minor: str) -> str | None:
    schema = operator_schema(group, one["kind"], version)
    if schema is None:
        return f"no schema for {one['apiVersion']} {one['kind']}"
    errors = sorted(Draft7Validator(schema).iter_errors(one), key=lambda e: list(map(str, e.path)))
    return "; ".join(f"{'.'.join(map(str, e.path))}: {e.message[:200]}" for e in errors) or None


def _core_problem(one: Object, _group: str, _version: str, minor: str) -> str | None:
    return _validated(json.dumps(one, sort_keys=True), minor)


@functools.cache
def _validated(text: str, minor: str) -> str | None:
    """Cached, because the three renderings share most of their objects."""
    try:
        kubernetes_validate.validate(json.loads(text), minor, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message[:200]}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    return None
