"""What each kind of object must say: the fields that keep a deployment safe to run, roll and scale."""

from collections.abc import Callable
from typing import Any

from tests.deploy.manifests import (
    PROCESSES,
    Object,
    label_of,
    named,
    of_kind,
    pod_spec,
    services_of,
)

PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"}
LEVELS = ("enforce", "audit", "warn")
MEETS_NETWORKS = frozenset({"ingest", "respond", "gateway"})
MEETS_PEOPLE = {"ingest", "gateway"}


def field_problems(objects: list[Object]) -> list[str]:
    """One sentence for each field that is missing or has a value that would hurt."""
    problems = []
    for kind, rule in RULES.items():
        for one in of_kind(objects, kind):
            problems += [f"{label_of(one)}: {text}" for text in rule(one)]
    for one in services_of(objects):
        problems += [f"{label_of(one)}: {text}" for text in _service(one)]
    return problems + _doors(objects)


def _wrong(checks: dict[str, bool]) -> list[str]:
    return [text for text, is_wrong in checks.items() if is_wrong]


def _namespace(one: Object) -> list[str]:
    labels = one["metadata"].get("labels", {})
    prefix = "pod-security.kubernetes.io/"
    return _wrong(
        {
            f"{level} is not restricted": labels.get(prefix + level) != "restricted"
            for level in LEVELS
        }
        | {f"{level} has no version": f"{prefix}{level}-version" not in labels for level in LEVELS}
    )


def _service(one: Object) -> list[str]:
    name, spec, pod = one["metadata"]["name"], one["spec"], pod_spec(one)
    main = pod["containers"][0]
    spread = {part["topologyKey"] for part in pod.get("topologySpreadConstraints", [])}
    rolling = spec.get("strategy", {}).get("rollingUpdate", {})
    hook = main.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    return _wrong(
        {
            "revisionHistoryLimit is missing": "revisionHistoryLimit" not in spec,
            "rolls with a surge pod": rolling != {"maxSurge": 0, "maxUnavailable": 1},
            "is not spread over zones and hosts": spread
            != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"},
            "has no /tmp of its own": "/tmp" not in {m["mountPath"] for m in main["volumeMounts"]},
            "lacks one of the three probes": not {"startupProbe", "readinessProbe", "livenessProbe"}
            <= set(main),
            "closes its door before it leaves the endpoints": name in MEETS_PEOPLE and hook < 10,
            "takes a secret from the environment": any(
                "valueFrom" in e for e in main.get("env", [])
            ),
        }
    )


def _disruption_budget(one: Object) -> list[str]:
    spec = one["spec"]
    return _wrong(
        {
            "maxUnavailable is not 1": spec.get("maxUnavailable") != 1,
            "a broken pod blocks a drain": spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow",
        }
    )


def _job(one: Object) -> list[str]:
    needed = ("backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")
    return _wrong({f"{name} is missing": name not in one["spec"] for name in needed})


def _scaled(one: Object) -> list[str]:
    spec = one["spec"]
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behaviour["scaleUp"]["policies"][0], behaviour["scaleDown"]["policies"][0]
    facts = spec["triggers"][0]["metadata"]
    return _wrong(
        {
            "may scale below two": spec.get("minReplicaCount", 0) < 2,
            "has no fallback": "fallback" not in spec,
            "scales up too fast": (up["value"], up["periodSeconds"]) != (2, 60),
            "scales down too fast": (down["value"], down["periodSeconds"]) != (1, 120)
            or behaviour["scaleDown"].get("stabilizationWindowSeconds", 0) < 300,
            "starts a new group elsewhere than the services": facts.get("offsetResetPolicy")
            != "earliest",
            "makes consumers that have nothing to read": facts.get("allowIdleConsumers") != "false",
            "has metadata that is not text": not all(isinstance(v, str) for v in facts.values()),
        }
    )


def _kafka(one: Object) -> list[str]:
    kafka = one["spec"]["kafka"]
    wanted: dict[str, Any] = {
        "default.replication.factor": 3,
        "min.insync.replicas": 2,
        "offsets.topic.replication.factor": 3,
        "transaction.state.log.replication.factor": 3,
        "transaction.state.log.min.isr": 2,
        "auto.create.topics.enable": False,
    }
    checks = {f"{k} is not {v}": kafka.get("config", {}).get(k) != v for k, v in wanted.items()}
    checks["its brokers do not know their rack"] = "rack" not in kafka
    checks["its lag is not exported"] = "kafkaExporter" not in one["spec"]
    # Without TLS in Rapport's own clients the door is guarded by who may come to it.
    checks["a listener is open to everybody"] = any(
        not listener.get("networkPolicyPeers") for listener in kafka["listeners"]
    )
    return _wrong(checks)


def _node_pool(one: Object) -> list[str]:
    volumes = one["spec"]["storage"]["volumes"]
    return _wrong(
        {
            "is not three": one["spec"]["replicas"] != 3,
            "loses its data with the claim": any(
                v.get("deleteClaim") is not False for v in volumes
            ),
        }
    )


def _topic(one: Object) -> list[str]:
    spec = one["spec"]
    return _wrong(
        {
            "is not on three brokers": spec["replicas"] != 3,
            "is acknowledged by one broker": spec["config"].get("min.insync.replicas") != 2,
        }
    )


def _doors(objects: list[Object]) -> list[str]:
    """Network policies: all shut by default, and outside only for whoever calls somebody, without private ranges."""
    deny = named(objects, "NetworkPolicy", "default-deny")["spec"]
    shut = deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    problems = [] if shut else ["NetworkPolicy/default-deny: lets something through"]
    for name in PROCESSES:
        spec = named(objects, "NetworkPolicy", name)["spec"]
        blocks = [
            peer["ipBlock"]
            for rule in spec.get("egress", [])
            for peer in rule.get("to", [])
            if "ipBlock" in peer
        ]
        if bool(blocks) != (name in MEETS_NETWORKS):
            problems.append(f"NetworkPolicy/{name}: wrong about the outside world")
        if any(not set(block.get("except", [])) >= PRIVATE for block in blocks):
            problems.append(f"NetworkPolicy/{name}: private addresses can be reached")
        if any(not rule.get("from") for rule in spec.get("ingress", [])):
            problems.append(f"NetworkPolicy/{name}: anybody may come in")
    return problems


RULES: dict[str, Callable[[Object], list[str]]] = {
    "Namespace": _namespace,
    "PodDisruptionBudget": _disruption_budget,
    "Job": _job,
    "ScaledObject": _scaled,
    "Kafka": _kafka,
    "KafkaNodePool": _node_pool,
    "KafkaTopic": _topic,
}
