"""What costs the store more, as gauges, on both databases."""

import math
from datetime import timedelta

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection

from atalaya.metrics import Metrics
from atalaya.slow_figures import SlowFigures
from mentions.records import Finding
from processors.author_days import day_of
from processors.detection.loyalty import LAPSED_AFTER
from processors.store.opening import Store
from processors.store.schema import author_days, link_mentions
from tests.store_rows import NOON, heard, mention, person, put, put_people

HOUR = timedelta(hours=1)
BRANDS = ("lumbre", "nubira")


def question() -> str:
    """The column of a mention that asks."""
    return msgspec.json.encode([Finding("question", "?")]).decode()


def spoke_well(connection: Connection, author: str, days_ago: range) -> None:
    """An author who praised lumbre once on each of these days."""
    for ago in days_ago:
        counts = {"mentions": 1, "positive": 1, "neutral": 0, "negative": 0, "unjudged": 0, "weight": 1000}
        place = {"brand": "lumbre", "source": "bluesky", "author_id": author, "day": day_of(NOON) - ago}
        connection.execute(author_days.insert().values(**place, **counts, copies=0, spam=0, score=800))


@pytest.fixture
def full(store: Store) -> Store:
    """A store in which lumbre was asked twice and answered once, praised, linked to, and spammed."""
    with store.writing() as connection:
        put(
            connection,
            mention("bluesky:1", created_at=NOON - HOUR / 2, intents=question()),
            mention("bluesky:2", created_at=NOON - 5 * HOUR, intents=question(), author_id="did:bea"),
            mention("bluesky:3", created_at=NOON - 4 * HOUR, voice="own", author_id="did:own", in_reply_to="2"),
            mention("bluesky:4", created_at=NOON - 48 * HOUR, weight=100, author_id="did:spam"),
        )
        links = (("1", "a.example/x", HOUR / 2), ("2", "a.example/x", 5 * HOUR), ("4", "b.example", 48 * HOUR))
        for id_, url, ago in links:
            held = {"brand": "lumbre", "id": f"bluesky:{id_}", "url": url, "host": url[:9], "created_at": NOON - ago}
            connection.execute(link_mentions.insert().values(**held))
        put_people(connection, person("did:fan"), person("did:gone"))
        spoke_well(connection, "did:fan", range(0, 40, 2))
        spoke_well(connection, "did:gone", range(LAPSED_AFTER + 2, LAPSED_AFTER + 42, 2))
        heard(connection, [NOON - 2 * HOUR + minute * timedelta(minutes=1) for minute in range(121)])
    return store


def shown(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Samples by name and values of their labels."""
    return {
        (sample.name.removeprefix("atalaya_"), *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def metrics_of() -> Metrics:
    """Metrics of both brands and one source."""
    metrics = Metrics(stored=True)
    metrics.pre_create(BRANDS, ("bluesky",))
    return metrics


def test_slow_gauges_are_what_the_store_holds(full: Store) -> None:
    """Authors, links, spam, answers and what sources saw are counted by window; what cannot be known is NaN."""
    metrics = metrics_of()
    SlowFigures(full, metrics, lambda: BRANDS, lambda: NOON, {}).read()
    found = shown(metrics)

    assert [found["authors", window, "lumbre"] for window in ("1h", "24h", "7d")] == [1, 1, 1]
    assert [found["linked_pages", window, "lumbre"] for window in ("1h", "24h", "7d")] == [1, 1, 2]
    assert [found["spam_mentions", window, "lumbre"] for window in ("1h", "24h", "7d")] == [0, 0, 1]
    assert found["evangelists", "lumbre"] == 1
    assert found["evangelists_lapsed", "lumbre"] == 1
    assert found["questions_waiting", "lumbre"] == 1
    assert [found["response_share", window, "lumbre"] for window in ("1h", "24h")] == [0, 0.5]
    assert found["source_completeness", "1h", "bluesky"] == 1
    assert found["source_completeness", "24h", "bluesky"] == pytest.approx(2 / 24, abs=0.001)
    assert found["store_mentions",] == 4
    assert found["store_bytes",] > 100_000
    assert found["store_seconds_count", "people"] == 1
    assert math.isnan(found["response_share", "7d", "nubira"])
    assert found["evangelists", "nubira"] == 0


def test_it_rests_between_readings_and_leaves_out_sources_of_others(full: Store) -> None:
    """An offer that comes too early is declined; a source that is not configured has no completeness here."""
    metrics = metrics_of()
    figures = SlowFigures(full, metrics, lambda: BRANDS, lambda: NOON, {}, frozenset({"rss"}))
    figures.read()
    figures.read()
    found = shown(metrics)

    assert found["store_seconds_count", "people"] == 1
    assert math.isnan(found["source_completeness", "1h", "bluesky"])
