"""The alert rules ask for series that exist, by labels that they have, and name a runbook that is there."""

import re
from collections.abc import Iterable
from typing import Any, Final

import prometheus_client
import yaml

import runtime.consumer.metrics
import runtime.ledger.metrics
from tests.architecture.deployment import ROOT

RULES: Final = ROOT / "deploy" / "prometheus" / "alerts.yml"
# Prometheus itself adds these to every series that it scrapes.
SCRAPED: Final = {"job", "instance"}
METERED: Final = (runtime.consumer.metrics, runtime.ledger.metrics)


def _series() -> dict[str, set[str]]:
    """Name → labels of every series of ours."""
    found: dict[str, set[str]] = {}
    for module in METERED:
        for metric in vars(module).values():
            if isinstance(metric, prometheus_client.Counter | prometheus_client.Gauge):
                suffix = "_total" if isinstance(metric, prometheus_client.Counter) else ""
                found[f"{metric._name}{suffix}"] = set(metric._labelnames)
    return found


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def faults(rules: Iterable[dict[str, Any]], series: dict[str, set[str]]) -> list[str]:
    """Every series and label that a rule asks for in vain."""
    wrong = []
    for rule in rules:
        named = re.findall(r"dudao_\w+", rule["expr"])
        by = {label for group in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in re.split(r",\s*", group)}
        by |= set(re.findall(r"(\w+)=\"", rule["expr"])) | set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        for name in named:
            if name not in series:
                wrong.append(f"{rule['alert']}: no series {name}")
            elif by - series[name] - SCRAPED:
                wrong.append(f"{rule['alert']}: {name} has no {sorted(by - series[name] - SCRAPED)}")
        if not named:
            wrong.append(f"{rule['alert']}: asks for nothing")
    return wrong


def test_a_rule_that_asks_in_vain_is_found() -> None:
    series = {"dudao_x": {"ledger"}}
    good = {"alert": "A", "expr": "max by (job, ledger) (dudao_x) > 0", "annotations": {}}
    assert faults([good], series) == []
    assert len(faults([{**good, "expr": "dudao_y > 0"}], series)) == 1
    assert len(faults([{**good, "expr": "max by (consumer) (dudao_x) > 0"}], series)) == 1
    assert len(faults([{**good, "annotations": {"summary": "{{ $labels.consumer }}"}}], series)) == 1


def test_every_rule_asks_for_what_there_is() -> None:
    rules = _rules()
    assert len(rules) >= 9
    assert faults(rules, _series()) == []


def test_every_rule_has_a_severity_and_a_runbook_that_names_it() -> None:
    for rule in _rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        runbook = (ROOT / rule["annotations"]["runbook"]).read_text(encoding="utf-8")
        assert rule["alert"] in runbook, rule["alert"]
