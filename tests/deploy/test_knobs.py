"""docs/deploy.md against the code: every knob with its reader and default, every alert, every path."""

import re

import yaml

from runtime.settings import ServiceSettings
from tests.deploy.manifests import ROOT
from tests.deploy.settings_rules import MODULES, Knob, knobs, knobs_of

TEXT = (ROOT / "docs" / "deploy.md").read_text()
ROW = re.compile(r"^\| `([A-Z_0-9]+)` \| ([a-z, ]+) \| `([^`]*)` \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    """Variable to its readers and its default, as the tables say."""
    return {name: (readers, default) for name, readers, default, _ in ROW.findall(TEXT)}


def _shown(knob: Knob) -> str:
    return "-" if knob.default is None else knob.default


def test_every_knob_is_documented_with_its_reader_and_default() -> None:
    shared = knobs(ServiceSettings)
    wanted = {name: ("all", _shown(knob)) for name, knob in shared.items()}
    for process in MODULES:
        for name, knob in knobs_of(process).items():
            if name in shared and process != "sandbox":
                continue
            before = wanted.get(name)
            readers = process if before is None else f"{before[0]}, {process}"
            wanted[name] = (readers, _shown(knob))
    assert documented() == wanted


def test_every_alert_is_explained() -> None:
    rules = yaml.safe_load((ROOT / "deploy" / "monitoring" / "rules.yml").read_text())
    alerts = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert set(re.findall(r"^\| (Rapport\w+) \|", TEXT, re.MULTILINE)) == alerts


def test_every_path_named_is_there() -> None:
    paths = re.findall(r"\b(?:deploy|tests|contracts)/[\w./-]*\w", TEXT)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
