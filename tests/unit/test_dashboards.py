"""What must be true of every dashboard, as its file is given to Grafana."""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.grafana.building import BOARDS, PLACE, files
from dashboards.grafana.kinds import LANGS, Panel
from dashboards.grafana.rendering import dashboard
from mentions.metric_kinds import Counter, Histogram
from mentions.metric_names import METRICS

ROOT = Path(__file__).parents[2]
DASHBOARDS = {(lang, board.uid): dashboard(board, lang) for lang in LANGS for board in BOARDS}
PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
RECORDED = set(re.findall(r"record: (\S+)", (ROOT / "deploy" / "rules.yml").read_text(encoding="utf-8")))
each_dashboard = pytest.mark.parametrize("found", DASHBOARDS.values(), ids=["-".join(key) for key in DASHBOARDS])


def panels(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Those that show something: all but the headings."""
    return [panel for panel in found["panels"] if panel["type"] != "row"]


def filled(expr: str) -> str:
    """An expression as Grafana asks it, its variables filled in."""
    for name, value in (("$__rate_interval", "1m"), ("$__range", "1d"), ("$brand", "lumbre")):
        expr = expr.replace(name, value)
    return expr


def expressions() -> list[str]:
    """Every PromQL of every panel, and of the annotations."""
    found = [
        target["expr"] for d in DASHBOARDS.values() for p in panels(d) for target in p["targets"] if "expr" in target
    ]
    found += [note["expr"] for d in DASHBOARDS.values() for note in d["annotations"]["list"] if "expr" in note]
    return sorted({filled(expr) for expr in found})


def test_the_files_are_those_of_the_code() -> None:
    """What is committed is what `python -m dashboards.grafana` writes; nothing is left of a dashboard that is gone."""
    folder = ROOT / PLACE
    there = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.json")}
    assert there == dict(files())


def test_every_dashboard_has_a_name_of_its_own() -> None:
    """No two have the same uid, and none is longer than Grafana takes."""
    uids = [found["uid"] for found in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids)
    assert max(map(len, uids)) <= 40


@each_dashboard
def test_nobody_changes_it_in_grafana(found: dict[str, Any]) -> None:
    """The files are the truth: a dashboard cannot be edited, and its lists are made anew when the time changes."""
    assert found["editable"] is False
    variables = found["templating"]["list"]
    assert [v["name"] for v in variables if v["type"] == "datasource"] == ["metrics", "store"]
    assert all(v["refresh"] == 2 for v in variables if v["type"] == "query")


@each_dashboard
def test_every_panel_asks_and_answers(found: dict[str, Any]) -> None:
    """A panel has a title, the question that it answers, a unit, words for nothing, a data source and targets."""
    for panel in panels(found):
        assert panel["title"]
        assert "?" in panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["fieldConfig"]["defaults"]["noValue"]
        assert panel["datasource"]["uid"] in ("${metrics}", "${store}")
        assert panel["targets"]
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)


@each_dashboard
def test_panels_lie_side_by_side(found: dict[str, Any]) -> None:
    """Ids are unique, no panel covers another, and none is too narrow to be read or leaves the grid."""
    ids = [panel["id"] for panel in found["panels"]]
    assert len(set(ids)) == len(ids)
    places = [panel["gridPos"] for panel in found["panels"]]
    assert all(place["x"] + place["w"] <= 24 and place["w"] >= 6 for place in places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or apart


@each_dashboard
def test_lines_can_be_told_apart(found: dict[str, Any]) -> None:
    """Several lines have a legend and words each, and a band fills down to a line that is there."""
    for panel in panels(found):
        if panel["type"] == "timeseries":
            assert panel["options"]["legend"]["showLegend"]
        legends = [target["legendFormat"] for target in panel["targets"] if "expr" in target]
        if len(legends) > 1:
            assert len(set(legends)) == len(legends)
            assert "__auto" not in legends
        filled_to = [
            setting["value"]
            for override in panel["fieldConfig"]["overrides"]
            for setting in override["properties"]
            if setting["id"] == "custom.fillBelowTo"
        ]
        assert set(filled_to) <= set(legends)


def words(panel: Panel) -> Iterator[tuple[str, str]]:
    """Everything that people read of a panel."""
    yield from (panel.title, panel.question, panel.none)
    yield from (query.legend for query in panel.queries)


def test_both_languages_are_whole() -> None:
    """Whatever has words in one language has them in the other, and a question is asked in both."""
    for board in BOARDS:
        for row in board.rows:
            for panel in row.panels:
                assert all(bool(english) == bool(spanish) for english, spanish in words(panel))
                assert "¿" in panel.question[1]
    assert [len(panels(DASHBOARDS["en", b.uid])) for b in BOARDS] == [
        len(panels(DASHBOARDS["es", b.uid])) for b in BOARDS
    ]


def test_every_metric_is_in_the_catalogue() -> None:
    """No panel asks for a metric that nothing shows: the catalogue's, recorded ones, and those of every process."""
    known = {metric.name for metric in METRICS} | RECORDED | PROCESS | {"ALERTS"}
    known |= {f"{metric.name}_bucket" for metric in METRICS if isinstance(metric, Histogram)}
    for expr in expressions():
        asked = set(re.findall(r"\b(?:atalaya_\w+|process_\w+|ALERTS|\w+:\w+:\w+)", expr))
        assert asked
        assert asked <= known


def test_counters_are_never_shown_bare() -> None:
    """What only ever rises is shown as a rate or as what it gained."""
    counters = {metric.name for metric in METRICS if isinstance(metric, Counter)} | {"process_cpu_seconds_total"}
    for expr in expressions():
        bare = re.sub(r"\b(?:rate|increase)\([^()]*\)", "", expr)
        assert not counters & set(re.findall(r"\w+", bare))


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    """Promtool takes every expression as that of a rule."""
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions())]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_links_to_the_runbook_lead_somewhere() -> None:
    """Every anchor that a panel names is a heading of docs/runbook.md."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {heading.strip().lower().replace(" ", "-") for heading in headings}
    named = {panel.runbook for board in BOARDS for row in board.rows for panel in row.panels if panel.runbook}
    assert named
    assert named <= anchors


def test_grafana_finds_the_files_and_the_sources() -> None:
    """Compose mounts the folder where the provider looks, one folder a language; both data sources have their uid."""
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    providers = yaml.safe_load((provisioning / "dashboards" / "dashboards.yml").read_text(encoding="utf-8"))[
        "providers"
    ]
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["grafana"]
    mounted = dict(volume.split(":")[:2] for volume in grafana["volumes"])
    there = mounted[f"./{PLACE.as_posix()}"]
    assert [provider["options"]["path"] for provider in providers] == [f"{there}/{lang}" for lang in LANGS]
    sources = yaml.safe_load((provisioning / "datasources" / "datasources.yml").read_text(encoding="utf-8"))[
        "datasources"
    ]
    uids = {source["uid"]: source["type"] for source in sources}
    variables = DASHBOARDS["en", BOARDS[0].uid]["templating"]["list"]
    assert {v["current"]["value"]: v["query"] for v in variables if v["type"] == "datasource"} == uids


def test_json_is_what_grafana_reads() -> None:
    """Every file is JSON of the schema that Grafana 11 to 13 read."""
    for file in files().values():
        assert json.loads(file)["schemaVersion"] == 41
