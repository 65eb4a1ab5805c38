"""PromQL from the names of the catalogue. A metric that is misspelled here is refused by mypy."""

from mentions import metric_names as names
from mentions.metric_kinds import Counter, Gauge, Histogram

BRAND = 'brand=~"$brand"'
RATE = "$__rate_interval"


def now(metric: Gauge, *labels: str, by: tuple[str, ...] = ()) -> str:
    """A gauge of the brand that is picked, added up over what is not in `by`."""
    return f"sum{_by(by)} ({metric.name}{_within(labels)})"


def as_it_is(metric: Gauge, *labels: str) -> str:
    """The series themselves: of figures that cannot be added up."""
    return f"max by (brand) ({metric.name}{_within(labels)})"


def share(metric: Gauge, sentiment: str, *labels: str) -> str:
    """Of all mentions of a window, those of one sentiment; nothing where there are none."""
    part, whole = now(metric, *labels, f'sentiment="{sentiment}"'), now(metric, *labels)
    return f"{part} / ({whole} > 0)"


def gained(metric: Counter, span: str, *labels: str, by: tuple[str, ...] = ()) -> str:
    """By how much a counter rose within a span."""
    return f"sum{_by(by)} (increase({metric.name}{_within(labels)}[{span}]))"


def each_second(metric: Counter, *labels: str, by: tuple[str, ...] = ()) -> str:
    """How fast a counter rises."""
    return f"sum{_by(by)} (rate({metric.name}{_within(labels)}[{RATE}]))"


def percentile(metric: Histogram, of_100: int, *labels: str, by: tuple[str, ...] = ()) -> str:
    """So many of a hundred took at most so long; nothing where nothing happened."""
    buckets = f"sum{_by(('le', *by))} (rate({metric.name}_bucket{_within(labels)}[{RATE}]))"
    return f"histogram_quantile({of_100 / 100:g}, {buckets})"


def brands() -> str:
    """What the brand picker lists."""
    return f"label_values({names.MENTIONS_STORED.name}, brand)"


def _within(labels: tuple[str, ...]) -> str:
    return "{" + ", ".join(labels) + "}" if labels else ""


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
