import pytest

from tests.observed import Observed

pytestmark = pytest.mark.xdist_group("observed")


def test_prometheus_reads_the_demo(observed: Observed) -> None:
    """A real Prometheus reads the running demo, both of its brands, and their rates."""
    rates = observed.prometheus.query("sum by (brand) (rate(atalaya_mentions_stored_total[15s]))")

    assert {sample.labels["brand"] for sample in rates} == {"lumbre", "nubira"}


def test_history_poured_in_is_not_late(observed: Observed) -> None:
    """Of the demo's fortnight only what was said since its brands are watched has an age; the rest missed nothing."""
    (measured,) = observed.prometheus.query("sum(atalaya_mention_age_seconds_count)")
    (stored,) = observed.prometheus.query("sum(atalaya_mentions_stored_total)")

    assert measured.value < stored.value / 2
