"""The jars of Apache Kafka, copied once by Maven into a cache folder, and the Java that runs them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

from cli.stack.processes import StartError

REPOSITORY = Path(__file__).resolve().parents[2]
POM = REPOSITORY / "deploy" / "local" / "kafka" / "pom.xml"
HOME_VARIABLE = "RAPPORT_KAFKA_HOME"
DOWNLOAD_TIMEOUT_S = 600


def java_path() -> str:
    """Raises `StartError` when Java is missing."""
    return _program("java", "default-jre-headless")


def jars() -> Path:
    """The folder with the jars; copied there when it is not yet (6 s with a fast network). Raises `StartError`."""
    if not POM.is_file():
        raise StartError(
            f"Apache Kafka runs from a checkout of the repository only: {POM} is missing."
        )
    home = Path(os.environ.get(HOME_VARIABLE) or REPOSITORY / ".kafka")
    folder = home / f"jars-{_version()}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once must not both copy
        if not folder.is_dir():
            _copy(folder)
    return folder


def _version() -> str:
    pom = POM.read_text(encoding="utf-8")
    found = re.search(r"<artifactId>kafka_[\d.]+</artifactId>\s*<version>([^<]+)<", pom)
    if found is None:
        raise StartError(f"{POM} names no version of Kafka.")
    return found[1]


def _copy(folder: Path) -> None:
    # Under another name until it is whole: a copy that was cut short would look like a complete one.
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    goal = [
        "dependency:copy-dependencies",
        f"-DoutputDirectory={partial}",
        "-DincludeScope=runtime",
    ]
    argv = [_program("mvn", "maven"), "-q", "-B", "-f", str(POM), *goal]
    try:
        subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT_S,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        reason = next(
            (line for line in error.stdout.splitlines() if "ERROR" in line), "no reason given"
        )
        raise StartError(f"Maven could not get the jars of Apache Kafka: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise StartError(
            f"Maven did not get the jars of Apache Kafka within {DOWNLOAD_TIMEOUT_S} s."
        ) from error
    partial.rename(folder)


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise StartError(
            f"Apache Kafka needs {name}, which is missing. Install it with: apt-get install {package}"
        )
    return path
