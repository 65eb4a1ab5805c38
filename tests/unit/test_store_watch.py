from datetime import datetime, timedelta

from sqlalchemy import insert

from atalaya.metrics import Metrics
from atalaya.store_watch import StoreWatch, health_of, moved
from mentions.records import SourceClass
from mentions.settings import Settings
from mentions.settings_sources import BlueskySettings, RssSettings
from processors.store.coverage import SourceRow
from processors.store.live_log import live_watermark
from processors.store.opening import Store
from processors.store.schema import progress
from tests.store_rows import NOON, heard

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def row(
    last_at: datetime, complete_until: datetime | None, *, holds: bool = True, kind: SourceClass = "stream"
) -> SourceRow:
    """What the store knows of a shard."""
    return SourceRow(
        source="bluesky",
        shard="main",
        source_class=kind,
        last_at=last_at,
        complete_until=complete_until,
        holds=holds,
        seen=0,
        matched=0,
        deletions=0,
        dropped={},
        gaps=(),
        completeness=None,
    )


def looks(*rows: SourceRow) -> list[tuple[str, datetime | None]]:
    """State and last success at looks a second after each row's last heartbeat, one after the other."""
    found, last = [], None
    for seen in rows:
        now = seen.last_at + SECOND
        last = moved(seen, last, now)
        health = health_of(seen, last, now)
        found.append((health.state, health.last_success))
    return found


def test_a_stream_is_as_its_heartbeats_say() -> None:
    """Complete until now: live. Behind and moving: catching up. Behind and still: down, at once if it says that nobody
    should wait for it, else after two minutes; its last success is then the instant that it got to.
    """
    assert looks(row(NOON, NOON)) == [("live", NOON)]
    hour = NOON - 60 * MINUTE
    behind = [row(NOON, hour), row(NOON + MINUTE, hour + 10 * MINUTE), row(NOON + 2 * MINUTE, hour + 20 * MINUTE)]
    assert [state for state, _ in looks(*behind)] == ["catching_up"] * 3
    still = [row(NOON + n * MINUTE, hour) for n in range(4)]
    assert [state for state, _ in looks(*still)] == ["catching_up", "catching_up", "down", "down"]
    assert looks(*still)[-1] == ("down", hour)
    assert looks(row(NOON, hour, holds=False)) == [("down", hour)]


def test_silence_is_down_whatever_was_said_before() -> None:
    """Two minutes without a heartbeat, and the shard is down; the detail says where to look."""
    silent = row(NOON, NOON)
    health = health_of(silent, moved(silent, None, NOON), NOON + 5 * MINUTE)
    assert (health.state, health.detail) == (
        "down",
        "no heartbeat for 5 min: ingest, Kafka or the workers stand still",
    )


def test_a_poll_is_well_while_its_last_good_look_is_fresh() -> None:
    """A feed is live until its last good look is older than its delay; one that never had any is connecting."""
    assert looks(row(NOON, NOON - 50 * MINUTE, kind="poll", holds=False)) == [("live", NOON - 50 * MINUTE)]
    assert looks(row(NOON, NOON - 70 * MINUTE, kind="poll", holds=False)) == [("down", NOON - 70 * MINUTE)]
    assert looks(row(NOON, None, kind="poll", holds=False)) == [("connecting", None)]


def test_what_the_store_tells_is_shown_of_the_configured_sources(store: Store) -> None:
    """Heartbeats in the store become states and gauges; a configured source that was never heard is connecting; one
    that is no longer configured is not judged.
    """
    with store.writing() as connection:
        heard(connection, [NOON], seen=3)
        heard(connection, [NOON - timedelta(days=3)], source="file")
    sources = (BlueskySettings(), RssSettings(urls=("https://news.example/feed",)))
    metrics = Metrics()
    watch = StoreWatch(store, metrics, Settings(sources=sources), lambda: NOON + 30 * SECOND)
    watch.look()
    states = {(health.source, health.state) for health in watch.status().sources}
    assert states == {("bluesky", "live"), ("rss", "connecting")}
    shown = metrics.render().decode()
    assert 'atalaya_source_up{source="bluesky"} 1.0' in shown
    assert 'atalaya_source_lag_seconds{source="bluesky"} 30.0' in shown
    assert 'atalaya_source_up{source="rss"} 0.0' in shown
    assert 'source="file"' not in shown
    assert "atalaya_store_up 1.0" in shown


def test_the_watermark_is_the_least_of_the_log_that_is_furthest(store: Store) -> None:
    """An old log's watermark stands still and says nothing; a partition that has not heard everything hides its log."""

    def put(log_id: str, partition: int, watermark: datetime | None) -> None:
        place = {"log_id": log_id, "topic": "t", "partition": partition, "offset": 1}
        with store.writing() as connection:
            connection.execute(insert(progress), {**place, "watermark": watermark})

    def read() -> datetime | None:
        with store.reading() as connection:
            return live_watermark(connection)

    assert read() is None
    put("old", 0, NOON - timedelta(days=9))
    put("new", 0, NOON + MINUTE)
    put("new", 1, NOON)
    assert read() == NOON
    put("new", 2, None)
    assert read() == NOON - timedelta(days=9)
