"""Prometheus: its configuration, the alerts and their own tests, and names that services really have."""

import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import CollectorRegistry

from runtime.metrics import RuntimeMetrics
from services.ingest.metrics import IngestMetrics
from services.ingest.troubles import TROUBLES
from services.respond.metrics import RespondMetrics
from tests.deploy.manifests import PROCESSES, ROOT, of_kind, render, skip_loudly

FOLDER = ROOT / "deploy" / "monitoring"
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"][0]["rules"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "rules.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_prometheus_agrees(arguments: tuple[str, ...]) -> None:
    if shutil.which("promtool") is None:
        skip_loudly("promtool is not here (Debian: prometheus): the alerts were not checked")
    done = subprocess.run(
        ["promtool", *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_a_metric_that_every_service_has(rule: dict[str, str]) -> None:
    if rule["expr"].startswith("up{"):
        return
    if "rapport_respond_refused_approvals_total" in rule["expr"]:
        registry = CollectorRegistry()
        RespondMetrics(registry)
        assert "rapport_respond_refused_approvals" in {one.name for one in registry.collect()}
        return
    pattern = re.compile(re.search(r'__name__=~"([^"]+)"', rule["expr"])[1])  # type: ignore[index]
    for service in PROCESSES:
        registry = CollectorRegistry()
        RuntimeMetrics(registry, service, "0")
        names = {
            name for metric in registry.collect() for name in _series(metric.name, metric.type)
        }
        assert any(pattern.fullmatch(name) for name in names), service


def _series(name: str, kind: str) -> set[str]:
    return {f"{name}_total"} if kind == "counter" else {name}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_tested_both_ways(rule: dict[str, str]) -> None:
    cases = [
        case
        for test in yaml.safe_load((FOLDER / "rules_test.yml").read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


def test_every_service_is_scraped_on_its_health_port() -> None:
    scraped = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"][0]
    assert scraped["static_configs"][0]["targets"] == [f"{name}:9000" for name in PROCESSES]


def test_the_operator_gets_the_same_alerts() -> None:
    (rule,) = of_kind(render("everything"), "PrometheusRule")
    assert rule["spec"]["groups"][0]["rules"] == RULES


def test_an_alert_of_ingest_asks_for_what_it_measures() -> None:
    registry = CollectorRegistry()
    IngestMetrics(registry)
    names = {metric.name for metric in registry.collect()}
    group = yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"][1]
    for rule in group["rules"]:
        metric, wanted = re.search(r'(rapport_\w+)\{trouble=~?"([^"]+)"', rule["expr"]).groups()  # type: ignore[union-attr]
        assert metric in names
        assert set(wanted.split("|")) <= set(TROUBLES)
