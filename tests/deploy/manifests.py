"""Rendering the Kubernetes manifests and looking things up in them. What must hold is in the *_rules files."""

import functools
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

Object = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
RENDERED = {
    "base": K8S / "base",
    "dev": K8S / "overlays" / "dev",
    "everything": ROOT / "tests" / "deploy" / "everything",
}
SERVICES = ("ingest", "classify", "respond", "gateway")
PROCESSES = (*SERVICES, "storm")
"""What runs for ever: the services, and a second process of classify in the same image."""


def skip_loudly(sentence: str) -> None:
    """Skip this test so that it is seen; where CI is set, fail instead."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(sentence)
    warnings.warn(sentence.upper(), stacklevel=2)
    pytest.skip(sentence.upper())


def renderer() -> list[str]:
    """Return the command that renders a kustomization: kubectl 1.21 or later, or kustomize."""
    if shutil.which("kubectl"):
        return ["kubectl", "kustomize"]
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    skip_loudly("neither kubectl nor kustomize is here: the Kubernetes manifests were not checked")
    return []


@functools.cache
def _rendered(folder: Path, command: tuple[str, ...]) -> str:
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{folder} does not render:\n{done.stderr}"
    return done.stdout


def render(name: str) -> list[Object]:
    """Return the objects of one kustomization, fresh copies each time."""
    text = _rendered(RENDERED[name], tuple(renderer()))
    return [one for one in yaml.load_all(text, Loader=yaml.CSafeLoader) if one]


def label_of(one: Object) -> str:
    """Kind/name, for messages."""
    return f"{one['kind']}/{one['metadata']['name']}"


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """The objects of these kinds."""
    return [one for one in objects if one["kind"] in kinds]


def named(objects: list[Object], kind: str, name: str) -> Object:
    """The object of this kind and name."""
    return next(one for one in of_kind(objects, kind) if one["metadata"]["name"] == name)


def workloads(objects: list[Object]) -> list[Object]:
    """Everything that makes pods."""
    return of_kind(objects, "Deployment", "StatefulSet", "Job", "DaemonSet", "CronJob")


def pod_spec(workload: Object) -> Object:
    """The spec of the pods a workload makes."""
    return dict(workload["spec"]["template"]["spec"])


def pod_labels(workload: Object) -> dict[str, str]:
    """The labels of the pods a workload makes."""
    return dict(workload["spec"]["template"]["metadata"]["labels"])


def containers(workload: Object) -> Iterator[Object]:
    """Every container of a workload's pods, those that prepare included."""
    spec = pod_spec(workload)
    yield from spec.get("initContainers", [])
    yield from spec["containers"]


def services_of(objects: list[Object]) -> list[Object]:
    """The Deployments of Rapport's services."""
    return [
        one
        for one in of_kind(objects, "Deployment")
        if pod_labels(one).get("app.kubernetes.io/component") == "service"
    ]


def environment(objects: list[Object], container: Object) -> dict[str, str]:
    """The variables a container gets, its own before those of the ConfigMaps it names."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= named(objects, "ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in container.get("env", []):
        found[variable["name"]] = variable.get("value", "")
    return found


def matches(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a selector of matchLabels takes these labels; an empty one takes all."""
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())
