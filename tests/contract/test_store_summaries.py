"""What summaries, the funnel and the sources' figures promise, on both databases."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import insert

from mentions.brands import Brand
from mentions.records import LABELS, Gap
from processors.store.brands import add_version
from processors.store.coverage import SourceRow, sources
from processors.store.funnel import FunnelRow, funnel
from processors.store.opening import Store
from processors.store.schema import drops
from processors.store.summaries import BrandSummary, span, summary, tally
from tests.store_rows import NOON, every, heard, mention, put

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = (MONDAY, MONDAY + 7 * DAY)


def summed(
    store: Store, since: datetime = WEEK[0], until: datetime = WEEK[1], **options: Any
) -> dict[str, BrandSummary]:
    """Sum up in a transaction of its own, by brand."""
    with store.reading() as connection:
        return {entry.brand: entry for entry in summary(connection, since, until, **options).brands}


def invented(count: int, seed: int, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Return mentions of every source, language, voice, label, weight and moment of a window."""
    pick = random.Random(seed)
    rows = []
    for number in range(count):
        erased = pick.random() < 0.1
        rows.append(
            mention(
                f"{pick.choice(['bluesky', 'rss'])}:{number}",
                brand=pick.choice(["lumbre", "nubira"]),
                lang=pick.choice(["es", "en", "und"]),
                voice=pick.choice(["public", "public", "public", "own", "ambassador"]),
                label=pick.choice(LABELS),
                weight=pick.randrange(0, 1001),
                erased_at=MONDAY if erased else None,
                created_at=since + timedelta(microseconds=pick.randrange((until - since) // timedelta.resolution)),
            )
        )
    return rows


def test_a_window_is_counted_exactly_whatever_its_edges(store: Store) -> None:
    """Any window counts just the mentions whose event time lies in it, also inside a bucket, erased ones left out."""
    rows = invented(300, 3, MONDAY, MONDAY + HOUR)
    with store.writing() as connection:
        put(connection, *rows)
    pick = random.Random(5)
    moments = [row["created_at"] for row in rows]
    edges = [*moments[:20], *every(5 * MINUTE, MONDAY, MONDAY + HOUR), *every(MINUTE, MONDAY, MONDAY + 5 * MINUTE)]
    with store.reading() as connection:
        for since, until in (sorted(pick.choices(edges, k=2)) for _ in range(40)):
            expected: Counter[tuple[str, ...]] = Counter()
            weights: Counter[tuple[str, ...]] = Counter()
            for row in rows:
                if row["brand"] == "lumbre" and not row["erased_at"] and since <= row["created_at"] < until:
                    key = (row["source"], row["lang"], row["voice"], row["label"])
                    expected[key] += 1
                    weights[key] += row["weight"]
            found = tally(connection, "lumbre", since, until)
            assert {
                (*part, label): n for part, count in found.items() for label in LABELS if (n := getattr(count, label))
            } == expected
            total: dict[tuple[str, ...], int] = {
                (*part, label): getattr(count, f"w_{label}") for part, count in found.items() for label in LABELS
            }
            assert {key: total[key] for key in weights} == weights


def test_a_summary_counts_the_publics_voice_and_the_others_apart(store: Store) -> None:
    """Volume and sentiment are the public's; the brand's own posts and its ambassadors' are counted beside."""
    with store.writing() as connection:
        put(
            connection,
            mention("rss:1", label="positive"),
            mention("rss:2", label="negative", weight=250),
            mention("rss:3", label="positive"),
            mention("rss:4", label="unjudged"),
            mention("rss:5", voice="own"),
            mention("rss:6", voice="ambassador"),
            mention("rss:7", voice="ambassador"),
            mention("rss:8", brand="nubira"),
        )
    found = summed(store)["lumbre"]
    assert (found.mentions, found.positive, found.neutral, found.negative, found.unjudged) == (4, 2, 0, 1, 1)
    assert found.net_sentiment == pytest.approx(1 / 3)
    assert (found.n, found.shown, found.unjudged_share) == (3, False, 0.25)
    assert found.weighted.net_sentiment == pytest.approx(1.75 / 2.25)
    assert (found.own, found.ambassador) == (1, 2)


def test_parts_of_a_summary_add_up(store: Store) -> None:
    """Sources, languages and days each add up to the brand's figures, and the largest comes first."""
    with store.writing() as connection:
        put(connection, *invented(300, 11, MONDAY - 2 * DAY, MONDAY + 8 * DAY))
    for found in summed(store, MONDAY + 7 * MINUTE, MONDAY + 6 * DAY).values():
        for parts in (found.by_source, found.by_language, found.by_day):
            for name in ("mentions", *LABELS):
                assert sum(getattr(part, name) for part in parts) == getattr(found, name)
            assert sum(part.weighted.mentions for part in parts) == pytest.approx(found.weighted.mentions)
        for ordered in (found.by_source, found.by_language):
            volumes = [part.mentions for part in ordered]
            assert volumes == sorted(volumes, reverse=True)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/Los_Angeles", "UTC"])
def test_days_are_those_of_the_brand(store: Store, zone: str) -> None:
    """A mention belongs to the day of the brand's time zone, also where that is off by three quarters of an hour."""
    times = [NOON + number * 47 * MINUTE for number in range(150)]
    with store.writing() as connection:
        add_version(connection, Brand(name="lumbre", query="lumbre", time_zone=zone), who="ana", why="", now=NOON)
        put(connection, *(mention(f"rss:{number}", created_at=at) for number, at in enumerate(times)))
    found = summed(store, MONDAY + 3 * HOUR)["lumbre"]
    expected = Counter(at.astimezone(ZoneInfo(zone)).date() for at in times)
    assert {part.day: part.mentions for part in found.by_day if part.mentions} == expected
    assert found.time_zone == zone
    assert found.by_day[0].partial
    days = [part.day for part in found.by_day]
    assert days == [days[0] + number * DAY for number in range(len(days))]


def test_one_time_zone_can_be_asked_for_all_brands(store: Store) -> None:
    """A time zone that is asked for takes the place of the brand's own."""
    with store.writing() as connection:
        put(connection, mention("rss:1", created_at=MONDAY + HOUR))
    found = summed(store, time_zone="America/New_York")["lumbre"]
    assert [part.day for part in found.by_day if part.mentions] == [date(2026, 11, 15)]


def test_brands_are_those_that_are_watched_or_have_mentions(store: Store) -> None:
    """Unless brands are chosen, each one that is watched or has mentions is summed up, by name."""
    with store.writing() as connection:
        add_version(connection, Brand(name="kolibri", query="kolibri", role="sector"), who="ana", why="", now=NOON)
        put(connection, mention("rss:1", brand="nubira"), mention("rss:2"))
    assert [*summed(store)] == ["kolibri", "lumbre", "nubira"]
    assert (summed(store)["kolibri"].mentions, summed(store)["kolibri"].role) == (0, "sector")
    assert [*summed(store, brands=["nubira", "unknown"])] == ["nubira", "unknown"]


def test_the_period_before_is_as_long_and_ends_where_the_window_begins(store: Store) -> None:
    """The period before ends at the window's start, has its length, or begins where it is said to."""
    with store.writing() as connection:
        put(
            connection,
            mention("rss:1", created_at=MONDAY),
            mention("rss:2", created_at=MONDAY - timedelta.resolution, label="negative"),
            mention("rss:3", created_at=MONDAY - 7 * DAY),
            mention("rss:4", created_at=MONDAY - 7 * DAY - timedelta.resolution),
        )
    found = summed(store)["lumbre"]
    assert (found.mentions, found.previous.mentions, found.previous.negative) == (1, 2, 1)
    assert (found.previous.since, found.previous.until) == (MONDAY - 7 * DAY, MONDAY)
    longer = summed(store, previous_since=MONDAY - 7 * DAY - HOUR)["lumbre"]
    assert longer.previous.mentions == 3


def test_an_empty_store_has_an_empty_summary(store: Store) -> None:
    """Without brands there is nothing to sum up, and no window that holds every mention."""
    assert summed(store) == {}
    with store.reading() as connection:
        assert span(connection) is None


def test_the_span_holds_every_mention(store: Store) -> None:
    """The span of a store is the smallest window of whole buckets with all its mentions."""
    with store.writing() as connection:
        put(
            connection,
            mention("rss:1", created_at=MONDAY + 7 * MINUTE),
            mention("rss:2", brand="nubira", created_at=MONDAY + HOUR),
        )
    with store.reading() as connection:
        assert span(connection) == (MONDAY + 5 * MINUTE, MONDAY + HOUR + 5 * MINUTE)
        assert span(connection, ["lumbre"]) == (MONDAY + 5 * MINUTE, MONDAY + 10 * MINUTE)


def test_a_summary_is_one_json_document(store: Store) -> None:
    """A summary has the keys that the command line promises, days as dates and times in UTC."""
    with store.writing() as connection:
        put(connection, mention("rss:1"))
    with store.reading() as connection:
        plain = msgspec.json.decode(msgspec.json.encode(summary(connection, *WEEK)))
    assert plain["since"] == "2026-11-16T00:00:00Z"
    (brand,) = plain["brands"]
    keys = {"brand", "mentions", "positive", "neutral", "negative", "unjudged", "net_sentiment", "weighted", "previous"}
    assert keys | {"by_source", "by_language", "by_day"} <= brand.keys()
    assert brand["by_day"][0]["day"] == "2026-11-16"


def rows_of(store: Store, since: datetime = WEEK[0], until: datetime = WEEK[1], **options: Any) -> list[SourceRow]:
    """Read the sources in a transaction of its own."""
    with store.reading() as connection:
        return sources(connection, since, until, **options)


def test_a_source_says_what_it_counted_in_a_window(store: Store) -> None:
    """Counts of the heartbeats in the half-open window add up; the last heartbeat is told whenever it was."""
    beats = every(HOUR, MONDAY - HOUR, MONDAY + 8 * DAY)
    with store.writing() as connection:
        heard(connection, beats, seen=10, matched=2, deletions=1, dropped={"unmatched": 6, "no_text": 1})
    (row,) = rows_of(store)
    assert (row.source, row.shard, row.source_class, row.holds) == ("bluesky", "main", "stream", True)
    assert (row.seen, row.matched, row.deletions) == (168 * 10, 168 * 2, 168)
    assert row.dropped == {"no_text": 168, "unmatched": 168 * 6}
    assert (row.last_at, row.complete_until, row.completeness, row.gaps) == (beats[-1], beats[-1], 1.0, ())
    assert msgspec.json.decode(msgspec.json.encode(row))["class"] == "stream"


def test_gaps_and_what_is_still_to_come_make_a_source_incomplete(store: Store) -> None:
    """Gaps inside the window, the time before the first heartbeat and that behind `complete_until` were not seen."""
    gaps = (Gap(MONDAY - DAY, MONDAY + DAY, "cursor too old"), Gap(MONDAY - 3 * DAY, MONDAY - 2 * DAY, "old"))
    with store.writing() as connection:
        heard(connection, [MONDAY - 4 * DAY, MONDAY + 5 * DAY], seen=1, gaps=gaps)
        heard(connection, [MONDAY + 6 * DAY, MONDAY + 8 * DAY], source="file", outbox_id="new", seen=1)
    bluesky, file = rows_of(store)
    assert bluesky.gaps == (Gap(MONDAY - DAY, MONDAY + DAY, "cursor too old"),)
    assert bluesky.completeness == pytest.approx(4 / 7)
    assert file.completeness == pytest.approx(1 / 7)


def test_a_poll_holds_for_its_delay(store: Store) -> None:
    """A poll source is complete when its last good poll lies within its delay of the window's end, and not later."""
    with store.writing() as connection:
        heard(
            connection,
            [MONDAY, MONDAY + 7 * DAY],
            source="rss",
            source_class="poll",
            complete_until=MONDAY + 6 * DAY,
            seen=1,
        )
    assert rows_of(store, max_delay={"rss": DAY})[0].completeness == 1.0
    assert rows_of(store, max_delay={"rss": 12 * HOUR})[0].completeness == pytest.approx(6.5 / 7)


def test_a_new_outbox_goes_on_where_the_old_one_stood(store: Store) -> None:
    """A source that got a new outbox has one row, in which the time between the two counts as not seen."""
    with store.writing() as connection:
        heard(connection, [MONDAY, MONDAY + 2 * DAY], outbox_id="old", seen=5)
        heard(connection, [MONDAY + 3 * DAY, MONDAY + 7 * DAY], outbox_id="new", seen=7)
    (row,) = rows_of(store)
    assert (row.seen, row.last_at) == (5 + 5 + 7, MONDAY + 7 * DAY)
    assert row.completeness == pytest.approx(6 / 7)


def test_a_summary_says_how_much_was_seen(store: Store) -> None:
    """Each source carries its completeness, and a brand that of its sources, each by what it brought."""
    with store.writing() as connection:
        heard(connection, [MONDAY - 8 * DAY, MONDAY + 7 * DAY], seen=1)
        heard(connection, [MONDAY - 8 * DAY, MONDAY + 3.5 * DAY], source="rss", outbox_id="b", seen=1)
        put(connection, *(mention(f"bluesky:{n}") for n in range(3)), mention("rss:1"))
    found = summed(store)["lumbre"]
    assert {part.source: part.completeness for part in found.by_source} == {"bluesky": 1.0, "rss": 0.5}
    assert found.completeness == pytest.approx((3 * 1.0 + 0.5) / 4)
    assert found.previous.completeness == 1.0


def test_periods_that_saw_different_things_are_not_compared(store: Store) -> None:
    """Periods with other sources, or with too much missing, are marked as not comparable, with the reason."""
    with store.writing() as connection:
        heard(connection, [MONDAY - 8 * DAY, MONDAY + 7 * DAY], seen=1)
        put(connection, mention("bluesky:1"))
    assert summed(store)["lumbre"].previous.comparable
    with store.writing() as connection:
        heard(connection, [MONDAY + DAY, MONDAY + 7 * DAY], source="rss", outbox_id="b", seen=1)
    assert summed(store)["lumbre"].previous.why_not == "only one of the two periods has rss"
    late = summed(store, MONDAY + 2 * DAY, MONDAY + 12 * DAY)["lumbre"].previous
    assert (late.comparable, late.why_not) == (False, "only 50% of a period was seen")


def ways(store: Store, **options: Any) -> dict[tuple[str, str], FunnelRow]:
    """Read the funnel in a transaction of its own, by brand and source."""
    with store.reading() as connection:
        return {(row.brand, row.source): row for row in funnel(connection, *WEEK, **options)}


def test_the_funnel_follows_posts_from_the_source_to_the_store(store: Store) -> None:
    """Per brand and source it tells what was seen, dropped and why, matched, dropped later, erased and stored."""
    with store.writing() as connection:
        heard(
            connection, every(DAY, *WEEK), seen=100, matched=5, deletions=2,
            hits={"lumbre": 4, "nubira": 1}, dropped={"unmatched": 93},
        )  # fmt: skip
        put(
            connection,
            *(mention(f"bluesky:{number}", weight=500) for number in range(4)),
            mention("bluesky:own", voice="own"),
            mention("erased:1", source="bluesky", label=None, weight=None, erased_at=NOON),
            mention("bluesky:old", created_at=MONDAY - DAY),
        )
        rows = [("lumbre", "bluesky", "duplicate", 9), ("", "", "corrupt", 2)]
        names = ("brand", "source", "reason", "count")
        connection.execute(insert(drops), [dict(zip(names, row, strict=True)) for row in rows])
    found = ways(store)
    assert found["lumbre", "bluesky"] == FunnelRow(
        brand="lumbre",
        source="bluesky",
        seen=700,
        deletions=14,
        dropped={"unmatched": 651},
        matched=28,
        dropped_later={"duplicate": 9},
        erased=1,
        stored=5,
        weighted=3.0,
    )
    assert found["", ""].dropped_later == {"corrupt": 2}
    assert set(found) == {("lumbre", "bluesky"), ("", "")}
    assert set(ways(store, brands=["nubira"], source="bluesky")) == {("nubira", "bluesky")}
    assert ways(store, brands=["nubira"])["nubira", "bluesky"].matched == 7


def test_a_brand_that_gets_nothing_still_has_its_funnel(store: Store) -> None:
    """A watched brand without any mention has a row for each source that was heard: that is what the funnel is for."""
    with store.writing() as connection:
        add_version(connection, Brand(name="kolibri", query="kolibri"), who="ana", why="", now=NOON)
        heard(connection, [MONDAY, MONDAY + HOUR], seen=50, dropped={"unmatched": 50})
        heard(connection, [MONDAY, MONDAY + HOUR], source="rss", outbox_id="b", seen=3, dropped={"unmatched": 3})
    found = ways(store)
    assert set(found) == {("kolibri", "bluesky"), ("kolibri", "rss")}
    row = found["kolibri", "bluesky"]
    assert (row.seen, row.matched, row.stored, row.dropped) == (100, 0, 0, {"unmatched": 100})
