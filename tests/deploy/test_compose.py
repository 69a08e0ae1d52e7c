"""docker-compose.yml, read by Compose itself (its Go program; the wheel's Python entry hides the exit code)."""

import json
import subprocess
from importlib.resources import files
from typing import Any

import pytest

from tests.deploy.manifests import PROCESSES, ROOT
from tests.deploy.settings_rules import given_problems

COMPOSE = str(files("compose") / "docker-compose")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "SEAL_KEYS": "k1:of-no-use",
    "GATEWAY_APPROVAL_KEY": "a1:of-no-use",
    "RESPOND_APPROVAL_KEYS": "a1:of-no-use",
    "INGEST_APPS": '{"meta": {"secrets": ["of-no-use"]}}',
    "SANDBOX_FACEBOOK_APP_SECRET": "of-no-use",
    "SANDBOX_FACEBOOK_VERIFY_TOKEN": "of-no-use",
}
OURS = (*PROCESSES, "topics", "sandbox", "demo")
PROFILES: tuple[tuple[str, ...], ...] = ((), ("demo",), ("monitoring",), ("demo", "monitoring"))


def config(
    *profiles: str, left_out: str = "", more: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `config` with all that must be set, except `left_out`; never reads a developer's .env."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name != left_out}
    command = [COMPOSE, "--env-file", "/dev/null", "-f", "docker-compose.yml"]
    for path in more:
        command += ["-f", path]
    for profile in profiles:
        command += ["--profile", profile]
    command += ["config", "--format", "json"]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Every service of every profile, as Compose resolves it."""
    done = config("demo", "monitoring")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize("profiles", PROFILES)
def test_every_profile_is_valid(profiles: tuple[str, ...]) -> None:
    done = config(*profiles)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower()


def test_the_example_override_is_valid() -> None:
    done = config(more=("docker-compose.override.example.yml",))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name", ["SEAL_KEYS", "INGEST_APPS", "GATEWAY_APPROVAL_KEY", "RESPOND_APPROVAL_KEYS"]
)
def test_a_missing_secret_is_named(name: str) -> None:
    done = config(left_out=name)
    assert done.returncode != 0
    assert name in done.stderr


def test_the_example_environment_has_every_needed_name_and_no_working_key() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert values["SEAL_KEYS"] == values["GATEWAY_APPROVAL_KEY"] == ""
    assert values["INGEST_APPS"] == ""
    text = (ROOT / "docker-compose.yml").read_text()
    assert [name for name in values if "${" + name not in text] == []


@pytest.mark.parametrize("process", [*PROCESSES, "sandbox", "topics", "demo"])
def test_every_variable_is_read_and_every_needed_one_given(
    process: str, services: dict[str, Any]
) -> None:
    kind = "tools" if process == "topics" else process
    assert given_problems(kind, services[process]["environment"]) == []


@pytest.mark.parametrize("name", OURS)
def test_containers_are_hardened(name: str, services: dict[str, Any]) -> None:
    one = services[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["init"] is True
    assert one["tmpfs"] == ["/tmp"]
    assert one["stop_grace_period"] in {"60s", "1m0s"}
    assert int(one["mem_limit"]) >= 256 * 1024 * 1024


def test_every_container_is_limited_and_pinned(services: dict[str, Any]) -> None:
    for name, one in services.items():
        assert int(one["mem_limit"]) > 0, name
        assert one["cap_drop"] == ["ALL"], name
        assert "privileged" not in one, name
        tag = one["image"].rpartition(":")[2]
        assert tag[0].isdigit() or tag[0] == "v", one["image"]


def test_only_the_doors_are_open_and_only_to_this_machine(services: dict[str, Any]) -> None:
    ports = {name: one["ports"] for name, one in services.items() if one.get("ports")}
    assert set(ports) == {"gateway", "ingest", "prometheus"}
    assert {port["host_ip"] for found in ports.values() for port in found} == {"127.0.0.1"}
    assert services["prometheus"]["profiles"] == ["monitoring"]


def test_services_start_after_what_they_need(services: dict[str, Any]) -> None:
    for name in PROCESSES:
        needs = {need: facts["condition"] for need, facts in services[name]["depends_on"].items()}
        assert needs == {
            "mongodb": "service_healthy",
            "topics": "service_completed_successfully",
        }
    assert services["topics"]["command"] == ["topics", "--create"]
    assert {"test", "interval"} <= set(services["kafka"]["healthcheck"])
    assert "rs.initiate" in " ".join(services["mongodb"]["healthcheck"]["test"])


def test_the_sandbox_signs_with_what_ingest_checks(services: dict[str, Any]) -> None:
    sandbox, ingest = services["sandbox"]["environment"], services["ingest"]["environment"]
    secret = ENVIRONMENT["SANDBOX_FACEBOOK_APP_SECRET"]
    assert sandbox["SANDBOX_FACEBOOK_APP_SECRET"] == secret
    assert json.loads(ingest["INGEST_APPS"])["meta"]["secrets"] == [secret]
    assert f":{ingest['INGEST_HTTP_PORT']}/" in sandbox["SANDBOX_FACEBOOK_CALLBACK"]
