"""Settings: every problem in one sentence, secrets from files, nothing foreign touched."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.errors import Misconfigured
from services.ingest.settings import Settings

GOOD = {"BUS_URL": "127.0.0.1:1", "MONGO_URL": "mongodb://127.0.0.1:2", "SEAL_KEYS": "k:x"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("BUS_URL", "MONGO_URL", "SEAL_KEYS", "HEALTH_PORT"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_every_problem_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HEALTH_PORT", "eighty")
    with pytest.raises(Misconfigured) as caught:
        Settings.load()
    for name in ("BUS_URL", "MONGO_URL", "SEAL_KEYS", "HEALTH_PORT"):
        assert f"{name}:" in caught.value.why


def test_a_secret_comes_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value)
    environment.delenv("SEAL_KEYS")
    (tmp_path / "key").write_text("k9:secret\n")
    environment.setenv("SEAL_KEYS_FILE", str(tmp_path / "key"))
    settings = Settings.load()
    assert settings.seal_keys.get_secret_value() == "k9:secret"
    assert "secret" not in repr(settings.seal_keys)
    environment.delenv("SEAL_KEYS", raising=False)


def test_files_of_others_are_left_alone(environment: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        environment.setenv(name, value)
    environment.setenv("SOMEBODY_ELSES_FILE", "/nowhere/at/all")
    Settings.load()


def test_an_unreadable_file_is_said(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SEAL_KEYS_FILE", "/nowhere/at/all")
    with pytest.raises(Misconfigured, match="SEAL_KEYS_FILE: cannot read"):
        Settings.load()


@pytest.mark.parametrize("service", ["ingest", "classify", "respond", "gateway"])
def test_a_service_without_settings_says_so_and_leaves(service: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 78
    assert "cannot start: BUS_URL: " in done.stderr
    assert "Traceback" not in done.stderr
