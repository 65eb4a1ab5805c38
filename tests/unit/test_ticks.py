from datetime import timedelta

import pytest

from mentions.clock import TICK, tick_of, tick_start
from processors.ticks import BEFORE_TIME, TimeRules, fold_tick
from tests.playing import MORNING, at

NINE = tick_of(MORNING)
RULES = TimeRules(allowance=timedelta(seconds=30), max_delay={"rss": timedelta(minutes=30)})


def test_nothing_is_foldable_without_a_watermark() -> None:
    """Before the first watermark no tick is closed."""
    assert RULES.last_foldable(None) == BEFORE_TIME
    assert fold_tick(at(0), BEFORE_TIME, BEFORE_TIME) == NINE


@pytest.mark.parametrize(("seconds", "last"), [(89.999999, NINE - 1), (90, NINE), (149, NINE), (150, NINE + 1)])
def test_a_tick_is_foldable_when_the_watermark_less_the_allowance_passes_its_end(seconds: float, last: int) -> None:
    """The minute of nine ends at 9:01; with an allowance of 30 s it is folded from a watermark of 9:01:30 on."""
    assert RULES.last_foldable(at(seconds)) == last


def test_a_mention_is_folded_in_its_own_minute_while_that_is_open() -> None:
    """The fold tick is the minute of event time unless that minute is closed."""
    assert fold_tick(at(61), NINE - 1, BEFORE_TIME) == NINE + 1
    assert fold_tick(at(59.9), NINE - 1, BEFORE_TIME) == NINE


def test_a_mention_of_a_closed_minute_is_folded_in_the_first_open_one() -> None:
    """The first open tick is behind the watermark's last foldable one and behind what the brand has folded."""
    assert fold_tick(at(0), NINE + 4, BEFORE_TIME) == NINE + 5
    assert fold_tick(at(0), NINE + 4, NINE + 7) == NINE + 8
    assert fold_tick(at(0), NINE + 7, NINE + 4) == NINE + 8


@pytest.mark.parametrize(
    ("source", "behind", "late"),
    [
        ("bluesky", timedelta(0), False),
        ("bluesky", timedelta(microseconds=1), True),
        ("rss", timedelta(minutes=30), False),
        ("rss", timedelta(minutes=30, microseconds=1), True),
    ],
)
def test_late_is_older_than_the_fold_tick_less_the_delay_of_the_source(
    source: str, behind: timedelta, late: bool
) -> None:
    """A stream's mention is late as soon as its own minute was closed, a poll's behind its usual delay."""
    assert RULES.is_late(source, tick_start(NINE) - behind, NINE) is late


def test_a_mention_in_its_own_minute_is_never_late() -> None:
    """Whatever the source."""
    assert not RULES.is_late("bluesky", at(59.9), NINE)
    assert timedelta(minutes=1) == TICK
