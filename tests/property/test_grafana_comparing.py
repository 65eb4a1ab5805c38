"""How dashboards are compared, over the real ones and every single change of them."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.grafana.building import BOARDS
from dashboards.grafana.comparing import OF_GRAFANA, Stamp, changes, digest_of, judged, stamp_of, stamped
from dashboards.grafana.rendering import dashboard

DASHBOARDS = [dashboard(board, lang) for board in BOARDS for lang in ("en", "es")]
boards = st.sampled_from(DASHBOARDS)
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a document where a plain value that says something stands."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    elif value not in (None, "", False):
        yield path


def parent(document: Any, path: Path) -> Any:
    """What holds the last step of a path."""
    for step in path[:-1]:
        document = document[step]
    return document


def is_counted(path: Path) -> bool:
    """Whether a place is one that Grafana counts up, or the number of a panel."""
    return path[0] in OF_GRAFANA or (path[0] == "panels" and path[-1] == "id")


PLACES = [(n, path) for n, board in enumerate(DASHBOARDS) for path in leaves(board) if not is_counted(path)]


@given(st.sampled_from(PLACES))
def test_every_change_is_seen(place: tuple[int, Path]) -> None:
    """Whatever single value somebody changes in Grafana is told, in short lines, and changes the digest."""
    number, path = place
    found = copy.deepcopy(DASHBOARDS[number])
    parent(found, path)[path[-1]] = "changed by hand"
    lines = changes(DASHBOARDS[number], found)
    assert lines
    assert all(len(line) < 240 and "\n" not in line for line in lines)
    assert digest_of(found) != digest_of(DASHBOARDS[number])


@given(boards, st.data())
def test_what_grafana_adds_is_no_change(board: dict[str, Any], data: st.DataObject) -> None:
    """Keys that only Grafana has, at any depth, its counters, and its own annotations make no difference."""
    found = copy.deepcopy(board)
    for _ in range(data.draw(st.integers(0, 5))):
        holder = parent(found, data.draw(st.sampled_from(list(leaves(found)))))
        if isinstance(holder, dict):
            holder["addedByGrafana"] = data.draw(st.sampled_from([1, "x", [], {"a": 1}]))
    found |= {"id": 7, "version": 12, "schemaVersion": 42}
    found["annotations"]["list"].insert(0, {"builtIn": 1, "name": "Annotations & Alerts"})
    assert changes(board, found) == ()


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (lambda d: d["panels"].append({"title": "Mine", "type": "text"}), 'panel "Mine": is only in Grafana'),
        (lambda d: d["panels"].append(d["panels"][1]), 'panel "Open alerts": is only in Grafana'),
        (lambda d: d["templating"]["list"].append({"name": "mine"}), 'variable "mine": is only in Grafana'),
        (lambda d: d["annotations"]["list"].append({"name": "mine"}), 'annotation "mine": is only in Grafana'),
        (
            lambda d: d["panels"][1]["targets"].append({"refId": "Z"}),
            'panel "Open alerts", query "Z": is only in Grafana',
        ),
        (lambda d: d["links"].clear(), 'links: [] -> [{"type": "dashboards"'),
    ],
)
def test_what_somebody_added_is_named(add: Any, said: str) -> None:
    """A panel, a variable, an annotation or a query that only Grafana has, and a list that was emptied, are told."""
    found = copy.deepcopy(DASHBOARDS[0])
    add(found)
    (line,) = changes(DASHBOARDS[0], found)
    assert line.startswith(said)


@given(boards, st.integers(1, 10_000), st.booleans())
def test_the_stamp_comes_back(board: dict[str, Any], version: int, counted: bool) -> None:
    """What was stamped is found again, is no difference, and decides whether anybody saved it since."""
    found = stamped(board, version)
    assert stamp_of(found) == Stamp(version, digest_of(board))
    assert changes(board, found) == ()
    assert stamp_of(board) is None
    there = {**found, "version": version if counted else version + 1, "title": "Mine"}
    assert judged(board, there, moved=False, force=False)[0] == ("unchanged" if counted else "edited")


@pytest.mark.parametrize("query", ["", "1", "x 12", "-1 12", None, 5])
def test_a_damaged_stamp_is_none(query: object) -> None:
    """A stamp that cannot be read counts as another's hand."""
    found = stamped(DASHBOARDS[0], 1)
    found["templating"]["list"][-1]["query"] = query
    assert stamp_of(found) is None


@pytest.mark.parametrize("found", [{}, {"templating": None}, {"templating": {"list": "x"}}, {"panels": None}])
def test_a_dashboard_without_parts_differs(found: dict[str, Any]) -> None:
    """One that has lost what every dashboard has is compared all the same."""
    assert changes(DASHBOARDS[0], found)
    assert stamp_of(found) is None


def test_a_password_in_an_address_is_not_shown() -> None:
    """What somebody wrote into an address by hand stays theirs."""
    lines = changes({"url": "http://p.example"}, {"url": "http://ana:hush@p.example"})
    assert lines == ('url: "http://***@p.example" -> "http://p.example"',)
