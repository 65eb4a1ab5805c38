"""What `atalaya dashboards check` asks, and which questions are excused from an answer."""

from datetime import UTC, datetime

import pytest

from dashboards.grafana import asking, asking_store
from dashboards.grafana.answers import answer, left_open
from dashboards.grafana.building import BOARDS
from dashboards.grafana.excuses import EXCUSES, Excuse, stale
from dashboards.grafana.questions import RULES, Question, questions
from dashboards.rules.catalogue import ALERTS, GROUPS

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)
ASKED = list(questions())


def test_everything_is_asked_once() -> None:
    """Each query of each panel, each picker, and each rule is asked, and no two questions have the same place."""
    places = [(one.board, one.panel, one.line) for one in ASKED]
    assert len(set(places)) == len(places)
    of_panels = sum(len(panel.queries) or 1 for board in BOARDS for row in board.rows for panel in row.panels)
    named = [one for one in ASKED if one.board != RULES and not one.panel.startswith(("variable ", "annotation "))]
    assert len(named) == of_panels
    assert sum(one.panel == "variable brand" for one in ASKED) == sum(board.brands != "none" for board in BOARDS)
    of_rules = {one.text for one in ASKED if one.board == RULES}
    assert {rule.expr for group in GROUPS for rule in group.rules} <= of_rules


def test_every_alert_reads_something() -> None:
    """Each alert is asked for what it reads too: one whose series are not recognised would never be found out."""
    read = {one.panel for one in ASKED if one.board == RULES and one.line}
    assert {alert.alert for alert in ALERTS} <= read


def test_no_excuse_is_left_over() -> None:
    """Every excuse names dashboard, panel and lines, or a rule, that are there, and says why."""
    assert list(stale(ASKED)) == []
    assert all(excuse.why for excuse in EXCUSES)


@pytest.mark.parametrize(
    ("excuse", "place"),
    [
        (Excuse(board="Weekly", panel="Mentions", why="x"), "Weekly, Mentions,"),
        (Excuse(board="Weekly", panel="Mentions of 7 days", lines=("next week",), why="x"), "next week"),
        (Excuse(board="Brand", panel="Mentions of 7 days", why="x"), "Brand, Mentions of 7 days,"),
        (Excuse(board=RULES, panel="StoreSlow", lines=("",), why="x"), "Rules, StoreSlow"),
    ],
)
def test_an_excuse_that_names_nothing_is_told(excuse: Excuse, place: str) -> None:
    """A panel that is gone, a line that is called otherwise, or an alert that needs no excuse is named."""
    (only,) = stale(ASKED, [excuse])
    assert place in only


def test_what_is_excused() -> None:
    """Nothing found is well only for what is excused; something found is well, but makes a lasting excuse needless."""
    earlier = Question(board="Weekly", panel="Mentions of 7 days", line="a week before", text="x")
    this = Question(board="Weekly", panel="Mentions of 7 days", line="this week", text="x")
    dropped = Question(board="Pipeline health", panel="What was dropped before the log", text="x")
    assert [answer(one, "x").ok for one in (earlier, this, dropped)] == [True, False, True]
    assert [answer(one, "x", found=1).needless for one in (earlier, this, dropped)] == [True, False, False]
    assert not answer(earlier, "x", error="no").ok


def test_variables_are_filled_in() -> None:
    """Grafana's variables and macros become what it makes of them; one that is not known is named with its place."""
    assert asking.filled('sum (rate(x{brand=~"$brand"}[$__rate_interval]))') == 'sum (rate(x{brand=~".+"}[1m]))'
    statement = "SELECT 1 WHERE brand = ${brand:sqlstring} AND $__timeFilter(m.created_at) OR a > $__timeFrom()"
    assert asking_store.filled(statement, "o'hara", NOW) == (
        "SELECT 1 WHERE brand = 'o''hara' AND m.created_at BETWEEN '2026-11-09T12:00:00Z' AND '2026-11-16T12:00:00Z' "
        "OR a > '2026-11-09T12:00:00Z'"
    )
    assert left_open("rate(x[5m])") is None
    assert left_open("x ~ 'a$' AND y > 1") is None
    for left in ("$__interval", "${brand:regex}", "$source"):
        assert left_open(f"a = {left}") == f"nothing is known to fill in for {left} at character 5"
