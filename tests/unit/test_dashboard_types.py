"""The files for Grafana against the types that Grafana publishes; tools/grafana_types.sh made a JSON schema of them."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from dashboards.grafana.building import PLACE

ROOT = Path(__file__).parents[2]
TYPES = json.loads((ROOT / "tests" / "data" / "grafana_types.json").read_text(encoding="utf-8"))
FILES = sorted((ROOT / PLACE).rglob("*.json"))
QUERIES: dict[str, dict[str, Any]] = {
    "prometheus": {
        "expr": {"type": "string"},
        "legendFormat": {"type": "string"},
        "instant": {"type": "boolean"},
        "range": {"type": "boolean"},
    },
    "grafana-postgresql-datasource": {
        "rawSql": {"type": "string"},
        "format": {"enum": ["table", "time_series"]},
        "editorMode": {"enum": ["code", "builder"]},
    },
}
"""What data sources add to a query: the published types leave that to each of them."""
NOTES: dict[str, dict[str, Any]] = {
    "prometheus": {key: {"type": "string"} for key in ("expr", "step", "titleFormat", "textFormat")},
    "grafana": {
        "target": {
            "type": "object",
            "additionalProperties": False,
            "required": ["limit", "matchAny", "tags", "type"],
            "properties": {
                "limit": {"type": "number"},
                "matchAny": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string"}},
                "type": {"enum": ["tags", "dashboard"]},
            },
        }
    },
}
"""What they add to an annotation, likewise."""


def faults(found: dict[str, Any]) -> Iterator[str]:
    """Where a dashboard is not what Grafana's types say, each as `PANEL at PATH: what is wrong`."""
    whole = {key: value for key, value in found.items() if key not in ("annotations", "panels")}
    yield from _against(TYPES["properties"]["dashboard"], whole, "dashboard")
    for note in found["annotations"]["list"]:
        added = NOTES[note["datasource"]["type"]]
        yield from _against(_with(TYPES["properties"]["annotation"], added), note, f"annotation {note.get('name')!r}")
    for panel in found["panels"]:
        yield from _of_panel(panel, f"panel {panel.get('title')!r}")


def _of_panel(panel: dict[str, Any], where: str) -> Iterator[str]:
    parts = TYPES["properties"]
    if panel["type"] == "row":
        yield from _against(parts["row"], panel, where)
        return
    yield from _against(parts["panel"], panel, where)
    options, custom = (parts[name]["properties"] for name in ("options", "custom"))
    if panel["type"] not in options:
        yield f"{where} at $.type: {panel['type']!r} has no types here; add them to tools/grafana-types/types.ts"
        return
    yield from _against(options[panel["type"]], panel["options"], f"{where}, options")
    settings = panel["fieldConfig"]["defaults"].get("custom", {})
    yield from _against(custom.get(panel["type"], {"maxProperties": 0}), settings, f"{where}, custom")
    for target in panel["targets"]:
        added = QUERIES[target["datasource"]["type"]]
        yield from _against(_with(parts["target"], added), target, f"{where}, query {target.get('refId')}")


def _with(schema: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "properties": {**schema["properties"], **added}}


def _against(schema: dict[str, Any], value: object, where: str) -> Iterator[str]:
    for error in Draft7Validator(schema).iter_errors(value):
        yield f"{where} at {error.json_path}: {error.message}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_file_is_what_grafana_says(path: Path) -> None:
    """Of every file each part, every option and setting of its kind of panel, has a key and a value that exist."""
    wrong = list(faults(json.loads(path.read_text(encoding="utf-8"))))
    assert not wrong, "\n".join([f"{path.relative_to(ROOT)}:", *wrong])


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (lambda d: d.update(graphTooltip="shared"), "dashboard at $.graphTooltip: 'shared' is not one of [1, 0, 2]"),
        (lambda d: d["panels"][1].update(titel="x"), "panel 'Open alerts' at $: Additional properties"),
        (lambda d: d["panels"][1]["gridPos"].pop("w"), "panel 'Open alerts' at $.gridPos: 'w' is a required property"),
        (
            lambda d: d["panels"][1]["options"].update(textMode="value and name"),
            "panel 'Open alerts', options at $.textMode: 'value and name' is not one of",
        ),
        (
            lambda d: d["panels"][6]["fieldConfig"]["defaults"]["custom"].update(showPoints="sometimes"),
            "panel 'Net sentiment of 24 hours', custom at $.showPoints: 'sometimes' is not one of",
        ),
        (lambda d: d["panels"][1]["targets"][0].update(exprs="x"), "panel 'Open alerts', query A at $: Additional"),
        (
            lambda d: d["panels"][1].update(type="pie"),
            "panel 'Open alerts' at $.type: 'pie' has no types here",
        ),
        (lambda d: d["annotations"]["list"][0].update(enable="yes"), "annotation 'Alerts' at $.enable: 'yes' is not"),
        (
            lambda d: d["annotations"]["list"][1]["target"].update(tags="atalaya"),
            "annotation 'What happened' at $.target.tags: 'atalaya' is not of type 'array'",
        ),
        (
            lambda d: d["templating"]["list"][0].update(refresh="always"),
            "dashboard at $.templating.list[0].refresh: 'always' is not one of",
        ),
    ],
)
def test_a_planted_fault_is_named(planted: Any, said: str) -> None:
    """A value that does not exist, a key too many or too few is told with the panel, the path and what is right."""
    found = copy.deepcopy(json.loads((ROOT / PLACE / "en" / "atalaya-live.json").read_text(encoding="utf-8")))
    planted(found)
    assert any(one.startswith(said) for one in faults(found))


def test_the_types_are_those_of_the_lock() -> None:
    """The schema was made of the version of Grafana's types that tools/grafana-types names."""
    lock = json.loads((ROOT / "tools" / "grafana-types" / "package-lock.json").read_text(encoding="utf-8"))
    pinned = lock["packages"]["node_modules/@grafana/schema"]
    assert f"@grafana/schema {pinned['version']} (Grafana Labs, {pinned['license']})" in TYPES["$comment"]
    assert "Apache-2.0" in TYPES["$comment"]
