"""Opening, rising, closing and cooling down of an alert."""

from processors.detection.episodes import CLOSE_AFTER, COOLDOWN, Episode, frozen, open_at, rise, settle


def opened(score: float = 2.2) -> Episode:
    """An alert that opened at tick 0."""
    episode = Episode()
    assert rise(episode, 0, score, 2.0) == "open"
    return episode


def closed(score: float = 2.2) -> tuple[Episode, int]:
    """One that closed, and when."""
    episode = opened(score)
    ticks = range(5, 5 * CLOSE_AFTER + 1, 5)
    assert [settle(episode, tick, 0.9) for tick in ticks] == [False] * (CLOSE_AFTER - 1) + [True]
    return episode, ticks[-1]


def test_each_step_of_severity_is_told_once() -> None:
    """Up and down and up again: two escalations, each once, and the severity does not fall while it is open."""
    episode = opened()
    steps = [rise(episode, tick, score, 2.0) for tick, score in enumerate((2.9, 3.0, 2.0, 3.5, 4.1, 1.0, 9.0), start=1)]
    assert steps == [None, "escalate", None, None, "escalate", None, None]
    assert episode.severity == "critical"
    assert episode.peak == 9.0


def test_it_may_open_at_any_step() -> None:
    """A score of 4 opens as critical, with nothing left to escalate."""
    assert opened(4.0).severity == "critical"
    assert opened(3.0).severity == "high"


def test_it_closes_after_six_low_marks_in_a_row() -> None:
    """One mark at 1.0 or more begins the count anew."""
    episode = opened()
    scores = (0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0)
    assert [settle(episode, tick, score) for tick, score in enumerate(scores)].index(True) == len(scores) - 1
    assert episode.opened is None


def test_a_second_wave_within_the_cooldown_must_be_half_as_high_again() -> None:
    """For six hours after the close only more than 1.5 times the score that opened the last alert opens another."""
    for shift, score, step in (
        (5, 3.3, None),
        (5, 3.31, "open"),
        (COOLDOWN - 1, 3.3, None),
        (COOLDOWN, 2.0, "open"),
    ):
        episode, tick = closed()
        assert rise(episode, tick + shift, score, 2.0) == step, (shift, score)


def test_an_open_alert_freezes_the_level_for_a_day() -> None:
    """After a day what goes on is the new usual; a closed alert freezes nothing."""
    episode = opened()
    assert frozen(episode, 1439)
    assert not frozen(episode, 1440)
    assert not frozen(closed()[0], 31)


def test_while_learning_more_is_asked() -> None:
    """Each sensitivity asks half a step more of a brand that is being learnt."""
    assert [open_at(name, learning=False) for name in ("quiet", "normal", "sensitive")] == [2.5, 2.0, 1.5]
    assert open_at("normal", learning=True) == 2.5
