"""The metrics of this process, in a registry of their own, as the catalogue names them.

Every series of the configured brands and sources exists from the start, at zero: `rate()` cannot see the first
increment of a series that was born with it. Label values outside the known sets are summed as `other`, so that no
input can add a series.
"""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import cast, get_args

import prometheus_client
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from mentions import metric_names
from mentions.drops import DEAD_REASONS, Drop
from mentions.metric_kinds import Counter, Gauge, Histogram, Info, LabelName, Metric
from mentions.metric_names import METRICS, OTHER, STAGES
from mentions.records import LABELS, AlertKind, Severity
from processors.aspects import ASPECTS
from processors.detection.verdict import CampaignKind
from processors.intents import INTENTS

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

_Collector = prometheus_client.Counter | prometheus_client.Gauge | prometheus_client.Histogram
_OWN_SETS: Mapping[tuple[str, LabelName], frozenset[str]] = {
    (metric_names.CAMPAIGNS.name, "kind"): frozenset(get_args(CampaignKind)),
    (metric_names.STORE_SECONDS.name, "stage"): frozenset(metric_names.STORE_STAGES),
}
"""Where a label means something else than elsewhere."""


class Metrics:
    """What is measured. Threads may share it.

    A label name that the metric does not have, or one that is missing, is a `ValueError`: a fault of the caller.

    Args:
        languages: that are told apart. stored: whether this process reads the store's figures; without it their
            series do not exist here, and Prometheus has each once.
    """

    def __init__(self, languages: Iterable[str] = (), *, stored: bool = False) -> None:
        # The `_created` series would double the number of counters, and nothing reads them.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call] # the library left it out
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._collectors = {metric.name: _collector(metric, self._registry) for metric in METRICS}
        self._children: dict[tuple[str, ...], _Collector] = {}
        self._stored = stored
        self._known: dict[LabelName, frozenset[str]] = {
            "brand": frozenset(),
            "source": frozenset(),
            "sentiment": frozenset(LABELS),
            "lang": frozenset({*languages, OTHER}),
            "stage": frozenset(STAGES),
            "reason": frozenset(Drop),
            "partition": frozenset(),
            "intent": frozenset(INTENTS),
            "aspect": frozenset(ASPECTS),
            "kind": frozenset(get_args(AlertKind)),
            "severity": frozenset(get_args(Severity)),
            "window": frozenset(metric_names.WINDOWS),
            "state": frozenset(metric_names.SPIKE_STATES),
        }
        self._create_all()

    def pre_create(self, brands: Iterable[str], sources: Iterable[str]) -> None:
        """Create at zero the series of these brands and sources too; those known before stay."""
        self._known["brand"] |= frozenset(brands)
        self._known["source"] |= frozenset(sources)
        self._create_all()

    def know_partitions(self, partitions: int) -> None:
        """Create the series of so many partitions."""
        self._known["partition"] |= frozenset(map(str, range(partitions)))
        self._create_all()

    def inc(self, metric: Counter, amount: float = 1, **labels: str) -> None:
        """Add `amount`, at least 0."""
        cast(prometheus_client.Counter, self._child(metric, labels)).inc(amount)

    def set(self, metric: Gauge, value: float, **labels: str) -> None:
        """Say what it is now."""
        cast(prometheus_client.Gauge, self._child(metric, labels)).set(value)

    def observe(self, metric: Histogram, value: float, **labels: str) -> None:
        """Count one more of this size."""
        cast(prometheus_client.Histogram, self._child(metric, labels)).observe(value)

    def info(self, metric: Info, **facts: str) -> None:
        """State facts; what was stated before is forgotten."""
        collector = cast(prometheus_client.Gauge, self._collectors[metric.name])
        collector.clear()
        collector.labels(*_ordered(metric, facts)).set(1)

    def render(self) -> bytes:
        """All series in Prometheus' text format, for `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def _create_all(self) -> None:
        for metric in METRICS:
            if not isinstance(metric, Info) and (self._stored or not _is_stored(metric)):
                for values in product(*(self._closed_set(metric, label) for label in metric.labels)):
                    self._child(metric, dict(zip(metric.labels, values, strict=True)))

    def _closed_set(self, metric: Metric, label: LabelName) -> Iterable[str]:
        if metric is metric_names.RECORDS_DROPPED and label == "reason":
            return metric_names.LOG_REASONS
        if metric is metric_names.DEAD_LETTERS and label == "reason":
            return sorted(DEAD_REASONS)
        return sorted(self._allowed(metric, label))

    def _allowed(self, metric: Metric, label: LabelName) -> frozenset[str]:
        return _OWN_SETS.get((metric.name, label)) or self._known[label]

    def _child(self, metric: Metric, labels: Mapping[str, str]) -> _Collector:
        """The series that these labels belong to; kept, as finding it costs prometheus_client twice the time."""
        values = _ordered(metric, labels)
        child = self._children.get((metric.name, *values))
        if child is None:
            pairs = zip(metric.labels, values, strict=True)
            child = self._folded_child(
                metric, [value if value in self._allowed(metric, label) else OTHER for label, value in pairs]
            )
        return child

    def _folded_child(self, metric: Metric, values: list[str]) -> _Collector:
        key = (metric.name, *values)
        if key not in self._children:
            collector = self._collectors[metric.name]
            child = self._children[key] = collector.labels(*values) if values else collector
            if isinstance(metric, Gauge):
                cast(prometheus_client.Gauge, child).set(metric.start)
        return self._children[key]


def _is_stored(metric: Metric) -> bool:
    return isinstance(metric, Gauge) and metric.stored


def _ordered(metric: Metric, labels: Mapping[str, str]) -> tuple[str, ...]:
    try:
        values = tuple([labels[name] for name in metric.labels])
    except KeyError:
        values = ()
    if len(values) != len(labels) or len(values) != len(metric.labels):
        msg = f"{metric.name} has the labels {metric.labels}, not {tuple(labels)}"
        raise ValueError(msg)
    return values


def _collector(metric: Metric, registry: CollectorRegistry) -> _Collector:
    match metric:
        case Counter():
            return prometheus_client.Counter(metric.name, metric.help, metric.labels, registry=registry)
        case Histogram():
            return prometheus_client.Histogram(
                metric.name, metric.help, metric.labels, registry=registry, buckets=metric.buckets
            )
    return prometheus_client.Gauge(metric.name, metric.help, metric.labels, registry=registry)
