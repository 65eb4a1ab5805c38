"""Figures of the team's own log, for the scorecard: actions, experiments, how they ended, alerts seen. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from dashboards.review.action_lines import action_lines, better
from dashboards.review.figuring import Figuring, once
from dashboards.review.judging import wilson
from dashboards.review.rows import PeriodRows
from dashboards.review.values import Figure, Period, Text
from processors.store.actions import Action
from processors.store.figures import nearest_rank

IN_TIME = timedelta(days=3)
"""After an action's last day, within which somebody should say how it ended: a weekend is no delay."""
EXPERIMENT = 13
"""The rule by which the team declares an action as an experiment."""
Population = Callable[[Sequence[Action], Period], list[Action]]


def ran(log: Sequence[Action], period: Period) -> list[Action]:
    """The actions that ran at some moment of a period."""
    return [one for one in log if one.since < period.until and one.until > period.since]


def ended(log: Sequence[Action], period: Period) -> list[Action]:
    """The actions whose last day is in a period."""
    return [one for one in log if period.since < one.until <= period.until]


def due(log: Sequence[Action], period: Period) -> list[Action]:
    """The actions that somebody should have closed by a moment of a period."""
    return [one for one in log if period.since < one.until + IN_TIME <= period.until]


def experiments(log: Sequence[Action], period: Period) -> list[Action]:
    """The experiments that ran at some moment of a period."""
    return [one for one in ran(log, period) if EXPERIMENT in one.rules]


POPULATIONS: Mapping[str, Population] = {
    "experiments": experiments,
    "actions": ran,
    "actions_done": ended,
    "actions_dropped": ended,
    "actions_open": ended,
    "actions_on_time": due,
}
"""Of which actions a figure speaks."""


def experiment_figures(made: Figuring) -> tuple[tuple[Figure, ...], tuple[Text, ...]]:
    """Rule 13: what was tried, and what followed."""
    if not _in_use(made.rows.log, made.now.period):
        return (), ()
    lines = [line for line in action_lines(made) if EXPERIMENT in line.rules]
    said = tuple(Text(f"{one.text}: {one.followed.en}", f"{one.text}: {one.followed.es}") for one in lines)
    return (_count(made, "experiments"),), said


def tactic_figures(made: Figuring) -> tuple[tuple[Figure, ...], tuple[Text, ...]]:
    """Rule 15: what was done, what was dropped, and what followed."""
    if not _in_use(made.rows.log, made.now.period):
        return (), ()
    known = [verdict for line in action_lines(made) if (verdict := better(line)) is not None]
    figures = (
        _count(made, "actions"),
        _share(made, "actions_done", lambda one: one.state == "done"),
        _share(made, "actions_dropped", lambda one: one.state == "dropped"),
        _share(made, "actions_open", lambda one: one.state == "open"),
        made.single("actions_better", sum(known) / len(known) if known else None, n=len(known)),
    )
    return figures, ()


def process_figures(made: Figuring) -> tuple[Figure, ...]:
    """Rule 16: actions closed on time, and how fast alerts were seen."""
    seen, minutes = made.now.acknowledged, once(lambda rows: nearest_rank(rows.acknowledged.minutes, 0.5))
    return (
        _share(made, "actions_on_time", _in_time),
        made.figure("ack_median", minutes, n=len(seen.minutes)),
        made.figure("alerts_acknowledged", once(_seen), n=seen.alerts, interval=wilson(len(seen.minutes), seen.alerts)),
    )


def _seen(rows: PeriodRows) -> float | None:
    found = rows.acknowledged
    return len(found.minutes) / found.alerts if found.alerts else None


def _in_time(action: Action) -> bool:
    return action.closed_at is not None and action.closed_at < action.until + IN_TIME


def _in_use(log: Sequence[Action], period: Period) -> bool:
    """Whether the team had begun to write actions down by a period's end: before that, none is not zero."""
    return any(min(one.added_at, one.since) < period.until for one in log)


def _count(made: Figuring, name: str) -> Figure:
    log, population = made.rows.log, POPULATIONS[name]

    def count(rows: PeriodRows) -> float | None:
        return float(len(population(log, rows.period))) if _in_use(log, rows.period) else None

    return made.figure(name, once(count))


def _share(made: Figuring, name: str, holds: Callable[[Action], bool]) -> Figure:
    log, population = made.rows.log, POPULATIONS[name]
    of = population(log, made.now.period)

    def share(rows: PeriodRows) -> float | None:
        found = population(log, rows.period)
        return sum(map(holds, found)) / len(found) if found else None

    part = sum(map(holds, of))
    return made.figure(name, once(share), n=len(of), interval=wilson(part, len(of)))
