"""Levels, shares, volume and silence, each by itself."""

import random

import pytest

from processors.detection.levels import DAY, CountLevel, Season, Share, slot_of
from processors.detection.silence import MISSED, SilenceState, hush, speak
from processors.detection.volume import VolumeState, volume_score


def test_a_slot_is_an_hour_of_a_working_day_or_of_the_weekend() -> None:
    """1970 began on a Thursday; its first Saturday is the second day after."""
    assert [slot_of(minute) for minute in (0, 59, 60, 1439, 1440)] == [0, 0, 1, 23, 0]
    assert slot_of(2 * 1440 + 90) == 25
    assert slot_of(3 * 1440 + 1439) == 47
    assert slot_of(4 * 1440) == 0


def test_the_season_is_learnt() -> None:
    """Three times the talk at nine on working days is expected there after two weeks, and nowhere else."""
    season = Season()
    for mark in range(14 * DAY):
        slot = slot_of(mark * 5)
        season.learn(slot, 3.0 if slot == 9 else 1.0)
    assert season.factor(9) > 2
    assert season.factor(33) < 1.6
    assert season.factor(15) == pytest.approx(1, abs=0.05)


def test_the_level_follows_the_mean_and_not_a_burst() -> None:
    """Four in five minutes are learnt in a week; a mark with a thousand moves that by little."""
    draw, level, hour = random.Random(1), CountLevel(), [4.0] * 12
    for mark in range(7 * DAY):
        count = float(sum(draw.random() < 0.2 for _ in range(20)))
        hour = [*hour[1:], count]
        level.learn(slot_of(mark * 5), count, sum(hour), 12 * level.expected(slot_of(mark * 5)))
    assert level.mean == pytest.approx(4, rel=0.1)
    before = level.mean
    level.learn(0, 1000.0, 1044.0, 48.0)
    assert level.mean < before * 1.02


def test_a_frozen_level_learns_only_how_counts_scatter() -> None:
    """While an alert is open the mean stays; the dispersion rises."""
    level = CountLevel()
    for mark in range(3 * DAY):
        level.learn(slot_of(mark * 5), 4.0, 48.0, 48.0)
    mean, alpha = level.mean, level.alpha
    for _ in range(24):
        level.learn(0, 40.0, 400.0, 48.0, frozen=True)
    assert level.mean == mean
    assert level.alpha > alpha


def test_a_share_forgets_and_an_hour_of_shouting_counts_little() -> None:
    """A share of a half is learnt in a week; one mark of ten thousand counts as forty."""
    share = Share()
    for _ in range(7 * DAY):
        share.learn(5, 10)
    assert share.value == pytest.approx(0.5, abs=0.02)
    share.learn(10_000, 10_000)
    assert share.value < 0.52


def test_an_episode_of_volume_is_told_once() -> None:
    """A burst that goes on for hours counts where it begins; the same again within a day does not count."""
    state, draw, told = VolumeState(), random.Random(2), []
    for mark in range(9 * DAY):
        burst = 8 * DAY <= mark < 8 * DAY + 24 or 8 * DAY + 100 <= mark < 8 * DAY + 110
        count = sum(draw.random() < 0.5 for _ in range(20)) + (100 if burst else 0)
        if volume_score(state, slot_of(mark * 5), count)[1] > 9:
            told.append(mark - 8 * DAY)
    assert told
    assert set(told) <= {0, 1, 2}


def test_silence_is_counted_in_mentions_that_did_not_come() -> None:
    """At two a mark it takes an hour at least, at a tenth so long that twenty are missing."""
    for expected, marks in ((2.0, 12), (0.1, 200)):
        state = SilenceState()
        opened = next(mark for mark in range(1, 1000) if hush(state, mark, expected))
        assert opened == pytest.approx(marks, abs=1)
        assert state.score > MISSED / 2.4
        assert speak(state)
        assert not speak(state)


def test_who_is_often_silent_must_be_silent_for_longer() -> None:
    """After a quiet stretch of 15 missed mentions that ended by itself, 44 must be missing."""
    state = SilenceState()
    assert not any(hush(state, mark, 1.0) for mark in range(15))
    assert not speak(state)
    assert next(mark for mark in range(1, 100) if hush(state, mark, 1.0)) == 45
