"""What a review makes of the team's own log: what followed an action, what of it is measured; on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dashboards.review.action_reading import concerned
from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.markdown import render
from dashboards.review.model import Published, Review, Rule
from dashboards.review.opening import figure_receipt, figures_of
from dashboards.review.periods import named, span_of
from dashboards.review.publishing import publish, with_published
from dashboards.review.values import Period
from mentions.brands import Brand
from processors.store.actions import add_action, close_action, list_actions
from processors.store.brands import add_version
from processors.store.opening import Store, open_store
from processors.store.reviews import published
from processors.store.schema import action_events, actions, reviews
from tests.postgres import Server
from tests.store_rows import heard, mention, put

ZONE = "Europe/Madrid"
WEEK = named("2026-W47", ZONE)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTER = named("2026-W48", ZONE)


def world() -> list[dict[str, Any]]:
    """Seven weeks of two brands: seven opinions a day, four on Sundays, most of them good; in W48 few of lumbre's."""
    return [
        mention(
            f"bluesky:{brand}-{day}-{number}", brand=brand, author_id=f"did:{number}",
            label="positive" if number < good + (day + number) % 2 else "negative",
            created_at=WEEK.since + day * DAY + 6 * HOUR + number * HOUR,
        )
        for day in range(-35, 14)
        for brand in ("lumbre", "kolibri")
        for good in [0 if brand == "lumbre" and day >= 7 else 5]
        for number in range(4 if day % 7 == 6 else 7)
    ]  # fmt: skip


def net(period: Period) -> float:
    """Net sentiment of lumbre over some days, counted by hand."""
    mine = [row for row in world() if row["brand"] == "lumbre" and period.since <= row["created_at"] < period.until]
    good = sum(row["label"] == "positive" for row in mine)
    return (2 * good - len(mine)) / len(mine)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of the world, heard without a gap, for all tests of this file."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('actions')}/store.sqlite"
    else:
        server: Server = request.getfixturevalue("postgres")
        address = server.new_database()
    with open_store(address) as store:
        with store.writing() as connection:
            for name in ("lumbre", "kolibri"):
                brand = Brand(name=name, query=name, role="own" if name == "lumbre" else "competitor", time_zone=ZONE)
                add_version(connection, brand, who="t", why="", now=WEEK.since)
            rows = world()
            for start in range(0, len(rows), 300):
                put(connection, *rows[start : start + 300])
            heard(connection, [WEEK.since + day * DAY for day in range(-35, 15)])
        yield store
    if request.param == "postgres":
        server.drop(address)


@pytest.fixture
def told(filled: Store) -> Store:
    """That store without a word of the team."""
    with filled.writing() as connection:
        for table in (actions, action_events, reviews):
            connection.execute(table.delete())
    return filled


def act(
    store: Store, id_: str, first: int, days: int, *, state: str | None = None, closed: float = 0, **fields: Any
) -> None:
    """An action that begins so many days after the Monday of W47, closed so many days after its end."""
    start = WEEK.first_day + first * DAY
    stretch = span_of(start, start + (days - 1) * DAY, ZONE)
    given = {"text": f"text of {id_}", "indicator": "net_sentiment", **fields}
    with store.writing() as connection:
        add_action(
            connection, "lumbre", given["text"], (stretch.since, stretch.until), given["indicator"],
            rules=given.get("rules", ()), who="ana", action_id=id_, now=WEEK.since - DAY,
        )  # fmt: skip
        if state is not None:
            at = stretch.until + closed * DAY
            close_action(connection, id_, state, "that was it", who="leo", event_id=f"e{id_}", now=at)


def made(store: Store, period: Any = AFTER) -> Review:
    """A review of lumbre."""
    with store.reading() as connection:
        return build(gather(connection, "lumbre", period))


def rule(review: Review, number: int) -> Rule:
    """A row of the scorecard."""
    return review.scorecard[number - 1]


def test_what_followed_is_the_figure_of_those_days(told: Store) -> None:
    """Before, during and after are the net sentiment of exactly these days, and each opens by `explain`."""
    act(told, "a1", 0, 7, state="done")
    review = made(told)
    (line,) = review.actions
    assert (line.state, line.word, line.lengths, line.overdue) == ("done", "that was it", (7, 7, 7), False)
    for figure, period in ((line.before, named("2026-W46", ZONE)), (line.during, WEEK), (line.after, AFTER)):
        assert figure.value == pytest.approx(net(period))
    with told.reading() as connection:
        inputs = figure_receipt(connection, line.before.id).inputs
    assert (inputs["value"], inputs["since"]) == (line.before.value, WEEK.since - 7 * DAY)
    good, bad = inputs["counted positive"], inputs["counted negative"]
    assert line.before.value == pytest.approx((good - bad) / (good + bad))
    assert (line.during.verdict, line.after.verdict) == ("level", "fell")
    assert line.followed.en == "After it: below the usual, against what was meant; kolibri then as usual."
    assert "Acciones y qué siguió" in render(review, "es")


def test_nothing_is_said_of_a_time_that_is_not_over(told: Store) -> None:
    """In the review of its own week an action has a before and a during, and of the time after it says until when."""
    act(told, "a1", 0, 5)
    act(told, "a2", 2, 10)
    first, second = made(told, WEEK).actions
    assert first.during.value is not None
    assert (first.after.value, first.overdue) == (None, True)
    assert first.followed.en == "Not yet: the time after it ends on 27 Nov 2026."
    assert second.during.note is not None
    assert (second.during.note.es, second.overdue) == ("Todavía no: dura hasta el 27 nov 2026.", False)
    assert "11 dic 2026" in second.followed.es


def test_short_actions_are_held_against_whole_weeks_and_the_same_weekdays(told: Store) -> None:
    """A Sunday is compared with the four Sundays before, the time after with whole weeks."""
    act(told, "a1", 6, 1, indicator="mentions")
    review = made(told)
    (line,) = review.actions
    assert line.lengths == (7, 1, 7)
    assert (line.before.value, line.during.value, line.after.value) == (46, 4, 46)
    assert line.during.before == (4, 4, 4, 4)
    assert line.after.before == (46, 46, 46, 46)
    text = render(review, "en")
    assert "the 7 days before: 46 (6.6 a day)" in text
    assert "its day: 4 (as usual" in text


def test_a_review_speaks_of_an_action_until_its_time_after_is_over(told: Store) -> None:
    """Not before it begins, in its own weeks, in those that the time after reaches into; open ones until closed."""
    act(told, "done", -7, 2, state="done")
    act(told, "open", -28, 2)
    act(told, "soon", 8, 1)
    with told.reading() as connection:
        log = list_actions(connection, ["lumbre"])
    weeks = ("2026-W43", "2026-W45", "2026-W46", "2026-W47", "2026-W48")
    names = {name: [one.id for one in concerned(log, named(name, ZONE), ZONE)] for name in weeks}
    assert names == {
        "2026-W43": ["open"], "2026-W45": ["open"], "2026-W46": ["open", "done"], "2026-W47": ["open", "done"],
        "2026-W48": ["open", "soon"],
    }  # fmt: skip


def test_rules_13_15_and_16_are_measured_from_the_log(told: Store) -> None:
    """Experiments, what was done and dropped and what followed, what was closed on time: counts of the log."""
    act(told, "good", -7, 3, state="done", rules=(13,), indicator="negative_share")
    act(told, "late", 0, 2, state="dropped", closed=4)
    act(told, "open", 1, 3)
    act(told, "test", 2, 4, state="done", closed=1, rules=(13,))
    review = made(told, WEEK)
    values = {figure.name: figure.value for figure in figures_of(review)}
    expected = {
        "experiments": 1, "actions": 3, "actions_done": 1 / 3, "actions_dropped": 1 / 3, "actions_open": 1 / 3,
        "actions_on_time": 0, "actions_better": 0,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert [rule(review, number).state for number in (13, 15, 16)] == ["measured"] * 3
    assert [line.en for line in rule(review, 13).lines] == [
        "text of good: After it: as usual; kolibri then as usual.",
        "text of test: Not yet: the time after it ends on 28 Nov 2026.",
    ]  # fmt: skip
    with told.reading() as connection:
        inputs = figure_receipt(connection, "review:lumbre/2026-W47/actions_done").inputs
    assert inputs["actions"] == ["late dropped: text of late", "open open: text of open", "test done: text of test"]


def test_published_figures_of_actions_are_frozen(told: Store) -> None:
    """What was published of an action stays; what it is today stands beside it. No word of anybody is kept.

    A review that was published before there were actions still opens: what it does not know is no difference.
    """
    act(told, "a1", 0, 7)
    review = made(told)
    with told.writing() as connection:
        assert publish(connection, review, who="ana", now=AFTER.until + DAY)
        frozen = published(connection, "lumbre", AFTER.name)
        assert frozen is not None
        assert frozen.figures["action/a1/after"] == review.actions[0].after.value
        assert "text of a1" not in str(frozen)
        assert with_published(connection, review).published == Published(at=AFTER.until + DAY, who="ana")
        other = msgspec.json.encode({**frozen.figures, "action/a1/after": 0.5}).decode()
        connection.execute(reviews.update().values(figures=other))
        seen = with_published(connection, review).published
    assert seen is not None
    (change,) = seen.differences
    assert (change.published, change.today) == (0.5, review.actions[0].after.value)
    assert change.title.es == "Sentimiento neto, después de la acción a1"
    with told.writing() as connection:
        old = msgspec.json.encode({figure.name: figure.value for figure in review.figures}).decode()
        connection.execute(reviews.update().values(figures=old))
        review = with_published(connection, review)
    assert review.published is not None
    assert review.published.differences == ()
    assert render(review, "en")
