import re
from pathlib import Path

from mentions.metric_kinds import Counter, Gauge, Histogram, Info, Metric
from mentions.metric_names import METRICS

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
TYPES = {Counter: "counter", Gauge: "gauge", Histogram: "histogram", Info: "info"}


def row(metric: Metric) -> str:
    """The line of the table that a metric must have."""
    return f"| `{metric.name}` | {TYPES[type(metric)]} | {', '.join(metric.labels) or 'none'} | {metric.help} |"


def test_every_metric_is_documented_and_nothing_else() -> None:
    """The table has exactly the catalogue, in its order: name, type, labels, meaning."""
    assert re.findall(r"^\| `atalaya_.*\|$", PAGE, re.MULTILINE) == [row(metric) for metric in METRICS]


def test_every_expression_uses_metrics_and_labels_that_exist() -> None:
    """What the page tells people to ask can be answered: names are in the catalogue, `by` names their labels."""
    known: dict[str, set[str]] = {metric.name: set(metric.labels) for metric in METRICS}
    known |= {f"{metric.name}_bucket": {*metric.labels, "le"} for metric in METRICS if isinstance(metric, Histogram)}
    expressions = re.findall(r"\| `(.*atalaya_.*)` \|$", PAGE.partition("## What to ask")[2], re.MULTILINE)

    assert len(expressions) == PAGE.partition("## What to ask")[2].count("| `")
    for expression in expressions:
        names = set(re.findall(r"atalaya_\w+", expression))
        assert names <= known.keys(), expression
        used = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([\w, ]+)\)", expression))))
        used |= set(re.findall(r"(\w+)=\"", expression))
        for name in names:
            assert used <= known[name], expression
