"""Everything that dashboards and rules ask: of Prometheus, and of the store. Read from the JSON that Grafana reads."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from dashboards.grafana.building import BOARDS
from dashboards.grafana.rendering import STORE, dashboard
from dashboards.rules.catalogue import GROUPS
from dashboards.rules.kinds import Alerting, Recording
from mentions.metric_names import METRICS

RULES = "Rules"
"""Stands where a panel has the title of its dashboard."""
SILENT = "an alert that finds nothing is silent, as it should be"
NO_ALERT = "no alert fires now"
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})?")
_OTHERS = {"up", "process_start_time_seconds"}
_PARTS = ("", "_bucket", "_count", "_sum")
_LABEL_VALUES = re.compile(r"label_values\((?P<metric>[^,]+), *(?P<label>\w+)\)")


class Question(Struct, frozen=True, kw_only=True):
    """One thing that is asked.

    Attributes:
        board: English title of the dashboard, or `RULES`. panel: title of the panel, name of the rule, or
            `variable NAME`, `annotation NAME`. line: legend of the query, labels of a recording, or a series that an
            alert reads; '': the panel has one query.
        text: PromQL, or SQL, as Grafana has it before it fills in its variables.
        may_be_empty: why nothing need come, whatever runs; None: something must, unless it is excused.
    """

    board: str
    panel: str
    line: str = ""
    text: str
    of: Literal["prometheus", "store"] = "prometheus"
    may_be_empty: str | None = None


def questions() -> Iterator[Question]:
    """Every question, in the order of the dashboards and then of the rules. No two have the same place."""
    for board in BOARDS:
        found = dashboard(board, "en")
        for variable in found["templating"]["list"]:
            if variable["type"] == "query":
                yield _of_variable(found["title"], variable)
        for note in found["annotations"]["list"]:
            if note["datasource"]["type"] == "prometheus":
                name = f"annotation {note['name']}"
                yield Question(board=found["title"], panel=name, text=note["expr"], may_be_empty=NO_ALERT)
        for panel in found["panels"]:
            for target in panel.get("targets", ()):
                yield _of_target(found["title"], panel["title"], target)
    for group in GROUPS:
        for rule in group.rules:
            yield from _of_recording(rule) if isinstance(rule, Recording) else _of_alert(rule)


def _of_variable(board: str, variable: dict[str, Any]) -> Question:
    """What a picker lists: Grafana's `label_values`, as an expression that gives a series for each value."""
    listed = _LABEL_VALUES.fullmatch(variable["query"]["query"])
    if listed is None:
        msg = f"{board}: variable {variable['name']}: found {variable['query']['query']!r}; label_values(METRIC, LABEL)"
        raise ValueError(msg)
    text = f"group by ({listed['label']}) ({listed['metric']})"
    return Question(board=board, panel=f"variable {variable['name']}", text=text)


def _of_target(board: str, panel: str, target: dict[str, Any]) -> Question:
    if target["datasource"] == STORE:
        return Question(board=board, panel=panel, text=target["rawSql"], of="store")
    legend = "" if target["legendFormat"] == "__auto" else target["legendFormat"]
    return Question(board=board, panel=panel, line=legend, text=target["expr"])


def _of_recording(rule: Recording) -> Iterator[Question]:
    line = ", ".join(f"{name}={value}" for name, value in rule.labels)
    yield Question(board=RULES, panel=rule.record, line=line, text=rule.expr)


def _of_alert(rule: Alerting) -> Iterator[Question]:
    """The alert itself, which must be understood; and each series that it reads, without which it could never fire."""
    yield Question(board=RULES, panel=rule.alert, text=rule.expr, may_be_empty=SILENT)
    for series in dict.fromkeys(found[0] for found in _SELECTOR.finditer(rule.expr) if found[1] in _known()):
        yield Question(board=RULES, panel=rule.alert, line=series, text=series)


def _known() -> frozenset[str]:
    recorded = {rule.record for group in GROUPS for rule in group.rules if isinstance(rule, Recording)}
    return frozenset(metric.name + part for metric in METRICS for part in _PARTS) | recorded | _OTHERS
