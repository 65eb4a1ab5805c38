"""The rules for Prometheus: what is committed is what the catalogue says; every alert ships with its three things."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.rules.catalogue import ALERTS, GROUPS
from dashboards.rules.kinds import Alerting, Recording, series
from dashboards.rules.rendering import anchor, rules_file
from mentions import metric_names as names
from mentions.metric_kinds import Histogram
from tests.prometheus import at_once

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "rules.yml"
CASES = sorted((ROOT / "dashboards" / "rules" / "cases").glob("*.yml"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ALERTMANAGER = ROOT / "deploy" / "alertmanager.yml"
each = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.alert)


def tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run promtool or amtool; the test is skipped where it is missing."""
    if not shutil.which(name):
        pytest.skip(f"no {name} in PATH; install the packages prometheus and prometheus-alertmanager")
    return subprocess.run([name, *arguments], capture_output=True, text=True, timeout=240, check=False)


def expectations() -> Iterator[tuple[str, str, list[Any]]]:
    """Of every case: its name, the alert, what is expected."""
    for file in CASES:
        for case in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
            for expected in case.get("alert_rule_test", []):
                yield case["name"], expected["alertname"], expected["exp_alerts"]


# --- what is committed ---


def test_the_committed_file_is_what_the_catalogue_says() -> None:
    """`deploy/rules.yml` is what `python -m dashboards.rules` writes."""
    assert RULES.read_text(encoding="utf-8") == rules_file(), "run: python -m dashboards.rules"


def test_prometheus_takes_the_rules_and_they_pass_their_cases() -> None:
    """`promtool` finds the rules well-formed, and every case comes out as written."""
    checked = tool("promtool", "check", "rules", str(RULES))
    tested = tool("promtool", "test", "rules", *map(str, CASES))

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('kind="negative_spike"', 'kind="volume_spike"'),
        ("for: 30m", "for: 5m"),
        ("- 0.1\n", "- 0.01\n"),
    ],
)
def test_cases_find_a_planted_fault(right: str, wrong: str, tmp_path: Path) -> None:
    """A rule that watches the wrong kind, waits too short or has another limit fails its cases."""
    text = RULES.read_text(encoding="utf-8")
    assert right in text
    (tmp_path / "rules.yml").write_text(text.replace(right, wrong), encoding="utf-8")
    cases = (ROOT / "dashboards" / "rules" / "cases" / "reputation.yml").read_text(encoding="utf-8")
    (tmp_path / "cases.yml").write_text(cases.replace("../../../deploy/rules.yml", "rules.yml"), encoding="utf-8")

    assert tool("promtool", "test", "rules", str(tmp_path / "cases.yml")).returncode == 1


# --- every alert ships with three things ---


@each
def test_an_alert_has_a_case_that_fires_and_one_that_stays_silent(alert: Alerting) -> None:
    """The cases of an alert begin with its name; one says when it fires, another when it stays silent throughout."""
    mine = [(name, bool(expected)) for name, of, expected in expectations() if of == alert.alert]
    by_case: dict[str, list[bool]] = {}
    for name, fires in mine:
        assert name.startswith(f"{alert.alert} ")
        by_case.setdefault(name, []).append(fires)

    assert any(any(found) and " fires " in name for name, found in by_case.items())
    assert any(not any(found) and " stays silent " in name for name, found in by_case.items())


@each
def test_an_alert_has_an_entry_in_the_runbook(alert: Alerting) -> None:
    """The entry says what the alert means, what to look at and what to do; the link of the alert leads to it."""
    _, _, after = RUNBOOK.partition(f"\n## {alert.alert}\n")
    entry = after.partition("\n## ")[0]

    for part in ("**What it means.**", "**Look at.**", "**Do.**"):
        assert part in entry
    assert f"docs/runbook.md#{anchor(alert.alert)}" in RULES.read_text(encoding="utf-8")


def test_the_runbook_has_nothing_else_and_its_links_lead_somewhere() -> None:
    """Entries are those of the alerts, in their order; metrics, pages and anchors that are named exist."""
    assert re.findall(r"^## (.*)$", RUNBOOK, re.MULTILINE) == [alert.alert for alert in ALERTS]
    known = {metric.name for metric in names.METRICS}
    histograms = {f"{metric.name}_bucket" for metric in names.METRICS if isinstance(metric, Histogram)}
    assert set(re.findall(r"\batalaya_\w+", RUNBOOK)) <= known | histograms
    anchors = {anchor(alert.alert) for alert in ALERTS}
    for page, place in re.findall(r"\]\(([\w.]*)(?:#([\w-]+))?\)", RUNBOOK):
        assert not page or (ROOT / "docs" / page).exists()
        assert page or place in anchors


@each
def test_an_alert_speaks_both_languages(alert: Alerting) -> None:
    """Each has a sentence in English and another in Spanish, and both fill in the same."""
    assert alert.english != alert.spanish
    assert alert.english.endswith(".")
    assert alert.spanish.endswith(".")
    assert sorted(re.findall(r"{{.*?}}", alert.english)) == sorted(re.findall(r"{{.*?}}", alert.spanish))


# --- names ---


def expressions() -> list[str]:
    """Of every rule."""
    return [rule.expr for group in GROUPS for rule in group.rules]


def test_expressions_use_metrics_that_exist_and_records_that_are_recorded() -> None:
    """`promtool` does not know which metrics there are; the catalogue does."""
    text = "\n".join(expressions())
    known = {metric.name for metric in names.METRICS}
    parts = {f"{m.name}{part}" for m in names.METRICS if isinstance(m, Histogram) for part in ("_bucket", "_count")}
    assert set(re.findall(r"\batalaya_\w+", text)) <= known | parts
    recorded = {rule.record for group in GROUPS for rule in group.rules if isinstance(rule, Recording)}
    assert set(re.findall(r"\b\w+:\w+:\w+", text)) <= recorded


def test_a_label_that_a_metric_lacks_is_refused() -> None:
    """A selector is made only of labels that its metric has."""
    assert series(names.ALERTS_OPEN, kind="campaign") == 'atalaya_alerts_open{kind="campaign"}'
    with pytest.raises(ValueError, match="no label 'source'"):
        series(names.ALERTS_OPEN, source="rss")


def test_at_once_changes_nothing_but_the_waiting() -> None:
    """For tests the same rules fire at once."""
    lasting = re.compile(r"^ +for: \w+\n", re.MULTILINE)

    assert lasting.search(rules_file())
    assert rules_file(at_once()) == lasting.sub("", rules_file())
    assert all(alert.lasting >= timedelta(0) for alert in ALERTS)


# --- who is told ---


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=NegativeSpike area=reputation severity=critical brand=lumbre", "brands"),
        ("alertname=NetSentimentDrop area=reputation severity=warn brand=lumbre", "brands"),
        ("alertname=VolumeSpike area=reputation severity=info brand=lumbre", "nobody"),
        ("alertname=IngestStalled area=operation severity=critical", "pager"),
        ("alertname=SourceSilent area=operation severity=high source=rss", "pager"),
        ("alertname=StoreSlow area=operation severity=warn", "machines"),
        ("alertname=SomethingElse", "nobody"),
    ],
)
def test_alerts_go_to_whom_they_concern(labels: str, receiver: str) -> None:
    """Brands are told to who looks after them, machines to theirs, at night only what cannot wait; else nobody."""
    done = tool("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels.split())

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [receiver]


def test_what_inhibits_and_what_is_inhibited_exists() -> None:
    """Alerts that the inhibition rules name are in the catalogue."""
    rules = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))["inhibit_rules"]
    matchers = [m for rule in rules for m in (*rule["source_matchers"], *rule["target_matchers"])]
    named = {name for m in matchers if m.startswith("alertname") for name in re.findall(r"[A-Z]\w+(?:\.\*)?", m)}

    for name in named:
        assert any(re.fullmatch(name, alert.alert) for alert in ALERTS), name
