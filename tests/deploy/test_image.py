"""The Dockerfile: what is in an image, who runs it, and how it says that it is well. Nothing is built here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.manifests import ROOT, SERVICES

TEXT = (ROOT / "Dockerfile").read_text()
STAGES = {
    match["name"]: match["body"]
    for match in re.finditer(
        r"^FROM \S+ AS (?P<name>\w+)\n(?P<body>.*?)(?=^FROM |\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
}


def test_there_is_a_stage_for_every_role() -> None:
    assert {*SERVICES, "sandbox", "tools"} <= set(STAGES)
    assert TEXT.rstrip().endswith("FROM ${SERVICE} AS final")


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_holds_its_service_and_no_other(service: str) -> None:
    copied = re.findall(r"^COPY (\S+) ", STAGES[service], re.MULTILINE)
    assert copied == [f"services/{service}"]
    assert f'CMD ["python", "-m", "services.{service}"]' in STAGES[service]


def test_it_runs_as_nobody_in_particular_and_stops_when_told() -> None:
    assert "USER 10001:10001" in STAGES["process"]
    assert "STOPSIGNAL SIGTERM" in STAGES["process"]
    assert "HEALTHCHECK" in STAGES["process"]
    assert "org.opencontainers.image.licenses" in STAGES["process"]


def test_packages_are_hashed_wheels_and_the_base_has_a_fixed_tag() -> None:
    assert "--require-hashes" in STAGES["dependencies"]
    assert "--only-binary :all:" in STAGES["dependencies"]
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.11\.\d+-slim-bookworm$", TEXT, re.MULTILINE)
    assert "apt-get" not in TEXT


def test_everything_copied_is_let_through_to_the_builder() -> None:
    allowed = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for source in re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+) ", TEXT, re.MULTILINE):
        assert (ROOT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in allowed), source


def test_what_is_kept_out_of_the_image_is_not_imported_there() -> None:
    package = ROOT / "services" / "classify"
    imports = re.compile(r"^\s*(from|import) services\.classify\.training", re.MULTILINE)
    users = [
        str(path)
        for folder in (package, ROOT / "cli")
        for path in folder.rglob("*.py")
        if "training" not in path.parts and imports.search(path.read_text())
    ]
    assert users == []


def test_the_health_check_fails_where_nothing_answers() -> None:
    done = subprocess.run(
        [sys.executable, "deploy/image/healthcheck.py"],
        cwd=ROOT,
        env={"HEALTH_PORT": "1"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "refused" in done.stderr


@pytest.fixture(scope="module")
def copies() -> dict[str, list[tuple[str, str]]]:
    """Source and target of every COPY of our own code, by stage."""
    copy = re.compile(r"^COPY (?!--from)(?:--\S+ )?(\S+) (/app/\S+)$", re.MULTILINE)
    return {name: copy.findall(body) for name, body in STAGES.items()}


def _lay_out(folder: Path, pairs: list[tuple[str, str]]) -> None:
    """Put into a folder what the image has under /app."""
    for source, target in pairs:
        place = folder / target.removeprefix("/app/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(ROOT / source)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_from_what_its_image_holds(
    service: str, copies: dict[str, list[tuple[str, str]]], tmp_path: Path
) -> None:
    """It comes as far as its settings: everything it imports is there, and it says what it lacks."""
    _lay_out(tmp_path, copies["process"] + copies["service"] + copies[service])
    done = _start(service, tmp_path)
    assert done.returncode == 78, done.stderr
    assert "BUS_URL" in done.stderr


def test_what_an_image_lacks_is_noticed(
    copies: dict[str, list[tuple[str, str]]], tmp_path: Path
) -> None:
    _lay_out(tmp_path, copies["service"] + copies["ingest"])
    assert "No module named 'runtime'" in _start("ingest", tmp_path).stderr


def _start(service: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a service with nothing of ours to import but what is in the folder."""
    # Outside the image the checkout itself is importable too; here it must not be.
    start = (
        "import runpy, sys; sys.path.remove(''); "
        "sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in str(f).lower()]; "
        f"sys.path[:] = [{str(folder)!r}] + [p for p in sys.path if p != {str(ROOT)!r}]; "
        f"runpy.run_module('services.{service}', run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", start],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
