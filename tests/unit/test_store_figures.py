"""What the store knows, as gauges."""

import math
from datetime import timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from atalaya.metrics import Metrics
from atalaya.store_figures import StoreFigures
from processors.store.opening import open_store
from processors.store.schema import BUCKET_COUNTS, alerts, buckets, spike_ticks
from tests.store_rows import NOON

BRANDS = ("lumbre", "nubira")


def put_all(connection: Connection) -> None:
    """An open alert of lumbre, its last mark, and a bucket of 40 positive and 10 negative mentions."""
    counts = dict.fromkeys(BUCKET_COUNTS, 0) | {"positive": 40, "negative": 10, "w_positive": 40_000, "w_negative": 500}
    place = {"brand": "lumbre", "start": NOON - timedelta(minutes=30), "source": "rss", "lang": "es"}
    connection.execute(buckets.insert().values(**place, voice="public", **counts))
    connection.execute(buckets.insert().values(**place, voice="own", **counts))
    connection.execute(
        alerts.insert().values(
            id="a",
            kind="negative_spike",
            brand="lumbre",
            subject="",
            severity="high",
            opened_at=NOON - timedelta(hours=2),
            updated_at=NOON,
            closed_at=None,
            score=3.1,
            historic=False,
            evidence="{}",
            explanation="{}",
        )
    )
    seen = {"negatives": 41.0, "total": 80.0, "expected": 6.2, "low": 2.0, "high": 12.0, "score": 3.1}
    connection.execute(spike_ticks.insert().values(brand="lumbre", tick=1, **{**seen, "score": 0.5}, state="learning"))
    connection.execute(spike_ticks.insert().values(brand="lumbre", tick=2, **seen, state="usual"))


def test_gauges_are_what_the_store_holds(tmp_path: Path) -> None:
    """Counts are the public's, by window; the alert is open; the last mark counts; what is unknown is NaN, not zero."""
    metrics = Metrics(stored=True)
    metrics.pre_create(BRANDS, ())
    with open_store(str(tmp_path / "store.sqlite")) as store:
        with store.writing() as connection:
            put_all(connection)
        StoreFigures(store, metrics, lambda: BRANDS, lambda: NOON).read()
    found = {
        (sample.name.removeprefix("atalaya_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }

    assert found["mentions", "1h", "lumbre", "positive"] == 40
    assert found["mentions_weighted", "24h", "lumbre", "negative"] == 0.5
    assert found["net_sentiment", "7d", "lumbre"] == 0.6
    assert found["net_sentiment_low", "7d", "lumbre"] < 0.6 < found["net_sentiment_high", "7d", "lumbre"]
    assert math.isnan(found["net_sentiment", "7d", "nubira"])
    assert found["alerts_open", "high", "lumbre", "negative_spike"] == 1
    assert found["alerts_open", "high", "negative_spike", "nubira"] == 0
    assert found["alerts_opened", "1h", "lumbre", "negative_spike"] == 0
    assert found["alerts_opened", "24h", "lumbre", "negative_spike"] == 1
    assert found["negatives", "lumbre"] == 41
    assert found["spike_score", "lumbre"] == 3.1
    assert found["spike_state", "lumbre", "usual"] == 1
    assert found["spike_state", "learning", "lumbre"] == 0
    assert math.isnan(found["negatives", "nubira"])
