"""The files for Grafana as a whole; what must be true of each dashboard is in tests/dashboard_rules.py."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from dashboards.grafana.building import BOARDS, PLACE, files
from dashboards.grafana.kinds import LANGS, Panel
from dashboards.grafana.rendering import dashboard
from mentions.metric_kinds import Histogram
from mentions.metric_names import METRICS
from tests.dashboard_rules import panels

ROOT = Path(__file__).parents[2]
DASHBOARDS = {(lang, board.uid): dashboard(board, lang) for lang in LANGS for board in BOARDS}
PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
RECORDED = set(re.findall(r"record: (\S+)", (ROOT / "deploy" / "rules.yml").read_text(encoding="utf-8")))


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


def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    """Promtool takes every expression as that of a rule."""
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(expressions())]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


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
