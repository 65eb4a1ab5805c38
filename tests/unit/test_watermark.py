from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from mentions.records import Heartbeat, Watermark
from processors.watermark import STALE, ShardClock, heard, watermark
from tests.playing import a_beat, at


def poll(seconds: float, complete: float | None, shard: str = "feed", **fields: object) -> Heartbeat:
    """A poll's word: its last good poll began at `complete`."""
    until = None if complete is None else at(complete)
    return a_beat(seconds, source="rss", shard=shard, source_class="poll", holds=False, complete_until=until, **fields)


def stream(seconds: float, complete: float | None, shard: str = "main", *, holds: bool = True) -> Heartbeat:
    """A stream's word."""
    until = None if complete is None else at(complete)
    return a_beat(seconds, shard=shard, holds=holds, complete_until=until)


def after(*beats: Heartbeat, previous: datetime | None = None) -> datetime | None:
    """The watermark after heartbeats of one raw partition."""
    return watermark(heard({}, [Watermark(0, 1, beats)]), previous)


def test_nothing_heard_is_no_watermark() -> None:
    """Before the first heartbeat there is no watermark, or the one before."""
    assert after() is None
    assert after(previous=at(5)) == at(5)


def test_the_least_of_the_holding_streams_counts() -> None:
    """Of several streams that hold, the one that is furthest behind decides."""
    assert after(stream(100, 90, "a"), stream(100, 60, "b"), stream(100, 80, "c")) == at(60)


def test_a_stream_that_does_not_hold_is_not_waited_for() -> None:
    """A silent stream must not stop the judgement of what the others bring."""
    assert after(stream(100, 90, "a"), stream(100, 10, "b", holds=False)) == at(90)


@pytest.mark.parametrize(("silent", "waits"), [(STALE - timedelta(microseconds=1), True), (STALE, False)])
def test_a_stream_is_waited_for_while_it_spoke_within_two_minutes(silent: timedelta, waits: bool) -> None:
    """A stream whose last word is two minutes older than the newest one is not waited for."""
    now = STALE.total_seconds() + 60
    quiet = (at(now) - silent - at(0)).total_seconds()
    assert after(stream(now, now, "a"), stream(quiet, 7, "b")) == (at(7) if waits else at(now))


def test_the_newest_word_of_any_shard_makes_an_old_one_stale() -> None:
    """Also a poll's heartbeat shows that time has passed."""
    assert after(stream(0, 0, "a"), poll(121, 100)) == at(100)


def test_a_live_stream_is_never_held_back_by_a_feed() -> None:
    """A poll beside a live stream neither holds the watermark back nor pushes it on."""
    assert after(stream(600, 600), poll(600, 0)) == at(600)
    assert after(stream(600, 590), poll(600, 599)) == at(590)
    assert after(stream(600, 600), poll(600, None)) == at(600)


def test_without_a_holding_stream_the_most_advanced_poll_counts() -> None:
    """Of polls alone the newest decides, so that a feed that fails does not stop the others."""
    assert after(poll(900, 300, "a"), poll(900, 900, "b"), poll(900, None, "c")) == at(900)
    assert after(stream(900, 100, holds=False), poll(900, 300)) == at(300)


def test_a_stream_that_has_nothing_yet_is_not_waited_for() -> None:
    """A stream that never had anything complete is like one that was never heard."""
    assert after(stream(100, None), poll(100, 50)) == at(50)
    assert after(stream(100, None)) is None


def test_all_raw_partitions_are_needed() -> None:
    """The watermark is the least over all raw partitions, and there is none until each of them was heard."""
    clocks = heard({}, [Watermark(0, 3, (stream(100, 90),)), Watermark(2, 3, (stream(100, 80),))])
    assert watermark(clocks, None) is None
    assert watermark(clocks, at(10)) == at(10)
    clocks |= heard(clocks, [Watermark(1, 3, (stream(100, 95),))])
    assert watermark(clocks, None) == at(80)


def test_a_raw_partition_without_any_mark_keeps_the_watermark() -> None:
    """A partition in which nobody holds and nobody polls cannot be overtaken by the others."""
    clocks = heard({}, [Watermark(0, 2, (stream(100, 90),)), Watermark(1, 2, (stream(100, 95, holds=False),))])
    assert watermark(clocks, None) is None
    assert watermark(clocks, at(50)) == at(50)


def test_it_never_falls() -> None:
    """A shard that comes back with an older state does not take back what was said."""
    assert after(stream(100, 60), previous=at(80)) == at(80)


def test_a_shard_keeps_its_greatest_complete_until() -> None:
    """A reconnected source that knows nothing yet does not unsay what it had; its later word says if it holds."""
    assert after(stream(100, 90), stream(105, None)) == at(90)
    assert after(stream(100, 90), stream(105, 50)) == at(90)
    assert after(stream(100, 90, "a"), stream(105, 80, "b"), stream(110, 85, "b", holds=False)) == at(90)


def test_shards_of_two_outboxes_are_two() -> None:
    """The same source and shard of another outbox is another one."""
    assert after(a_beat(100, outbox_id="one"), a_beat(50, outbox_id="two")) == at(50)


def changes(known: Sequence[Heartbeat], *more: Heartbeat) -> dict[tuple[int, str], ShardClock]:
    """What more heartbeats change behind known ones."""
    clocks = heard({}, [Watermark(0, 1, tuple(known))])
    return heard(clocks, [Watermark(0, 1, more)])


def test_only_changes_are_told() -> None:
    """Hearing the same again, or an older word late, changes nothing, so that nothing is written."""
    beats = [stream(100, 90), stream(105, 95)]
    assert changes(beats, *beats) == {}
    assert list(changes(beats, stream(110, 96))) == [(0, "outbox-1/bluesky/main")]


def test_of_two_words_at_one_instant_the_one_that_holds_counts() -> None:
    """The order of two heartbeats of the same instant does not matter."""
    holds, lets_go = stream(100, 90), stream(100, 90, holds=False)
    assert changes([], holds, lets_go) == changes([], lets_go, holds) == changes([], holds)
