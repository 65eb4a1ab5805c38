"""Rules as the file that Prometheus reads."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from dashboards.rules.catalogue import GROUPS
from dashboards.rules.kinds import Alerting, Group, Recording, Rule

RUNBOOK = "docs/runbook.md"
"""Where alerts send people; a deployment that publishes the page names its address instead."""
_HEAD = (
    "# Written by `python -m dashboards.rules`; change dashboards/rules/ instead. What each alert means: {runbook}\n"
)


def rules_file(groups: Iterable[Group] = GROUPS, *, runbook: str = RUNBOOK) -> str:
    """Write groups as YAML; the same rules give the same bytes."""
    lines = [_HEAD.format(runbook=runbook) + "groups:"]
    for group in groups:
        lines += [f"  - name: {group.name}", "    rules:"]
        for rule in group.rules:
            lines += _rule(rule, runbook)
    return "\n".join(lines) + "\n"


def anchor(alert: str) -> str:
    """Where the runbook speaks of an alert: its heading as web pages make anchors of headings."""
    return alert.lower()


def _rule(rule: Rule, runbook: str) -> Iterator[str]:
    match rule:
        case Recording():
            yield f"      - record: {rule.record}"
            yield from _expression(rule.expr)
            yield from _mapping("labels", dict(rule.labels))
        case Alerting():
            yield f"      - alert: {rule.alert}"
            yield from _expression(rule.expr)
            if rule.lasting:
                yield f"        for: {_duration(rule.lasting)}"
            severity = {} if rule.severity is None else {"severity": rule.severity}
            yield from _mapping("labels", {"area": rule.area, **severity})
            said = {"summary": rule.english, "summary_es": rule.spanish}
            yield from _mapping("annotations", {**said, "runbook_url": f"{runbook}#{anchor(rule.alert)}"})


def _expression(expression: str) -> Iterator[str]:
    yield "        expr: |-"
    for line in expression.splitlines():
        yield f"          {line}"


def _mapping(name: str, values: Mapping[str, str]) -> Iterator[str]:
    if values:
        yield f"        {name}:"
    for key, value in values.items():
        yield f"          {key}: {json.dumps(value, ensure_ascii=False)}"  # a JSON string is a YAML string


def _duration(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"
