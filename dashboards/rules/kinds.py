"""What a rule can be, and expressions whose metrics and labels exist."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

from mentions.metric_kinds import Metric
from mentions.records import Severity

Area = Literal["reputation", "operation"]
"""Whom an alert concerns: who looks after the brand, or who looks after the machines."""


class Recording(Struct, frozen=True, kw_only=True):
    """An expression that is evaluated once for all who ask; `labels` are added to its series."""

    record: str
    expr: str
    labels: tuple[tuple[str, str], ...] = ()


class Alerting(Struct, frozen=True, kw_only=True):
    """An alert.

    Attributes:
        expr: it fires for each series that this gives, once it has given it for `lasting`.
        severity: None: the series have a label `severity` of their own.
        english, spanish: what it says, in one sentence; Prometheus fills in labels and values.
    """

    alert: str
    expr: str
    lasting: timedelta = timedelta(0)
    severity: Severity | None
    area: Area
    english: str
    spanish: str


Rule = Recording | Alerting


class Group(Struct, frozen=True):
    """Rules that are evaluated together, in order."""

    name: str
    rules: tuple[Rule, ...]


def series(metric: Metric, part: Literal["", "_bucket", "_count"] = "", **wanted: str) -> str:
    """Select series of a metric whose labels have these values; `le` goes with `part="_bucket"`.

    Raises:
        ValueError: the metric has no such label.
    """
    labels = {*metric.labels, "le"} if part == "_bucket" else {*metric.labels}
    if strange := wanted.keys() - labels:
        msg = f"{metric.name} has no label {min(strange)!r}; it has {sorted(labels)}"
        raise ValueError(msg)
    matchers = ",".join(f'{label}="{value}"' for label, value in wanted.items())
    return f"{metric.name}{part}{{{matchers}}}" if matchers else f"{metric.name}{part}"
