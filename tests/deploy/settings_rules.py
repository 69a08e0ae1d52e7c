"""What the Settings classes read and what the manifests give, compared both ways."""

import importlib
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from cli.demo.settings import DemoSettings
from runtime.settings import ServiceSettings
from tests.deploy.manifests import (
    SERVICES,
    Object,
    environment,
    label_of,
    named,
    pod_spec,
    workloads,
)

MODULES = {
    **{name: f"services.{name}.settings" for name in SERVICES},
    "storm": "services.classify.storm_worker.settings",
    "sandbox": "sandbox.settings",
}


@dataclass(frozen=True, slots=True)
class Knob:
    """One variable a process reads. `default` is None where it must be given."""

    name: str
    default: str | None
    is_required: bool


def settings_class(process: str) -> type[BaseSettings]:
    """Return the one Settings class of a service, or of the sandbox."""
    module = importlib.import_module(MODULES[process])
    found = [
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, BaseSettings)
        and one.__module__ == module.__name__
    ]
    assert len(found) == 1, f"{module.__name__} has {len(found)} settings classes"
    return found[0]


def knobs(model: type[BaseSettings]) -> dict[str, Knob]:
    """Return every variable that a Settings class reads, those of its parts included."""
    prefix = str(model.model_config.get("env_prefix") or "")
    found: dict[str, Knob] = {}
    for name, field in model.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseSettings):
            found |= knobs(part)
            continue
        variable = f"{prefix}{name}".upper()
        found[variable] = Knob(variable, _default(field), field.is_required())
    return found


def _default(field: FieldInfo) -> str | None:
    value: Any = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return None
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def knobs_of(process: str) -> dict[str, Knob]:
    """Return the variables of a service, the sandbox or the tools image."""
    if process == "tools":
        return knobs(ServiceSettings)
    if process == "demo":
        return knobs(ServiceSettings) | knobs(DemoSettings)
    return knobs(settings_class(process))


def given_problems(process: str, given: dict[str, str]) -> list[str]:
    """One sentence for each variable that nothing reads, or that is needed and not given."""
    known = knobs_of(process)
    names = {name.removesuffix("_FILE") if name not in known else name for name in given}
    needed = {name for name, knob in known.items() if knob.is_required}
    if process == "tools":
        needed = {"BUS_URL"}
    return [
        *(f"{process}: {name} is set but nothing reads it" for name in sorted(names - set(known))),
        *(f"{process}: {name} is needed but not set" for name in sorted(needed - names)),
    ]


def settings_problems(objects: list[Object], secrets: list[Object]) -> list[str]:
    """Variables of every pod of ours against its Settings class, and its files against the Secrets."""
    problems = []
    for one in workloads(objects):
        container = pod_spec(one)["containers"][0]
        if not container["image"].startswith("rapport-"):
            continue
        process = container["image"].partition(":")[0].removeprefix("rapport-")
        given = environment(objects, container)
        problems += given_problems(process, given)
        problems += [f"{label_of(one)}: {text}" for text in _files(one, given, secrets)]
    return problems


def _files(one: Object, given: dict[str, str], secrets: list[Object]) -> list[str]:
    container = pod_spec(one)["containers"][0]
    folders = {m["mountPath"]: m["name"] for m in container.get("volumeMounts", [])}
    sources = {v["name"]: v.get("secret", {}) for v in pod_spec(one).get("volumes", [])}
    problems = []
    for variable, path in given.items():
        if not variable.endswith("_FILE"):
            continue
        folder, _, key = path.rpartition("/")
        secret = sources.get(folders.get(folder, ""), {}).get("secretName")
        if secret is None:
            problems.append(f"{variable} points at {path}, where no Secret is mounted")
        elif key not in named(secrets, "Secret", secret)["stringData"]:
            problems.append(f"{variable} points at a key that Secret {secret} lacks")
    return problems
