"""What must be true of a dashboard, as its JSON is given to Grafana: a rule is a function that tells what breaks it.

Rules 1 to 8 are those of Grafana's dashboard-linter, as far as they can hold here: it also wants pickers of `job` and
`instance`, which a dashboard about brands has no use for. The others are our own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from dashboards.charts import inks
from dashboards.rules.catalogue import ALERTS, GROUPS
from dashboards.rules.kinds import Recording
from mentions.metric_kinds import Counter
from mentions.metric_names import METRICS

Dashboard = Mapping[str, Any]
Rule = Callable[[Dashboard], Iterator[str]]

SOURCES = {"metrics": "prometheus", "store": "grafana-postgresql-datasource"}
OWN_SOURCE = {"type": "grafana", "uid": "-- Grafana --"}
BUILT_IN = {"__rate_interval", "__range"}
UNITS = {"short", "s", "bytes", "percentunit", "cps"}
"""Those of Grafana's units that we use; it takes any word and shows what it does not know behind the number."""
RUNBOOK = (Path(__file__).parents[1] / "docs" / "runbook.md").read_text(encoding="utf-8")
ANCHORS = {title.strip().lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", RUNBOOK, re.MULTILINE)}
PALETTE = {value for value in vars(inks).values() if isinstance(value, str) and re.fullmatch(r"#[0-9A-F]{6}", value)}
COUNTERS = {metric.name for metric in METRICS if isinstance(metric, Counter)} | {"process_cpu_seconds_total"}
LABELS = {metric.name: set(metric.labels) for metric in METRICS}
NARROWEST = 6
"""Columns of 24 that a title and a figure need; a phone shows panels below each other."""


def panels(found: Dashboard) -> list[dict[str, Any]]:
    """Those that show something: all but the headings."""
    return [panel for panel in found["panels"] if panel["type"] != "row"]


def expressions(found: Dashboard) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each query in PromQL, behind its panel."""
    return ((panel, target) for panel in panels(found) for target in panel["targets"] if "expr" in target)


# --- 1 to 8: those of the linter ---


def is_not_editable(found: Dashboard) -> Iterator[str]:
    """The files are the truth: nobody changes a dashboard in Grafana."""
    if found["editable"] is not False:
        yield "editable: it must be false"


def has_templated_sources(found: Dashboard) -> Iterator[str]:
    """Both data sources are variables, first of all."""
    there = {v["name"]: v["query"] for v in found["templating"]["list"] if v["type"] == "datasource"}
    if there != SOURCES:
        yield f"templating: found the data sources {there}; {SOURCES}"


def uses_templated_sources(found: Dashboard) -> Iterator[str]:
    """Panels, queries, pickers and annotations name a source by its variable, with its type, and a panel only one."""
    allowed = [{"type": kind, "uid": f"${{{name}}}"} for name, kind in SOURCES.items()]
    for panel in panels(found):
        if panel["datasource"] not in allowed:
            yield f"{panel['title']}: datasource: found {panel['datasource']}; one of {allowed}"
        if any(target["datasource"] != panel["datasource"] for target in panel["targets"]):
            yield f"{panel['title']}: a query asks another data source than its panel"
    for note in found["annotations"]["list"]:
        if note["datasource"] not in (*allowed, OWN_SOURCE):
            yield f"annotation {note['name']}: datasource: found {note['datasource']}; one of {allowed}"
    for variable in found["templating"]["list"]:
        if variable["type"] == "query" and variable["datasource"] not in allowed:
            yield f"variable {variable['name']}: datasource: found {variable['datasource']}; one of {allowed}"


def has_working_pickers(found: Dashboard) -> Iterator[str]:
    """A picker lists the values that a label of a metric has, anew when the time changes, and has a name for people."""
    for variable in found["templating"]["list"]:
        name = f"variable {variable['name']}"
        if not variable.get("label"):
            yield f"{name}: it has no label"
        if variable["type"] != "query":
            continue
        if variable["refresh"] != 2:
            yield f"{name}: refresh: found {variable['refresh']}; 2, when the time changes"
        asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]["query"])
        if not asked or asked[2] not in LABELS.get(asked[1], ()):
            yield f"{name}: found {variable['query']['query']}; label_values(METRIC, LABEL) of the catalogue"


def has_what_people_read(found: Dashboard) -> Iterator[str]:
    """A dashboard and its panels have titles and the question that they answer, a panel also words for nothing."""
    if not found["title"] or "?" not in found["description"]:
        yield "the dashboard has no title, or no question as its description"
    for panel in panels(found):
        if not panel["title"]:
            yield f"panel {panel['id']}: it has no title"
        if "?" not in panel["description"]:
            yield f"{panel['title']}: description: found {panel['description']!r}; a question"
        if not re.search(r"[^\W\d]", panel["fieldConfig"]["defaults"].get("noValue", "")):
            yield f"{panel['title']}: noValue: words for when nothing is there"


def has_units(found: Dashboard) -> Iterator[str]:
    """A panel has a unit that Grafana knows, and that of its metrics: seconds, bytes, how many a second, or a share."""
    for panel in panels(found):
        unit = panel["fieldConfig"]["defaults"].get("unit")
        if unit not in UNITS:
            yield f"{panel['title']}: unit: found {unit!r}; one of {sorted(UNITS)}"
        right = {_unit(target["expr"]) for target in panel["targets"] if "expr" in target} - {None}
        if right and right != {unit}:
            yield f"{panel['title']}: unit: found {unit!r}; {' or '.join(sorted(map(str, right)))}"


def _unit(expr: str) -> str | None:
    """The unit of what an expression gives, as far as the names tell."""
    if "process_cpu_seconds_total" in expr:
        return "short"  # seconds of a second: processors
    if ":ratio" in expr or " / (" in expr or re.search(r"_(ratio|share|completeness)\b", expr):
        return "percentunit"
    if re.search(r"_seconds(_bucket)?\b", expr):
        return "s"
    if re.search(r"_bytes\b", expr):
        return "bytes"
    return "cps" if re.match(r"sum[^(]*(\([^)]*\) )?\(rate\(", expr) else None


def asks_with_references(found: Dashboard) -> Iterator[str]:
    """A panel asks something, and each of its queries has a reference of its own."""
    for panel in panels(found):
        references = [target["refId"] for target in panel["targets"]]
        if not references or len(set(references)) < len(references):
            yield f"{panel['title']}: found the queries {references}; at least one, each with its own letter"


def shows_counters_by_their_rise(found: Dashboard) -> Iterator[str]:
    """What only ever rises is shown as a rate, over the interval that Grafana finds right, or as what it gained."""
    for panel, target in expressions(found):
        bare = re.sub(r"\b(?:rate|irate|increase)\([^()]*\)", "", target["expr"])
        for name in sorted(COUNTERS & set(re.findall(r"\w+", bare))):
            yield f"{panel['title']}: the counter {name} stands outside of rate and increase"
        for span in re.findall(r"\bi?rate\([^()]*\[([^\]]*)\]", target["expr"]):
            if span != "$__rate_interval":
                yield f"{panel['title']}: rate over {span}; $__rate_interval"


# --- our own ---


def has_a_uid_of_ours(found: Dashboard) -> Iterator[str]:
    """The uid is ours, says its language, and is not longer than Grafana takes."""
    if not re.fullmatch(r"atalaya-[a-z]+-(en|es)", found["uid"]) or len(found["uid"]) > 40:
        yield f"uid: found {found['uid']}; atalaya-WORD-LANGUAGE, at most 40 characters"


def has_no_strange_variables(found: Dashboard) -> Iterator[str]:
    """What queries, links and annotations fill in is a variable of the dashboard, and every picker is used."""
    defined = {variable["name"] for variable in found["templating"]["list"]}
    asked = [target.get("expr") or target["rawSql"] for panel in panels(found) for target in panel["targets"]]
    shown = [link["url"] for panel in panels(found) for link in panel["links"]]
    noted = [text for note in found["annotations"]["list"] for text in (note.get("expr", ""), str(note.get("target")))]
    used = {name for text in (*asked, *shown, *noted) for name in re.findall(r"\$\{?(\w+)", text)}
    for name in sorted(used - defined - BUILT_IN):
        yield f"${name} is filled in, and there is no such variable"
    for variable in found["templating"]["list"]:
        if variable["type"] == "query" and variable["name"] not in used:
            yield f"variable {variable['name']}: nothing asks for what is picked"


def lies_side_by_side(found: Dashboard) -> Iterator[str]:
    """Ids are unique, no panel covers another, and none is too narrow to be read or leaves the grid."""
    ids = [panel["id"] for panel in found["panels"]]
    if len(set(ids)) < len(ids):
        yield "two panels have the same id"
    for panel in found["panels"]:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24 or place["w"] < NARROWEST:
            yield f"{panel['title']}: it leaves the grid, or is narrower than {NARROWEST} columns"
    for one, other in combinations(found["panels"], 2):
        a, b = one["gridPos"], other["gridPos"]
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        if not beside and not (a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]):
            yield f"{one['title']} and {other['title']} cover each other"


def tells_lines_apart(found: Dashboard) -> Iterator[str]:
    """Every line has words: several queries one legend each, several series of one query the label that tells them."""
    several = any(variable.get("multi") for variable in found["templating"]["list"])
    for panel in panels(found):
        if panel["type"] == "timeseries" and not panel["options"]["legend"]["showLegend"]:
            yield f"{panel['title']}: its legend is hidden"
        legends = [target["legendFormat"] for target in panel["targets"] if "expr" in target]
        if len(legends) > 1 and ("__auto" in legends or len(set(legends)) < len(legends)):
            yield f"{panel['title']}: found the legends {legends}; one of its own for each"
        for override in panel["fieldConfig"]["overrides"]:
            for setting in override["properties"]:
                if setting["id"] == "custom.fillBelowTo" and setting["value"] not in legends:
                    yield f"{panel['title']}: a band fills down to {setting['value']!r}, which is no line of it"
    for panel, target in expressions(found):
        kept = re.match(r"(?:histogram_quantile\([\d.]+, |topk\(\d+, )?(?:sum|max|min) by \(([^)]*)\)", target["expr"])
        labels = set(re.split(", ?", kept[1]) if kept else ()) - {"le"} - (set() if several else {"brand"})
        named = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        if kept and labels - named:
            yield f"{panel['title']}: its series differ by {sorted(labels)}; the legend names {sorted(named)}"
        if kept and named - labels - {"brand"}:
            yield f"{panel['title']}: its legend names {sorted(named)}; its series have {sorted(labels)}"


def is_told_without_red_and_green(found: Dashboard) -> Iterator[str]:
    """Colours are of the palette that the colour-blind tell apart, and a sentiment has its own wherever it is drawn."""
    for panel in panels(found):
        modes = [panel["fieldConfig"]["defaults"].get("color", {})]
        colours = {override["matcher"]["options"]: _colour(override) for override in panel["fieldConfig"]["overrides"]}
        modes += [colour for colour in colours.values() if colour]
        for mode in modes:
            if mode and mode["mode"] != "fixed":
                yield f"{panel['title']}: colours by {mode['mode']}: green, yellow, red; a fixed colour"
            elif mode and mode["fixedColor"] not in PALETTE:
                yield f"{panel['title']}: found {mode['fixedColor']}; a colour of dashboards/charts/inks.py"
        drawn = {(colour or {}).get("fixedColor") for colour in colours.values()}
        if inks.GREEN in drawn and inks.VERMILION in drawn:
            yield f"{panel['title']}: green beside vermilion, which some cannot tell apart"
        for target in panel["targets"]:
            yield from _of_sentiment(panel, target, (colours.get(target["refId"]) or {}).get("fixedColor"))
    for note in found["annotations"]["list"]:
        if note["iconColor"] not in PALETTE:
            yield f"annotation {note['name']}: found {note['iconColor']}; a colour of dashboards/charts/inks.py"


def _colour(override: Mapping[str, Any]) -> dict[str, str] | None:
    return next((setting["value"] for setting in override["properties"] if setting["id"] == "color"), None)


def _of_sentiment(panel: Mapping[str, Any], target: Mapping[str, Any], colour: str | None) -> Iterator[str]:
    """Where a panel draws more than one sentiment, each line has the ink of its own."""
    asked = [set(re.findall(r'sentiment="(\w+)"', other.get("expr", ""))) for other in panel["targets"]]
    mine = re.findall(r'sentiment="(\w+)"', target.get("expr", ""))
    if len(set().union(*asked)) > 1 and mine and colour != inks.FEELINGS.get(mine[0]):
        yield f"{panel['title']}: {mine[0]} in {colour}; {inks.FEELINGS.get(mine[0])}"


def leads_on(found: Dashboard) -> Iterator[str]:
    """Links lead into the console; a panel that shows what an alert about machines reads leads to the runbook."""
    for panel in panels(found):
        for link in panel["links"]:
            if not link["url"].startswith("${console}/") or not link["title"]:
                yield f"{panel['title']}: link {link['url']}; it has a title and begins with ${{console}}/"
        named = set(re.findall(r"docs/runbook\.md#([\w-]+)", panel["description"]))
        if named - ANCHORS:
            yield f"{panel['title']}: docs/runbook.md has no {sorted(named - ANCHORS)}"
        read = {name for target in panel["targets"] for name in re.findall(r"\batalaya_\w+", target.get("expr", ""))}
        if not named and (alerts := sorted(set().union(*(_readers().get(name, set()) for name in read)))):
            yield f"{panel['title']}: what {' and '.join(alerts)} watch is shown, and no way to the runbook"


def _readers() -> dict[str, set[str]]:
    """By metric, the alerts about machines that read it, by themselves or by way of a recording."""
    recorded = [rule for group in GROUPS for rule in group.rules if isinstance(rule, Recording)]
    found: dict[str, set[str]] = {}
    for alert in ALERTS:
        by_way = " ".join(rule.expr for rule in recorded if rule.record in alert.expr)
        for name in re.findall(r"\batalaya_\w+", f"{alert.expr} {by_way}") if alert.area == "operation" else ():
            if alert.alert != "MetricsMissing":
                found.setdefault(name, set()).add(alert.alert)
    return found


RULES: tuple[Rule, ...] = (
    is_not_editable,
    has_templated_sources,
    uses_templated_sources,
    has_working_pickers,
    has_what_people_read,
    has_units,
    asks_with_references,
    shows_counters_by_their_rise,
    has_a_uid_of_ours,
    has_no_strange_variables,
    lies_side_by_side,
    tells_lines_apart,
    is_told_without_red_and_green,
    leads_on,
)
