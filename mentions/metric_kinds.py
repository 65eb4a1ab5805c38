"""What a metric can be, and the labels that there are. `mentions.metric_names` has the metrics."""

from typing import Literal

from msgspec import Struct

LabelName = Literal[
    "brand",
    "source",
    "sentiment",
    "lang",
    "reason",
    "stage",
    "version",
    "python",
    "engine",
    "partition",
    "intent",
    "aspect",
    "kind",
    "severity",
    "window",
    "state",
]


class Metric(Struct, frozen=True, kw_only=True):
    """What is measured. `help` is one sentence for a person."""

    name: str
    labels: tuple[LabelName, ...] = ()
    help: str


class Counter(Metric, frozen=True):
    """Only rises; begins at zero with the process."""


class Gauge(Metric, frozen=True, kw_only=True):
    """Is what it is now; `start` until it is first set, NaN where zero would claim to know.

    Attributes:
        stored: read from the store now and then, by `run` and `serve` alone: no other process has its series.
    """

    start: float = 0.0
    stored: bool = False


class Histogram(Metric, frozen=True, kw_only=True):
    """How often each size occurred. `buckets`: upper ends, without the last one, infinity."""

    buckets: tuple[float, ...]


class Info(Metric, frozen=True):
    """Facts as labels of a series that is always 1."""
