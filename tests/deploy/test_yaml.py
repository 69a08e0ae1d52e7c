"""Every YAML file of the deployment, by yamllint."""

import subprocess
import sys

from tests.deploy.manifests import ROOT

CONFIG = "{extends: relaxed, rules: {line-length: {max: 160}}}"


def test_yaml_is_tidy() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "yamllint", "-s", "-d", CONFIG, "deploy", "tests/deploy"),
            *("docker-compose.yml", "docker-compose.override.example.yml"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
