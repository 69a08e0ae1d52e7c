"""Who may import whom: import-linter's contracts hold, and each is seen to fail on a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("contracts", "runtime", "language", "services", "cli", "sandbox")
PLANTED = {
    "cli, sandbox > services > language > runtime > contracts": (
        "contracts/scope.py",
        "import runtime.errors\n",
    ),
    "services never import each other": (
        "services/classify/store.py",
        "import services.ingest.store\n",
    ),
    "contracts import pydantic and the standard library only": (
        "contracts/scope.py",
        "import httpx\n",
    ),
    "MongoDB only behind runtime.mongo": ("services/classify/store.py", "import pymongo\n"),
    "aiokafka only in runtime.bus and runtime.stage": (
        "services/classify/handlers.py",
        "import aiokafka\n",
    ),
    "kafka-python only in runtime.admin": ("services/classify/handlers.py", "import kafka\n"),
    "domains are pure": ("services/classify/domain/priority.py", "import httpx\n"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_rules_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=lambda _dir, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    return folder


@pytest.mark.parametrize("rule", list(PLANTED))
def test_each_rule_fails_on_a_planted_violation(rule: str, copy: Path) -> None:
    name, line = PLANTED[rule]
    path = copy / name
    before = path.read_text()
    try:
        path.write_text(before + "\n" + line)
        result = lint(copy)
    finally:
        path.write_text(before)
    assert result.returncode != 0
    assert f"{rule} BROKEN" in result.stdout, result.stdout
