"""Who sets the metrics of the catalogue."""

import ast
from collections.abc import Iterator
from pathlib import Path

from mentions import metric_names
from mentions.metric_kinds import Metric

ROOT = Path(__file__).parents[2]
CONSTANTS = {name for name, value in vars(metric_names).items() if isinstance(value, Metric)}
VERBS = {"inc", "set", "observe", "info", "put"}
"""Methods of `Metrics`, and how a step names the one that it calls often."""


def set_in(code: str) -> Iterator[str]:
    """Constants of the catalogue that are the first argument of a call that counts, sets, observes or states."""
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Call(
                func=ast.Name(id=verb) | ast.Attribute(attr=verb),
                args=[ast.Attribute(value=ast.Name(id="names" | "metric_names"), attr=constant), *_],
            ) if verb in VERBS:
                yield constant


def test_every_metric_of_the_catalogue_is_set_somewhere() -> None:
    """No metric only exists on paper: a panel or an alert about it would be silent for ever."""
    modules = [path for package in ("atalaya", "processors") for path in (ROOT / package).rglob("*.py")]
    found = {constant for path in modules for constant in set_in(path.read_text(encoding="utf-8"))}

    assert CONSTANTS - found == set()


def test_a_metric_that_is_only_named_is_not_set() -> None:
    """To use a metric's name, or to ask for it, does not count."""
    assert list(set_in("names.BUILD\nseries(names.ENGINE)\nput(names.AUTHORS, 1)\nm.inc(names.HITS)")) == [
        "AUTHORS",
        "HITS",
    ]
