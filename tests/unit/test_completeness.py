from datetime import timedelta

import pytest

from mentions.records import Gap
from processors.completeness import ENOUGH, Completeness, SourceCoverage, completeness, is_complete
from tests.playing import at

START, END = at(0), at(3600)


def stream(until: float | None, *gaps: Gap) -> SourceCoverage:
    """A stream that has everything up to `until` seconds."""
    return SourceCoverage("stream", None if until is None else at(until), gaps)


def poll(began: float, *gaps: Gap, delay: int = 1800) -> SourceCoverage:
    """A poll whose last good one began at `began`."""
    return SourceCoverage("poll", at(began), gaps, timedelta(seconds=delay))


@pytest.mark.parametrize(("until", "complete"), [(3600, True), (3599.999, False), (None, False), (9999, True)])
def test_a_stream_is_complete_when_it_has_everything_to_the_end(until: float | None, complete: bool) -> None:
    """A stream that ends before the window's end, or that has nothing, is incomplete."""
    assert is_complete(START, END, stream(until)) is complete


@pytest.mark.parametrize(
    ("gap", "complete"),
    [((-60, 0), True), ((-60, 1), False), ((100, 101), False), ((3599, 9999), False), ((3600, 9999), True)],
)
def test_a_gap_that_touches_the_window_makes_it_incomplete(gap: tuple[int, int], complete: bool) -> None:
    """Window and gap are half-open: what ends where the window begins does not touch it. For polls too."""
    hole = Gap(at(gap[0]), at(gap[1]), "outage")
    assert is_complete(START, END, stream(9999, hole)) is complete
    assert is_complete(START, END, poll(9999, hole)) is complete


@pytest.mark.parametrize(("began", "complete"), [(1800, True), (1799, False), (7200, True)])
def test_a_poll_is_complete_when_its_last_good_one_began_within_its_delay(began: float, complete: bool) -> None:
    """A poll may lag behind the window's end by its usual delay."""
    assert is_complete(START, END, poll(began)) is complete


def test_the_share_is_that_of_the_usual_volume() -> None:
    """A window is judged when its complete sources carry four fifths of the brand's usual volume."""
    coverage = {"bluesky": [stream(3600)], "rss": [poll(0)]}
    verdict = completeness(START, END, coverage, {"bluesky": 80, "rss": 20})
    assert verdict == Completeness(0.8, ("rss",))
    assert verdict.enough
    assert ENOUGH == 0.8
    assert not completeness(START, END, coverage, {"bluesky": 79, "rss": 21}).enough


def test_a_source_is_complete_when_all_its_shards_are() -> None:
    """One shard behind makes its source incomplete."""
    shards = [stream(3600), stream(10)]
    assert completeness(START, END, {"bluesky": shards}, {"bluesky": 5}) == Completeness(0.0, ("bluesky",))


def test_a_usual_source_that_was_not_heard_is_missing() -> None:
    """Silence is not completeness."""
    assert completeness(START, END, {"rss": [poll(3600)]}, {"bluesky": 3, "rss": 1}) == Completeness(0.25, ("bluesky",))
    assert completeness(START, END, {"rss": []}, {"rss": 1}) == Completeness(0.0, ("rss",))


def test_before_anything_is_usual_every_source_counts() -> None:
    """A new brand's window is complete when all sources are; one that usually brings nothing weighs nothing later."""
    assert completeness(START, END, {"bluesky": [stream(3600)]}, {}) == Completeness(1.0, ())
    assert completeness(START, END, {"bluesky": [stream(3600)], "rss": [poll(0)]}, {}) == Completeness(0.0, ("rss",))
    quiet = completeness(START, END, {"bluesky": [stream(3600)], "rss": [poll(0)]}, {"bluesky": 9})
    assert quiet == Completeness(1.0, ("rss",))
