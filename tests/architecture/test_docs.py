"""The documents against the code: tests, paths, commands, topics, error codes and promises they name."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.networks.table import NETWORKS
from contracts.topics import SERVICES, TOPICS
from services.ingest.connectors.registry import normalisers

ROOT = Path(__file__).resolve().parents[2]
PLACES = (
    "contracts", "runtime", "language", "services", "cli", "sandbox", "tests", "benchmarks", "deploy", "docs",
    "requirements", ".ci",
)  # fmt: skip
CODE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
STATES = (
    "approved", "rejected", "published", "waiting", "unknown", "failed", "parked", "scheduled",
    "taken_back",
)  # fmt: skip
# Errors carry their code as an argument of one of these.
CARRIERS = {
    "Backoff", "Conflict", "Dead", "Decision", "Forbidden", "HttpError", "Invalid", "Misconfigured",
    "NotFound", "Outcome", "Permanent", "Problem", "Reauthorise", "Refusal", "Retry", "Unavailable",
    "Unknown", "Unreadable", "_doubt", "_refuse", "problem",
}  # fmt: skip


def documents() -> list[Path]:
    told = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in told.stdout.split("\n") if line]


DOCUMENTS = documents()
OURS = [
    path
    for path in DOCUMENTS
    if path.parent == ROOT or (path.is_relative_to(ROOT / "docs") and path.name != "events.md")
]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def spans(text: str) -> list[str]:
    """What stands in backticks, in lines or blocks."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.split("\n")]
    return lines + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def missing_paths(text: str, here: Path) -> list[str]:
    """Paths of the repository and relative links that lead nowhere."""
    started = "|".join(map(re.escape, PLACES))
    paths = {
        found
        for span in spans(text)
        for found in re.findall(rf"(?<![\w./-])(?:{started})/[\w./-]*\w", span)
    }
    missing = [path for path in paths if not (ROOT / path).exists()]
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    return missing + [link for link in links if not (here.parent / link).exists()]


def missing_tests(text: str) -> list[str]:
    missing = []
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text):
        file = ROOT / path
        if not (file.exists() and re.search(rf"def {name}\(", file.read_text())):
            missing.append(f"{path}::{name}")
    return missing


def unknown_commands(text: str) -> list[str]:
    """`make` targets, `rapport` sub-commands and `python -m` modules that are not there."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = {path.stem.replace("_", "-") for path in (ROOT / "cli" / "commands").glob("*.py")}
    said = "\n".join(spans(text))
    unknown = [
        f"make {name}" for name in re.findall(r"\bmake ([a-z-]+)", said) if name not in targets
    ]
    unknown += [
        f"rapport {name}"
        for name in re.findall(r"^(?:\S+/)?rapport ([a-z-]+)", said, re.MULTILINE)
        if name not in commands
    ]
    for name in re.findall(r"python -m ([\w.]+)", said):
        module = ROOT / name.replace(".", "/")
        if not (module.with_suffix(".py").exists() or (module / "__main__.py").exists()):
            unknown.append(f"python -m {name}")
    return unknown


def codes_of(tree: ast.AST, *, is_publishing: bool) -> Iterator[str]:
    """Yield the stable codes that a module gives to errors and outcomes."""
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            parts = list(node.args) if name in CARRIERS else []
            parts += [one.value for one in node.keywords] if name == "Codes" else []
        elif isinstance(node, ast.Assign):
            names = {getattr(target, "id", "") for target in node.targets}
            parts = [node.value] if names & {"abstained", "code", "codes", "_CODES"} else []
        elif is_publishing and isinstance(node, ast.Tuple) and len(node.elts) == 2:
            parts = [node.elts[0]]
        elif is_publishing and isinstance(node, ast.Yield | ast.Return) and node.value:
            parts = [] if isinstance(node.value, ast.Call | ast.Compare) else [node.value]
        for part in parts:
            for one in ast.walk(part):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def codes_of_the_graph_api(connectors: Path) -> set[str]:
    """The reading codes that Facebook, Messenger and Instagram share but for the network in front."""
    text = "".join((connectors / name).read_text() for name in ("graph.py", "graph_errors.py"))
    endings = {"unreachable", *re.findall(r'f"\{(?:self\.)?network\}\.([a-z_]+)"', text)}
    networks = ("facebook", "messenger", "instagram")
    return {f"{network}.{ending}" for network in networks for ending in endings}


def codes_in_the_code() -> set[str]:
    """Every code, but what one connector says of one part of a payload: those share one row."""
    own = ROOT / "services" / "ingest" / "connectors"
    found = {f"reply.already_{state}" for state in STATES}
    found |= {"mastodon.unreachable"} | codes_of_the_graph_api(own)
    for package in ("runtime", "services"):
        for path in (ROOT / package).rglob("*.py"):
            if path.is_relative_to(own) and path.name not in {
                "errors.py",
                "connector.py",
                "login.py",
            }:
                continue
            is_publishing = path.is_relative_to(ROOT / "services" / "respond")
            tree = ast.parse(path.read_text())
            found |= {
                code for code in codes_of(tree, is_publishing=is_publishing) if CODE.fullmatch(code)
            }
    return found


@pytest.mark.parametrize("path", OURS, ids=named)
def test_what_a_document_names_is_there(path: Path) -> None:
    text = path.read_text()
    assert missing_paths(text, path) == []
    assert missing_tests(text) == []
    assert unknown_commands(text) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_no_document_knows_the_machine_it_was_written_on(path: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|tmp|home|root)/\S*", path.read_text()) == []


def test_every_promise_has_tests_and_none_is_left_over() -> None:
    promises = re.findall(r"^- \*\*(.+?)\*\* ", (ROOT / "README.md").read_text().partition(
        "## What you can rely on")[2].partition("\n## ")[0], re.MULTILINE)  # fmt: skip
    sections = (ROOT / "docs" / "guarantees.md").read_text().split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections] == promises
    for section in sections:
        rows = [line for line in section.split("\n") if line.startswith("| ")][1:]
        assert rows
        assert [row for row in rows if "`tests/" not in row] == []


def words_in_the_code() -> set[str]:
    """Every text that looks like a code, wherever it stands, and what `Api` makes of a network's name."""
    found = {f"{network}.unreachable" for network in NETWORKS}
    graph = codes_of_the_graph_api(ROOT / "services" / "ingest" / "connectors")
    found |= graph | {f"threads.{code.partition('.')[2]}" for code in graph}
    for package in ("contracts", "runtime", "services", "cli"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return found


def test_every_error_code_is_documented() -> None:
    said = spans((ROOT / "docs" / "errors.md").read_text())
    documented = {span for span in said if CODE.fullmatch(span)} - {"dlq.code"}
    known = codes_in_the_code()
    assert sorted(known - documented) == [], "not in docs/errors.md"
    left_over = documented - known - words_in_the_code()
    assert sorted(left_over) == [], "in docs/errors.md, but not in the code"


def test_the_map_knows_who_reads_and_writes_what() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for service in SERVICES:
        row = re.search(rf"^\| {service} \|([^|]*)\|([^|]*)\|", text, re.MULTILINE)
        assert row is not None
        reads, writes = (set(re.findall(r"`([^`]+)`", cell)) for cell in row.groups())
        assert reads == {name for name, topic in TOPICS.items() if service in topic.consumers}
        assert writes == {name for name, topic in TOPICS.items() if service in topic.producers}


def test_every_network_says_what_is_proven() -> None:
    rows = re.findall(r"^\| (\w+) \|", (ROOT / "docs" / "networks.md").read_text(), re.MULTILINE)
    assert set(rows) - {"network"} == set(normalisers())


def test_every_decision_is_listed_and_whole() -> None:
    folder = ROOT / "docs" / "adr"
    decisions = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    listed = re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text())
    assert listed == [path.name for path in decisions]
    for number, path in enumerate(decisions, start=1):
        headings = re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)
        assert path.name.startswith(f"{number:04d}-")
        assert headings == ["Context", "Decision", "Alternatives", "Consequences"]


def test_the_changelog_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    first = re.search(r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first.group(1) == project["version"]


def test_mistakes_in_documents_are_seen() -> None:
    here = ROOT / "README.md"
    assert missing_paths("see `runtime/none.py` and [x](docs/none.md)", here) == [
        "runtime/none.py", "docs/none.md",
    ]  # fmt: skip
    assert missing_paths("`runtime/stage.py` and [x](docs/events.md)", here) == []
    assert missing_tests("`tests/architecture/test_docs.py::test_none`") != []
    wrong = "`make nothing` `rapport nothing` `python -m benchmarks.nothing`"
    assert unknown_commands(wrong) == [
        "make nothing", "rapport nothing", "python -m benchmarks.nothing",
    ]  # fmt: skip
