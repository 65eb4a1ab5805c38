"""A review of an invented world: each number equals plain SQL and its own receipt, on both databases."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.markdown import render
from dashboards.review.model import Review
from dashboards.review.opening import figure_receipt, figures_of
from dashboards.review.periods import named
from dashboards.review.publishing import publish, with_published
from mentions.brands import Brand
from mentions.clock import tick_of
from mentions.records import LABELS
from processors.detection.steps import AlertStep
from processors.store.alerting import take_steps
from processors.store.brands import add_version
from processors.store.opening import Store
from tests.playing import kept_store
from tests.reviews import HOSTILE
from tests.store_rows import heard, mention, put

WEEK = named("2026-W47", "Europe/Madrid")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUESTION = '[{"name":"question","terms":["?"]}]'


def world() -> list[dict[str, Any]]:
    """Five weeks of two brands: calm, then a bad week for lumbre; copies, spam, own answers, erased posts."""
    pick = random.Random(7)
    rows = []
    for number in range(900):
        at = WEEK.since - 28 * DAY + timedelta(seconds=pick.randrange(35 * 86_400))
        bad = at >= WEEK.since
        label = pick.choices(LABELS, (20, 30, 45, 5) if bad else (45, 35, 15, 5))[0]
        asked = pick.random() < 0.2
        rows.append(
            mention(
                f"bluesky:{number}",
                brand=pick.choice(["lumbre", "lumbre", "kolibri"]),
                author_id=f"did:{pick.randrange(400)}",
                label=label,
                lang=pick.choice(["es", "es", "en", "und"]),
                weight=pick.choice([1000, 1000, 1000, 300]),
                cluster=f"c{pick.randrange(20)}" if pick.random() < 0.1 else None,
                intents=QUESTION if asked else None,
                created_at=at,
                text=HOSTILE if number % 50 == 0 else f"El pan de Lumbre {'llega con retraso' if bad else 'es bueno'}",
                fold_tick=(at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1) + (number % 40 == 0),
                erased_at=at + HOUR if number % 60 == 1 else None,
            )
        )
        if asked and number % 3 == 0:
            rows.append(
                mention(
                    f"bluesky:own-{number}", brand=rows[-1]["brand"], voice="own", author_id="did:own", kind="reply",
                    in_reply_to=str(number), created_at=at + HOUR,
                )
            )  # fmt: skip
    return rows


def fill(store: Store) -> None:
    """Put the world into a store, heard without a gap."""
    with store.writing() as connection:
        lumbre = Brand(name="lumbre", query="lumbre", time_zone="Europe/Madrid", goals={"net_sentiment": 0.2})
        add_version(connection, lumbre, who="test", why="", now=WEEK.since)
        rival = Brand(name="kolibri", query="kolibri", role="competitor")
        add_version(connection, rival, who="test", why="", now=WEEK.since)
        rows = world()
        for start in range(0, len(rows), 300):
            put(connection, *rows[start : start + 300])
        heard(connection, [WEEK.since - 28 * DAY + number * DAY for number in range(36)])


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that holds the world, only to be read."""
    for store in kept_store(request, tmp_path_factory.mktemp("review")):
        fill(store)
        yield store


def made(store: Store) -> Review:
    """The review of the week."""
    with store.reading() as connection:
        return build(gather(connection, "lumbre", WEEK))


def ours(brand: str = "lumbre") -> list[dict[str, Any]]:
    """The world's mentions of a brand by the public in the week, as a plain reading has them."""
    return [
        row
        for row in world()
        if row["brand"] == brand
        and row["voice"] == "public"
        and not row["erased_at"]
        and WEEK.since <= row["created_at"] < WEEK.until
    ]


def test_each_number_equals_a_plain_count(filled: Store) -> None:
    """Volume, stories, authors, sentiment, voice, answers, spam, late, unjudged: as counted without any of our SQL."""
    review, rows = made(filled), ours()
    labels, n = Counter(row["label"] for row in rows), len(rows)
    stories = sum(row["cluster"] is None for row in rows) + len({row["cluster"] for row in rows} - {None})
    asked = {row["id"] for row in rows if row["intents"] and row["weight"] >= 500}
    answers = {
        f"bluesky:{row['in_reply_to']}"
        for row in world()
        if row["voice"] == "own" and row["brand"] == "lumbre" and row["created_at"] < WEEK.until
    }
    values = {figure.name: figure.value for figure in figures_of(review)}
    expected = {
        "mentions": n,
        "stories": stories,
        "authors": len({row["author_id"] for row in rows}),
        "net_sentiment": (labels["positive"] - labels["negative"]) / (labels["positive"] + labels["negative"]),
        "negative_share": labels["negative"] / n,
        "share_of_voice": n / (n + len(ours("kolibri"))),
        "response_share": len(asked & answers) / len(asked),
        "response_median": 1.0,
        "waiting": len(asked - answers),
        "spam_share": sum(row["weight"] < 500 for row in rows) / n,
        "copies": n - stories,
        "late": sum(int(row["id"].partition(":")[2]) % 40 == 0 for row in rows),
        "unjudged_share": labels["unjudged"] / n,
        "language_unknown": sum(row["lang"] == "und" for row in rows) / n,
        "kolibri/mentions": len(ours("kolibri")),
        "goals_reached": 0.0,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_each_number_equals_its_receipt(filled: Store) -> None:
    """`explain` of every figure has the review's number, and what it counts row by row makes that number."""
    review = made(filled)
    with filled.reading() as connection:
        for figure in {one.id: one for one in figures_of(review)}.values():
            if figure.name not in ("mentions", "net_sentiment", "spam_share", "late"):
                continue
            inputs = figure_receipt(connection, figure.id).inputs
            assert inputs["value"] == figure.value
            counted = {name.removeprefix("counted "): n for name, n in inputs.items() if name.startswith("counted ")}
            match figure.name:
                case "net_sentiment":
                    p, q = counted["positive"], counted["negative"]
                    assert figure.value == pytest.approx((p - q) / (p + q))
                case "spam_share":
                    assert figure.value == pytest.approx(counted["spam"] / counted["mentions"])
                case _:
                    assert figure.value == counted[figure.name]


def test_what_changed_is_said_and_noise_is_not(filled: Store) -> None:
    """A bad week leaves the band and is the headline; a usual week says that nothing changed."""
    review = made(filled)
    net = review.figure("net_sentiment")
    assert net.verdict == "fell"
    assert all(earlier.comparable for earlier in review.earlier)
    assert review.headline[0].of == (net.id,)
    assert "fell" in review.headline[0].text.en
    assert "bajó" in review.headline[0].text.es
    assert review.figure("mentions").verdict == "level"
    assert any(term.term.startswith("retraso") or "retraso" in term.term for term in review.terms_rising)
    assert len(review.headline) <= 5


def test_the_same_rows_give_the_same_bytes_and_hostile_texts_stay_texts(filled: Store) -> None:
    """JSON and Markdown in both languages are equal to the byte when made again; no markup of a stranger is left."""
    first, again = made(filled), made(filled)
    assert msgspec.json.encode(first) == msgspec.json.encode(again)
    for lang in ("en", "es"):
        page = render(first, lang)
        assert page == render(again, lang)
        assert not re.search(r"(?<!\\)[<>\[\]]", page)
        assert "\u202e" not in page


def test_a_day_says_how_much_of_it_was_heard(store: Store) -> None:
    """A day before the first heartbeat was not heard and is shaded: none of its mentions is no figure."""
    with store.writing() as connection:
        lumbre = Brand(name="lumbre", query="lumbre", time_zone="Europe/Madrid")
        add_version(connection, lumbre, who="test", why="", now=WEEK.since)
        heard(connection, [WEEK.since + number * HOUR for number in range(48, 169)])
    days = [day for day in made(store).series.days if day.in_period]
    assert [day.completeness for day in days] == [0, 0, 1, 1, 1, 1, 1]


def test_an_alert_is_told_as_it_was_at_its_worst(store: Store) -> None:
    """A board reads the 110 negatives of the peak, not the 12 of the opening or the 3 of the end."""
    fill(store)
    opened = tick_of(WEEK.since + DAY)
    steps = [
        AlertStep(
            step=step, kind="negative_spike", brand="lumbre", opened_tick=opened, tick=opened + minutes,
            severity="critical", score=float(negatives), evidence={"negatives": negatives, "expected_negatives": 5},
        )
        for minutes, step, negatives in ((0, "open", 12), (9, "escalate", 110), (90, "close", 3))
    ]  # fmt: skip
    now = WEEK.until
    with store.writing() as connection:
        take_steps(connection, steps, channels=(), explanations={}, historic_before=now, now=now)
    (alert,) = made(store).alerts
    assert alert.cause.en.startswith("110 negative posts in an hour; 5 expected.")
    assert alert.cause.es.startswith("110 publicaciones negativas en una hora; se esperaban 5.")


def test_an_empty_brand_has_a_review_too(store: Store) -> None:
    """Without a mention nothing is divided by nothing: figures are 0 or not shown, and all sixteen rules have rows."""
    with store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre"), who="test", why="", now=WEEK.since)
    review = made(store)
    assert review.figure("mentions").value == 0
    assert review.figure("net_sentiment").value is None
    assert [rule.number for rule in review.scorecard] == list(range(1, 17))
    assert render(review, "es")
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM mentions")).scalar() == 0


def test_a_published_review_stays_and_says_what_differs(store: Store) -> None:
    """Frozen once: later mentions and deletions change today's figures, never the published ones, and are named."""
    with store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre"), who="test", why="", now=WEEK.since)
        put(connection, *(mention(f"bluesky:{n}", created_at=WEEK.since + n * HOUR) for n in range(40)))
    first, at = made(store), WEEK.until + DAY
    with store.writing() as connection:
        assert publish(connection, first, who="ana", now=at)
        assert not publish(connection, first, who="leo", now=at + DAY)
        same = with_published(connection, first).published
        assert same is not None
        assert (same.who, same.differences, same.why) == ("ana", (), ())
        put(connection, mention("bluesky:late", created_at=WEEK.since + HOUR, stored_at=at + HOUR))
    today = made(store)
    with store.reading() as connection:
        seen = with_published(connection, today).published
    assert seen is not None
    (change,) = [one for one in seen.differences if one.id.endswith("/mentions")]
    assert (change.published, change.today) == (40, 41)
    assert "1" in seen.why[0].en
    assert "40 → 41" in render(msgspec.structs.replace(today, published=seen), "en")
