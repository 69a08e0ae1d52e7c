"""Names that must meet: selectors and pods, ports and probes, mounts and volumes, scaling and topics."""

from contracts.topics import TOPICS
from tests.deploy.manifests import (
    PROCESSES,
    SERVICES,
    Object,
    containers,
    environment,
    label_of,
    matches,
    of_kind,
    pod_labels,
    pod_spec,
    services_of,
    workloads,
)

CLUSTER_DNS = {"k8s-app": "kube-dns"}
ELSEWHERE = ("kafka", "mongodb")
"""Pods that may come from outside these manifests: base alone brings neither broker nor database."""
DEFAULT_DRAIN_S = 45.0


def wiring_problems(objects: list[Object], routes: set[str]) -> list[str]:
    """One sentence for each name that leads nowhere. `routes` are those of the health port."""
    return [
        *_selectors(objects),
        *_services(objects),
        *_probes(objects, routes),
        *_mounts(objects),
        *_grace(objects),
        *_budgets(objects),
        *_scaling(objects),
        *_monitors(objects),
    ]


def _selectors(objects: list[Object]) -> list[str]:
    pods = [pod_labels(one) for one in workloads(objects)]
    problems = [
        f"{label_of(one)}: selects other pods than it makes"
        for one in workloads(objects)
        if one["kind"] != "Job" and not matches(one["spec"]["selector"], pod_labels(one))
    ]
    problems += [
        f"{label_of(one)}: selects no pod"
        for one in of_kind(objects, "PodDisruptionBudget")
        if not any(matches(one["spec"]["selector"], labels) for labels in pods)
    ]
    for one in of_kind(objects, "NetworkPolicy"):
        problems += [
            f"{label_of(one)}: {selector} selects no pod"
            for selector in _pod_selectors(one["spec"])
            if not _is_elsewhere(selector) and not any(matches(selector, p) for p in pods)
        ]
    return problems


def _pod_selectors(spec: Object) -> list[Object]:
    rules = [*spec.get("ingress", []), *spec.get("egress", [])]
    peers = [peer for rule in rules for peer in [*rule.get("from", []), *rule.get("to", [])]]
    inner = [peer["podSelector"] for peer in peers if "podSelector" in peer]
    return [spec["podSelector"], *inner]


def _is_elsewhere(selector: Object) -> bool:
    labels = selector.get("matchLabels", {})
    is_store = labels.get("app.kubernetes.io/name") in ELSEWHERE
    return labels == CLUSTER_DNS or is_store or "strimzi.io/cluster" in labels


def _services(objects: list[Object]) -> list[str]:
    problems = []
    for one in of_kind(objects, "Service"):
        behind = [
            workload
            for workload in workloads(objects)
            if matches({"matchLabels": one["spec"]["selector"]}, pod_labels(workload))
        ]
        ports = {port["name"] for w in behind for c in containers(w) for port in c.get("ports", [])}
        wanted = {port["targetPort"] for port in one["spec"]["ports"]}
        if not behind or not wanted <= ports:
            problems.append(f"{label_of(one)}: {sorted(wanted - ports)} lead to no pod")
    return problems


def _probes(objects: list[Object], routes: set[str]) -> list[str]:
    problems = []
    for one in services_of(objects):
        main = pod_spec(one)["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in main["ports"]}
        if str(ports.get("health")) != environment(objects, main).get("HEALTH_PORT"):
            problems.append(f"{label_of(one)}: port health is not HEALTH_PORT")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            get = main.get(probe, {}).get("httpGet", {})
            if get.get("path") not in routes or get.get("port") not in ports:
                problems.append(f"{label_of(one)}: {probe} asks {get}, which nobody answers")
    return problems


def _mounts(objects: list[Object]) -> list[str]:
    problems = []
    for one in workloads(objects):
        volumes = {volume["name"] for volume in pod_spec(one).get("volumes", [])}
        volumes |= {
            claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])
        }
        mounted = {m["name"] for c in containers(one) for m in c.get("volumeMounts", [])}
        if mounted != volumes:
            problems.append(f"{label_of(one)}: mounts {mounted}, has {volumes}")
    return problems


def _grace(objects: list[Object]) -> list[str]:
    problems = []
    for one in services_of(objects):
        main = pod_spec(one)["containers"][0]
        drain_s = float(environment(objects, main).get("DRAIN_DEADLINE_S", DEFAULT_DRAIN_S))
        hook_s = main.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        grace_s = pod_spec(one).get("terminationGracePeriodSeconds", 30)
        if grace_s < drain_s + hook_s + 5:
            problems.append(f"{label_of(one)}: killed after {grace_s} s while it may still drain")
    return problems


def _budgets(objects: list[Object]) -> list[str]:
    budgets = of_kind(objects, "PodDisruptionBudget")
    return [
        f"{label_of(one)}: has no disruption budget"
        for one in services_of(objects)
        if not any(matches(budget["spec"]["selector"], pod_labels(one)) for budget in budgets)
    ]


def _scaling(objects: list[Object]) -> list[str]:
    scaled = of_kind(objects, "ScaledObject")
    problems = []
    targets = {one["spec"]["scaleTargetRef"]["name"] for one in scaled}
    if scaled and targets != set(SERVICES):
        problems.append(f"ScaledObject: scales {sorted(targets)}, not {sorted(SERVICES)}")
    for one in scaled:
        facts = one["spec"]["triggers"][0]["metadata"]
        topic = TOPICS.get(facts["topic"])
        if facts["consumerGroup"] != one["spec"]["scaleTargetRef"]["name"]:
            problems.append(f"{label_of(one)}: watches the group of another service")
        if topic is None or facts["consumerGroup"] not in topic.consumers:
            problems.append(f"{label_of(one)}: {facts['topic']} is not read by this group")
        elif one["spec"]["maxReplicaCount"] > topic.partitions:
            problems.append(f"{label_of(one)}: more pods than {topic.partitions} partitions")
    return problems


def _monitors(objects: list[Object]) -> list[str]:
    problems = []
    for one in of_kind(objects, "PodMonitor"):
        chosen = [w for w in workloads(objects) if matches(one["spec"]["selector"], pod_labels(w))]
        if {w["metadata"]["name"] for w in chosen} != set(PROCESSES):
            problems.append(f"{label_of(one)}: does not select what runs for ever")
        for endpoint in one["spec"]["podMetricsEndpoints"]:
            for workload in chosen:
                ports = {p["name"] for c in containers(workload) for p in c["ports"]}
                if endpoint["port"] not in ports:
                    problems.append(f"{label_of(one)}: {label_of(workload)} has no such port")
    return problems
