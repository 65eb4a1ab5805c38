import pytest

from tests.observed import Observed

pytestmark = pytest.mark.xdist_group("observed")


def test_one_process_has_the_demo(request: pytest.FixtureRequest) -> None:
    """Where tests are spread over processes their group stands in their ids: else each process would have a world."""
    if hasattr(request.config, "workerinput"):
        assert request.node.nodeid.endswith("@observed")


def test_prometheus_reads_the_demo(observed: Observed) -> None:
    """A real Prometheus reads the running demo, both of its brands, and their rates."""
    rates = observed.prometheus.query("sum by (brand) (rate(atalaya_mentions_stored_total[15s]))")

    assert {sample.labels["brand"] for sample in rates} == {"lumbre", "nubira"}


def test_history_poured_in_is_not_late(observed: Observed) -> None:
    """Of the demo's fortnight only what was said since its brands are watched has an age; the rest missed nothing."""
    (measured,) = observed.prometheus.query("sum(atalaya_mention_age_seconds_count)")
    (stored,) = observed.prometheus.query("sum(atalaya_mentions_stored_total)")

    assert measured.value < stored.value / 2
