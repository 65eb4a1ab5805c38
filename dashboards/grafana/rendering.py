"""From boards to the JSON that Grafana reads (schema 41: Grafana 11 to 13). Pure.

The words of both languages go in here; ids, places on the grid and colours come out. What must be true of the result
(every panel has its question, its unit, its data source, ...) is proved in tests/unit/test_dashboards.py.
"""

import json
from collections.abc import Iterator
from typing import Any

from dashboards.grafana.kinds import LANGS, Board, Panel, Query, Row, Words
from dashboards.grafana.queries import brands

SCHEMA = 41
COLUMNS = 24
METRICS = {"type": "prometheus", "uid": "${metrics}"}
STORE = {"type": "grafana-postgresql-datasource", "uid": "${store}"}
CONSOLE = "http://127.0.0.1:8080"
"""Where `docker-compose.yml` and `atalaya run` show the console; the variable `console` of each dashboard."""
RUNBOOK = "docs/runbook.md"
TAG = "atalaya"
"""Of every dashboard and every annotation of ours."""
METRICS_UID, STORE_UID = "prometheus", "store"
"""Uids of the data sources: as deploy/grafana/provisioning has them, and `atalaya dashboards publish` makes them."""


def file_text(board: Board, lang: str) -> str:
    """A dashboard as its file holds it: the same board, the same bytes."""
    return json.dumps(dashboard(board, lang), ensure_ascii=False, indent=1) + "\n"


def dashboard(board: Board, lang: str) -> dict[str, Any]:
    """A dashboard in one language."""
    return {
        "uid": f"{board.uid}-{lang}",
        "title": _say(board.title, lang),
        "description": _say(board.question, lang),
        "tags": [TAG, lang],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": board.since, "to": "now"},
        "refresh": "30s",
        "templating": {"list": _variables(board, lang)},
        "annotations": {"list": [_alerts(board, lang), _marks(board, lang)]},
        "links": [_others(lang)],
        "panels": list(_placed(board.rows, lang)),
    }


def _say(words: Words, lang: str) -> str:
    return words[LANGS.index(lang)]


# --- around the panels ---


def _variables(board: Board, lang: str) -> list[dict[str, Any]]:
    sources = [("metrics", "prometheus", ("Metrics", "Métricas")), ("store", STORE["type"], ("Store", "Almacén"))]
    found: list[dict[str, Any]] = [
        {"name": name, "type": "datasource", "query": kind, "label": _say(label, lang), "hide": 2, "refresh": 1}
        | {"current": {"text": name, "value": METRICS_UID if name == "metrics" else STORE_UID}}
        for name, kind, label in sources
    ]
    if board.brands != "none":
        several = board.brands == "several"
        found.append(
            {
                "name": "brand",
                "type": "query",
                "label": _say(("Brand", "Marca"), lang),
                "datasource": METRICS,
                "query": {"query": brands(), "refId": "brand"},
                "refresh": 2,
                "sort": 1,
                "multi": several,
                "includeAll": several,
                "hide": 0,
            }
        )
    found.append(
        {"name": "console", "type": "textbox", "label": _say(("Console", "Consola"), lang), "query": CONSOLE, "hide": 0}
        | {"current": {"text": CONSOLE, "value": CONSOLE}}
    )
    return found


def _alerts(board: Board, lang: str) -> dict[str, Any]:
    within = ', brand=~"$brand"' if board.brands != "none" else ""
    return {
        "name": _say(("Alerts", "Alertas"), lang),
        "datasource": METRICS,
        "enable": True,
        "iconColor": "#D55E00",
        "expr": f'ALERTS{{alertstate="firing"{within}}}',
        "step": "60s",
        "titleFormat": "{{alertname}}",
        "textFormat": "{{brand}} {{severity}}",
    }


def _marks(board: Board, lang: str) -> dict[str, Any]:
    """What `atalaya dashboards annotate` wrote into Grafana; of the brand that is picked, where it is one."""
    tags = [TAG, "brand:$brand"] if board.brands == "one" else [TAG]
    return {
        "name": _say(("What happened", "Qué pasó"), lang),
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "iconColor": "#CC79A7",
        "target": {"type": "tags", "tags": tags, "matchAny": False, "limit": 200},
    }


def _others(lang: str) -> dict[str, Any]:
    return _LINK | {
        "title": "Atalaya",
        "type": "dashboards",
        "tags": [TAG, lang],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
    }


_LINK: dict[str, Any] = {
    "type": "link", "icon": "", "tooltip": "", "tags": [], "asDropdown": False, "includeVars": False,
    "keepTime": False, "targetBlank": False,
}  # fmt: skip
"""Every key that Grafana's types ask of a link."""


# --- panels on the grid ---


def _placed(rows: tuple[Row, ...], lang: str) -> Iterator[dict[str, Any]]:
    """Panels from left to right and down, each row of the board below its heading."""
    top, number = 0, 1
    for row in rows:
        place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        yield {"id": number, "type": "row", "title": _say(row.title, lang), "collapsed": False, "gridPos": place}
        top, number, left, tallest = top + 1, number + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            yield {"id": number, "gridPos": place, **_panel(panel, lang)}
            left, tallest, number = left + panel.width, max(tallest, panel.height), number + 1
        top += tallest


def _panel(panel: Panel, lang: str) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": _say(panel.title, lang),
        "description": _question(panel, lang),
        "datasource": STORE if panel.sql else METRICS,
        "targets": [_sql(panel.sql)] if panel.sql else [_target(q, n, lang) for n, q in enumerate(panel.queries)],
        "fieldConfig": {"defaults": _defaults(panel, lang), "overrides": list(_overrides(panel, lang))},
        "options": _options(panel),
        "links": list(_links(panel, lang)),
    }


def _ref(number: int) -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]


def _target(query: Query, number: int, lang: str) -> dict[str, Any]:
    return {
        "refId": _ref(number),
        "datasource": METRICS,
        "expr": query.expr,
        "legendFormat": _say(query.legend, lang) or "__auto",
        "instant": query.instant,
        "range": not query.instant,
    }


def _sql(statement: str) -> dict[str, Any]:
    return {"refId": "A", "datasource": STORE, "rawSql": statement, "format": "table", "editorMode": "code"}


def _defaults(panel: Panel, lang: str) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": panel.unit, "noValue": _say(panel.none, lang)}
    found |= {name: value for name, value in (("min", panel.least), ("max", panel.most)) if value is not None}
    if panel.decimals is not None:
        found["decimals"] = panel.decimals
    if panel.kind == "timeseries":
        found["custom"] = {
            "lineWidth": 2,
            "fillOpacity": 70 if panel.stacked else 0,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
    else:
        found["color"] = {"mode": "fixed", "fixedColor": "#0072B2"}
    return found


def _overrides(panel: Panel, lang: str) -> Iterator[dict[str, Any]]:
    for number, query in enumerate(panel.queries):
        settings: list[dict[str, Any]] = []
        if query.ink:
            settings.append({"id": "color", "value": {"mode": "fixed", "fixedColor": query.ink}})
        if query.dashed:
            settings.append({"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [6, 6]}})
        if query.below is not None:
            settings.append({"id": "custom.lineWidth", "value": 0})
            settings.append({"id": "custom.fillBelowTo", "value": _say(panel.queries[query.below].legend, lang)})
            settings.append({"id": "custom.fillOpacity", "value": 20})
        if settings:
            yield {"matcher": {"id": "byFrameRefID", "options": _ref(number)}, "properties": settings}


def _options(panel: Panel) -> dict[str, Any]:
    reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    match panel.kind:
        case "timeseries":
            legend = {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []}
            return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
        case "stat":
            return {"reduceOptions": reduce, "colorMode": "none", "graphMode": "area", "textMode": "auto"}
        case "bargauge":
            return {"reduceOptions": reduce, "displayMode": "basic", "orientation": "horizontal"}
        case "table":
            return {"showHeader": True, "cellHeight": "sm"}


def _links(panel: Panel, lang: str) -> Iterator[dict[str, Any]]:
    if panel.link:
        title = _say(("Look at it in the console", "Verlo en la consola"), lang)
        yield _LINK | {"title": title, "url": "${console}" + panel.link, "targetBlank": True}


def _question(panel: Panel, lang: str) -> str:
    """What a panel answers, and where to read on when the answer is bad."""
    if not panel.runbook:
        return _say(panel.question, lang)
    return f"{_say(panel.question, lang)} {_say(('What to do', 'Qué hacer'), lang)}: {RUNBOOK}#{panel.runbook}"
