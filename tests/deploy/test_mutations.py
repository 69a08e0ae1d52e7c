"""Mistakes planted one at a time: each must be caught by the rules that the real manifests pass."""

from collections.abc import Callable

import pytest

from deploy.generate_secrets import dev_secrets
from tests.deploy.field_rules import field_problems
from tests.deploy.manifests import Object, named, render
from tests.deploy.pod_rules import pod_problems
from tests.deploy.schema_rules import MINORS, schema_problems
from tests.deploy.settings_rules import settings_problems
from tests.deploy.wiring_rules import wiring_problems

Mistake = Callable[[list[Object]], None]


def _main(objects: list[Object], name: str) -> Object:
    main: Object = _pod(objects, name)["containers"][0]
    return main


def _spec(objects: list[Object], kind: str, name: str) -> Object:
    spec: Object = named(objects, kind, name)["spec"]
    return spec


def _pod(objects: list[Object], name: str) -> Object:
    spec: Object = named(objects, "Deployment", name)["spec"]["template"]["spec"]
    return spec


def _trigger(objects: list[Object]) -> Object:
    facts: Object = _spec(objects, "ScaledObject", "classify")["triggers"][0]["metadata"]
    return facts


MISTAKES: dict[str, tuple[str, Mistake]] = {
    "a typo in a field": (
        "schema",
        lambda o: _spec(o, "Deployment", "ingest").update(replica=2),
    ),
    "a removed API": (
        "schema",
        lambda o: named(o, "PodDisruptionBudget", "ingest").update(apiVersion="policy/v1beta1"),
    ),
    "a kind nobody knows": (
        "schema",
        lambda o: named(o, "ScaledObject", "ingest").update(kind="ScaledThing"),
    ),
    "a number where KEDA wants text": (
        "schema",
        lambda o: _trigger(o).update(lagThreshold=2000),
    ),
    "an unknown field in a KafkaTopic": (
        "schema",
        lambda o: _spec(o, "KafkaTopic", "message.received.v1").update(partition=12),
    ),
    "a version that is a number": (
        "schema",
        lambda o: _main(o, "gateway")["env"].append({"name": "PUBLIC_URL", "value": 1.1}),
    ),
    "no seccomp profile": (
        "pods",
        lambda o: _pod(o, "classify")["securityContext"].pop("seccompProfile"),
    ),
    "root": ("pods", lambda o: _pod(o, "classify")["securityContext"].update(runAsUser=0)),
    "a writable root": (
        "pods",
        lambda o: _main(o, "respond")["securityContext"].update(readOnlyRootFilesystem=False),
    ),
    "no memory limit": (
        "pods",
        lambda o: _main(o, "respond")["resources"]["limits"].pop("memory"),
    ),
    "the newest image": (
        "pods",
        lambda o: _main(o, "ingest").update(image="rapport-ingest:latest"),
    ),
    "a budget that blocks a drain": (
        "fields",
        lambda o: _spec(o, "PodDisruptionBudget", "gateway").update(maxUnavailable=0),
    ),
    "the metadata service within reach": (
        "fields",
        lambda o: _spec(o, "NetworkPolicy", "ingest")["egress"][0]["to"][0]["ipBlock"].pop(
            "except"
        ),
    ),
    "a surge pod": (
        "fields",
        lambda o: _spec(o, "Deployment", "classify")["strategy"]["rollingUpdate"].update(
            maxSurge=1
        ),
    ),
    "a name of a port that is not there": (
        "wiring",
        lambda o: _main(o, "ingest")["readinessProbe"]["httpGet"].update(port="healthz"),
    ),
    "a probe of a route that is not there": (
        "wiring",
        lambda o: _main(o, "ingest")["livenessProbe"]["httpGet"].update(path="/healthz"),
    ),
    "a selector that takes no pod": (
        "wiring",
        lambda o: _spec(o, "Service", "gateway")["selector"].update(tier="web"),
    ),
    "killed while draining": (
        "wiring",
        lambda o: _pod(o, "respond").update(terminationGracePeriodSeconds=30),
    ),
    "more pods than partitions": (
        "wiring",
        lambda o: _spec(o, "ScaledObject", "classify").update(maxReplicaCount=13),
    ),
    "the group of another service": (
        "wiring",
        lambda o: _trigger(o).update(consumerGroup="respond"),
    ),
    "a variable nobody reads": (
        "settings",
        lambda o: _main(o, "ingest")["env"].append({"name": "INGEST_HTTP_PROT", "value": "1"}),
    ),
    "a needed variable left out": (
        "settings",
        lambda o: _main(o, "ingest").update(env=[]),
    ),
    "a secret's key that is not there": (
        "settings",
        lambda o: _main(o, "ingest")["env"][0].update(
            name="SEAL_KEYS_FILE", value="/run/secrets/rapport/seal-key"
        ),
    ),
}


def _problems(rules: str, objects: list[Object], routes: set[str]) -> list[str]:
    if rules == "schema":
        return schema_problems(objects, MINORS[-1])
    if rules == "pods":
        return pod_problems(objects)
    if rules == "fields":
        return field_problems(objects)
    if rules == "wiring":
        return wiring_problems(objects, routes)
    return settings_problems(objects, dev_secrets())


@pytest.mark.parametrize("what", MISTAKES)
def test_a_planted_mistake_is_caught(what: str, health_routes: set[str]) -> None:
    rules, plant = MISTAKES[what]
    objects = render("everything")
    before = set(_problems(rules, objects, health_routes))
    plant(objects)
    assert set(_problems(rules, objects, health_routes)) - before
