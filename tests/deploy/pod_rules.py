"""The pod security standard `restricted`, and what we ask beyond it, over whatever makes pods."""

from tests.deploy.manifests import Object, containers, label_of, pod_spec, workloads

LOWEST_UID = 10_000
VOLUMES = {"configMap", "emptyDir", "secret", "projected", "persistentVolumeClaim", "downwardAPI"}


def pod_problems(objects: list[Object]) -> list[str]:
    """One sentence for each thing that a pod is allowed and should not be."""
    problems = []
    for workload in workloads(objects):
        found = [*_pod(pod_spec(workload)), *_accounts(objects, workload)]
        for container in containers(workload):
            found += [f"{container['name']}: {text}" for text in _container(container)]
        problems += [f"{label_of(workload)}: {text}" for text in found]
    return problems


def _pod(spec: Object) -> list[str]:
    context = spec.get("securityContext", {})
    wrong = {
        "runAsNonRoot is not true": context.get("runAsNonRoot") is not True,
        "runAsUser is below 10000": context.get("runAsUser", 0) < LOWEST_UID,
        "seccompProfile is not RuntimeDefault": context.get("seccompProfile", {}).get("type")
        != "RuntimeDefault",
        "a token of the API server is mounted": spec.get("automountServiceAccountToken")
        is not False,
        "service links are put into the environment": spec.get("enableServiceLinks") is not False,
        "it shares a namespace with the node": any(
            spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")
        ),
    }
    for volume in spec.get("volumes", []):
        kind = next(name for name in volume if name != "name")
        wrong[f"volume {volume['name']} is a {kind}"] = kind not in VOLUMES
        wrong[f"emptyDir {volume['name']} has no sizeLimit"] = (
            kind == "emptyDir" and "sizeLimit" not in (volume["emptyDir"] or {})
        )
    return [text for text, is_wrong in wrong.items() if is_wrong]


def _container(container: Object) -> list[str]:
    context = container.get("securityContext", {})
    image = container["image"].rpartition("/")[2]
    resources = container.get("resources", {})
    wrong = {
        "may escalate": context.get("allowPrivilegeEscalation") is not False,
        "is privileged": bool(context.get("privileged")),
        "keeps capabilities": context.get("capabilities", {}) != {"drop": ["ALL"]},
        "may write its root": context.get("readOnlyRootFilesystem") is not True,
        "its image has no fixed tag": ":" not in image or image.endswith(":latest"),
        "asks for nothing": not {"cpu", "memory", "ephemeral-storage"}
        <= set(resources.get("requests", {})),
        "has no limits": not {"memory", "ephemeral-storage"} <= set(resources.get("limits", {})),
        "a port of the node is taken": any("hostPort" in p for p in container.get("ports", [])),
        "overrides the pod's user": bool({"runAsUser", "runAsNonRoot"} & set(context)),
    }
    return [text for text, is_wrong in wrong.items() if is_wrong]


def _accounts(objects: list[Object], workload: Object) -> list[str]:
    name = pod_spec(workload).get("serviceAccountName", "default")
    accounts = {one["metadata"]["name"]: one for one in objects if one["kind"] == "ServiceAccount"}
    if name not in accounts:
        return [f"its service account {name} is not declared"]
    if accounts[name].get("automountServiceAccountToken") is not False:
        return [f"its service account {name} mounts a token"]
    return []
