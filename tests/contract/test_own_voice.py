"""What is read of the brand's own voice and of what others make of it, on both databases; counted by hand beside it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.model import Review
from dashboards.review.opening import figure_receipt, figures_of
from dashboards.review.periods import named
from mentions.brands import Brand
from processors.detection.sketch import sketch
from processors.detection.steps import AlertStep
from processors.store.alert_words import Acknowledged, acknowledge, acknowledged
from processors.store.alerting import take_steps
from processors.store.author_words import AuthorFound, thank
from processors.store.brands import add_version
from processors.store.detail import Detail, encode_detail
from processors.store.opening import Store
from processors.store.own_voice import own_voice
from processors.store.schema import link_mentions, mentions
from tests.store_rows import mention, put

WEEK = named("2026-W47", "UTC")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BRAND = Brand(name="lumbre", query="lumbre", domains=("lumbre.example",), ambassadors=("bluesky:ines",))
PRAISE = '[{"name":"praise","terms":["gracias"]}]'
TEMPLATE = "Gracias por escribirnos, lamentamos mucho las molestias y le contestaremos en breve"


def said(id_: str, day: int = 1, hour: float = 9, **fields: Any) -> dict[str, Any]:
    """A post so many days after the Monday of W47; `sketch` of its text where that is asked."""
    drawn = fields.pop("drawn", False)
    row = mention(id_, created_at=WEEK.since + day * DAY + hour * HOUR, **fields)
    return row | {"sketch": sketch(row["text"]) if drawn else None}


def own(id_: str, **fields: Any) -> dict[str, Any]:
    """An own post, or a reply to what `in_reply_to` names."""
    return said(f"bluesky:{id_}", author_id="did:own", voice="own", label="neutral", **fields)


def quoting(id_: str, of: str, **fields: Any) -> dict[str, Any]:
    """A post that quotes another."""
    return said(id_, kind="quote", detail=encode_detail(Detail(quoted_id=of)), **fields)


@pytest.fixture
def week(store: Store) -> Store:
    """A week in which others take up an own post, and people praise, ask and are answered."""
    answer: dict[str, Any] = {"kind": "reply", "drawn": True}
    with store.writing() as connection:
        add_version(connection, BRAND, who="t", why="", now=WEEK.since)
        put(
            connection,
            own("o1", cluster="c1"),
            quoting("bluesky:q1", "o1", label="negative"),
            quoting("bluesky:q2", "o1", label="positive", text_weight=100),  # spam by its text
            quoting("bluesky:q3", "elsewhere"),
            said("bluesky:c1", hour=10, cluster="c1", label="positive", weight=100),  # a copy counts little
            said("bluesky:c0", hour=8, cluster="c1"),  # before the own one
            said("bluesky:p1", day=2, intents=PRAISE, author_id="did:ana"),
            said("bluesky:p2", day=2, intents=PRAISE, author_id="did:bea"),
            said("bluesky:p3", day=2, intents=PRAISE, author_id="did:cris"),
            said("bluesky:p4", day=2, intents=PRAISE, author_id="did:dan", text_weight=100),
            said("bluesky:ines1", voice="ambassador", author_id="ines"),
            said("bluesky:ines2", voice="ambassador", author_id="ines"),
            own("a1", day=3, in_reply_to="p1", text=f"{TEMPLATE}, Ana", **answer),
            own("a2", day=4, in_reply_to="q1", text=f"{TEMPLATE}, Leo", **answer),
            own("a3", day=4, in_reply_to="c1", text="El martes abrimos a las nueve, y hay pan de centeno", **answer),
            own("a4", day=4, in_reply_to="o1", text="Sigue el hilo de lo que empezamos ayer por la tarde", **answer),
            own("a5", day=5, in_reply_to="q3", text="Sí.", kind="reply"),
        )
        link = {"brand": "lumbre", "url": "lumbre.example/x", "id": "bluesky:a2", "host": "lumbre.example"}
        connection.execute(link_mentions.insert(), link | {"created_at": WEEK.since + 4 * DAY})
        bea = AuthorFound("bluesky", "did:bea", "bea", ("lumbre",))
        thank(connection, bea, "lumbre", "", who="ana", now=WEEK.since + 5 * DAY)
    return store


def made(store: Store) -> Review:
    """The review of the week."""
    with store.reading() as connection:
        return build(gather(connection, "lumbre", WEEK))


def test_the_own_voice_is_counted_as_by_hand(week: Store) -> None:
    """Quotes and later copies without spam; answers to others; answers that repeat; praise answered or thanked."""
    with week.reading() as connection:
        found = msgspec.structs.asdict(own_voice(connection, BRAND, WEEK.since, WEEK.until))
        before = own_voice(connection, BRAND, WEEK.since - 7 * DAY, WEEK.since)
    assert found == {
        "ambassadors": 1, "quotes": 1, "copies": 1, "positive": 1, "neutral": 0, "negative": 1, "answers": 4,
        "unlinked": 3, "comparable": 3, "own_words": 2, "praise": 3, "thanked": 2,
    }  # fmt: skip
    assert set(msgspec.structs.asdict(before).values()) == {0}


def test_rules_5_6_12_and_16_are_measured_and_open(week: Store) -> None:
    """Each figure is a count of the week, its row says that it is measured, and `explain` has the same number."""
    review = made(week)
    values = {figure.name: figure.value for figure in figures_of(review)}
    expected = {
        "reused": 2, "answers_unlinked": 3 / 4, "praise_thanked": 2 / 3, "answers_own_words": 2 / 3,
        "ambassadors_active": 1,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert [review.scorecard[number - 1].state for number in (5, 6, 12, 16)] == ["measured"] * 4
    with week.reading() as connection:
        inputs = figure_receipt(connection, "review:lumbre/2026-W47/praise_thanked").inputs
    assert (inputs["value"], inputs["praise"], inputs["counted praise_thanked"]) == (values["praise_thanked"], 3, 3)


def test_where_nothing_is_seen_or_written_down_the_rows_say_so(store: Store) -> None:
    """Without an own post, domains, ambassadors, or a word of the team nothing of it is a zero."""
    with store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre"), who="t", why="", now=WEEK.since)
        row = said("bluesky:p1", intents=PRAISE)
        connection.execute(mentions.insert(), row)
    review = made(store)
    assert review.actions == ()
    for number in (2, 5, 6, 12, 13, 15, 16):
        row_of = review.scorecard[number - 1]
        assert (row_of.state, bool(row_of.note)) == ("not_measurable", True)


def test_minutes_until_an_alert_was_seen(store: Store) -> None:
    """From its opening to the first acknowledgement before the window's end; alerts found in old posts do not count."""
    opened = [WEEK.since + number * HOUR for number in (0, 30, 60)]
    with store.writing() as connection:
        for number, at in enumerate(opened):
            tick = int(at.timestamp()) // 60 - 1
            step = AlertStep(
                step="open", kind="negative_spike", brand="lumbre", opened_tick=tick, tick=tick, severity="warn",
                score=1.0, evidence={"mention": str(number)},
            )  # fmt: skip
            take_steps(connection, [step], channels=(), explanations={}, historic_before=opened[1], now=at)
        ids = [row.id for row in connection.exec_driver_sql("SELECT id FROM alerts ORDER BY opened_at")]
        for number, (id_, at) in enumerate([(ids[0], 5), (ids[1], 12), (ids[1], 40), (ids[2], 60 * 24 * 9)]):
            when: datetime = opened[ids.index(id_)] + at * timedelta(minutes=1)
            acknowledge(connection, id_, who="ana", event_id=f"e{number}", now=when)
        assert acknowledged(connection, "lumbre", WEEK.since, WEEK.until) == Acknowledged(2, (12.0,))
        assert acknowledged(connection, "lumbre", WEEK.until, WEEK.until + DAY) == Acknowledged()
