"""Every dashboard keeps every rule of tests/dashboard_rules.py, and a planted fault breaks the one that it should."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboards.charts import inks
from dashboards.grafana.building import BOARDS
from dashboards.grafana.kinds import LANGS
from dashboards.grafana.rendering import dashboard
from tests import dashboard_rules as rules

DASHBOARDS = {f"{board.uid}-{lang}": (board, lang) for lang in LANGS for board in BOARDS}
LIVE = BOARDS[0]
HEALTH = next(board for board in BOARDS if board.uid == "atalaya-health")


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_dashboard_keeps_the_rule(rule: rules.Rule) -> None:
    """In both languages; what breaks it is told with dashboard and panel."""
    broken = [f"{uid}: {said}" for uid, made in DASHBOARDS.items() for said in rule(dashboard(*made))]
    assert not broken, "\n".join([str(rule.__doc__), *broken])


def panel(found: dict[str, Any], title: str) -> dict[str, Any]:
    """A panel by its title."""
    return next(panel for panel in found["panels"] if panel["title"] == title)


def defaults(found: dict[str, Any], title: str) -> dict[str, Any]:
    """What a panel says of all its fields."""
    settings: dict[str, Any] = panel(found, title)["fieldConfig"]["defaults"]
    return settings


def target(found: dict[str, Any], title: str, number: int = 0) -> dict[str, Any]:
    """A query of a panel."""
    asked: dict[str, Any] = panel(found, title)["targets"][number]
    return asked


def pickers(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Variables that list something."""
    return (variable for variable in found["templating"]["list"] if variable["type"] == "query")


def paint(found: dict[str, Any], title: str, number: int, colour: dict[str, str]) -> None:
    """Give a line another colour."""
    override = panel(found, title)["fieldConfig"]["overrides"][number]
    override["properties"][0] = {"id": "color", "value": colour}


FIXED = {"mode": "fixed"}
SHARES, BY_SENTIMENT, BAND = (
    "Share by sentiment, 24 h",
    "Mentions of an hour, by sentiment",
    "Net sentiment of 24 hours",
)
PLANTED: list[tuple[rules.Rule, Callable[[dict[str, Any]], Any], str]] = [
    (rules.is_not_editable, lambda d: d.update(editable=True), "editable"),
    (rules.has_templated_sources, lambda d: d["templating"]["list"].pop(0), "found the data sources"),
    (rules.uses_templated_sources, lambda d: panel(d, "Mentions, 24 h").update(datasource={"uid": "x"}), "found {'uid"),
    (
        rules.uses_templated_sources,
        lambda d: target(d, SHARES, 1).update(datasource={"uid": "x"}),
        "another data source",
    ),
    (
        rules.uses_templated_sources,
        lambda d: d["annotations"]["list"][0].update(datasource={"uid": "x"}),
        "annotation A",
    ),
    (rules.uses_templated_sources, lambda d: next(pickers(d)).update(datasource={"uid": "x"}), "variable brand"),
    (rules.has_working_pickers, lambda d: next(pickers(d)).update(refresh=1), "refresh: found 1"),
    (rules.has_working_pickers, lambda d: next(pickers(d)).update(label=""), "it has no label"),
    (
        rules.has_working_pickers,
        lambda d: next(pickers(d))["query"].update(query="label_values(atalaya_mentions_stored_total, shop)"),
        "shop); label_values(METRIC, LABEL)",
    ),
    (rules.has_what_people_read, lambda d: d.update(description="All of it."), "no question as its description"),
    (rules.has_what_people_read, lambda d: panel(d, "Mentions, 24 h").update(title=""), "it has no title"),
    (rules.has_what_people_read, lambda d: panel(d, "Mentions, 24 h").update(description="Much."), "found 'Much.'"),
    (rules.has_what_people_read, lambda d: defaults(d, "Mentions, 24 h").update(noValue="-"), "words for when nothing"),
    (rules.has_units, lambda d: defaults(d, "Mentions, 24 h").update(unit="mentions"), "found 'mentions'"),
    (rules.has_units, lambda d: defaults(d, "From post to row, p95").update(unit="short"), "found 'short'; s"),
    (rules.has_units, lambda d: defaults(d, SHARES).update(unit="short"), "found 'short'; percentunit"),
    (rules.asks_with_references, lambda d: target(d, SHARES, 1).update(refId="A"), "found the queries ['A', 'A'"),
    (rules.asks_with_references, lambda d: panel(d, SHARES).update(targets=[]), "found the queries []"),
    (
        rules.shows_counters_by_their_rise,
        lambda d: target(d, "Mentions, 24 h").update(expr="sum (atalaya_mentions_stored_total)"),
        "the counter atalaya_mentions_stored_total stands outside",
    ),
    (
        rules.shows_counters_by_their_rise,
        lambda d: target(d, "Mentions, 24 h").update(expr="sum (rate(atalaya_mentions_stored_total[5m]))"),
        "rate over 5m; $__rate_interval",
    ),
    (rules.has_a_uid_of_ours, lambda d: d.update(uid="Live"), "found Live"),
    (
        rules.has_no_strange_variables,
        lambda d: target(d, "Mentions, 24 h").update(expr="up{job='$job'}"),
        "$job is filled",
    ),
    (rules.has_no_strange_variables, lambda d: next(pickers(d)).update(name="shop"), "$brand is filled in"),
    (
        rules.has_no_strange_variables,
        lambda d: d["templating"]["list"].append({**next(pickers(d)), "name": "shop"}),
        "variable shop: nothing asks",
    ),
    (rules.lies_side_by_side, lambda d: panel(d, SHARES).update(id=1), "the same id"),
    (rules.lies_side_by_side, lambda d: panel(d, SHARES)["gridPos"].update(w=4), "narrower than 6"),
    (
        rules.lies_side_by_side,
        lambda d: panel(d, SHARES)["gridPos"].update(w=12),
        f"{SHARES} and Top sources, 24 h cover",
    ),
    (rules.tells_lines_apart, lambda d: panel(d, BAND)["options"]["legend"].update(showLegend=False), "is hidden"),
    (
        rules.tells_lines_apart,
        lambda d: target(d, SHARES).update(legendFormat="neutral"),
        "found the legends ['neutral',",
    ),
    (rules.tells_lines_apart, lambda d: target(d, BAND).update(legendFormat="low"), "fills down to 'from'"),
    (rules.tells_lines_apart, lambda d: target(d, "Languages, 24 h").update(legendFormat="all"), "differ by ['lang']"),
    (
        rules.tells_lines_apart,
        lambda d: target(d, "Languages, 24 h").update(legendFormat="{{lang}} {{source}}"),
        "its legend names ['lang', 'source']; its series have ['lang']",
    ),
    (
        rules.is_told_without_red_and_green,
        lambda d: defaults(d, SHARES).update(color={"mode": "thresholds"}),
        "colours by thresholds",
    ),
    (
        rules.is_told_without_red_and_green,
        lambda d: paint(d, BAND, 2, {**FIXED, "fixedColor": "#FF0000"}),
        "found #FF0000; a colour of dashboards/charts/inks.py",
    ),
    (
        rules.is_told_without_red_and_green,
        lambda d: paint(d, BY_SENTIMENT, 0, {**FIXED, "fixedColor": inks.GREEN}),
        "green beside vermilion",
    ),
    (
        rules.is_told_without_red_and_green,
        lambda d: paint(d, BY_SENTIMENT, 0, {**FIXED, "fixedColor": inks.ORANGE}),
        f"positive in {inks.ORANGE}; {inks.POSITIVE}",
    ),
    (rules.is_told_without_red_and_green, lambda d: d["annotations"]["list"][0].update(iconColor="red"), "found red"),
    (rules.leads_on, lambda d: panel(d, BAND)["links"][0].update(url="https://x.example"), "link https://x.example"),
    (rules.leads_on, lambda d: panel(d, BAND).update(description="Why? docs/runbook.md#gone"), "has no ['gone']"),
    (
        rules.leads_on,
        lambda d: panel(d, "From post to row, p95").update(description="How fresh?"),
        "what LatencyObjectiveBurnFast and LatencyObjectiveBurnSlow watch is shown",
    ),
]


@pytest.mark.parametrize(("rule", "plant", "said"), PLANTED)
def test_a_planted_fault_breaks_the_rule(rule: rules.Rule, plant: Callable[[dict[str, Any]], Any], said: str) -> None:
    """Each rule finds the fault that it is there for, and says where and what would be right."""
    found = dashboard(LIVE, "en")
    plant(found)
    assert any(said in one for one in rule(found)), list(rule(found))


def test_every_rule_was_seen_to_fail() -> None:
    """There is no rule without a planted fault."""
    assert {rule for rule, _, _ in PLANTED} == set(rules.RULES)


def test_units_are_those_of_the_metrics() -> None:
    """Bytes, and how many a second, are known by the expression too."""
    found = dashboard(HEALTH, "en")
    defaults(found, "Memory of each process").update(unit="short")
    defaults(found, "What was dropped before the log").update(unit="short")
    assert [said.partition(": ")[0] for said in rules.has_units(found)] == [
        "What was dropped before the log",
        "Memory of each process",
    ]
