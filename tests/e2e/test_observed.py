import pytest

from tests.observed import Observed

pytestmark = pytest.mark.xdist_group("observed")


def test_prometheus_reads_the_demo(observed: Observed) -> None:
    """A real Prometheus reads the running demo, both of its brands, and their rates."""
    rates = observed.prometheus.query("sum by (brand) (rate(atalaya_mentions_stored_total[15s]))")

    assert {sample.labels["brand"] for sample in rates} == {"lumbre", "nubira"}
