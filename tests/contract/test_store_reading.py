"""What reading stored mentions promises, on both databases."""

import random
import re
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, insert, text

from mentions.errors import UsageError
from mentions.records import Author, Engagement, Reason, Spam
from processors.store.detail import Detail, encode_detail
from processors.store.opening import Store
from processors.store.reading import (
    NOTHING_SHOWN,
    OVERLAP,
    Position,
    StoredMention,
    Wanted,
    arrived,
    find_mentions,
    list_mentions,
    newest_first,
)
from processors.store.schema import mention_work
from processors.store.stored_brands import stored_brands
from tests.store_rows import NOON, mention, person, put, put_people

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def keys(found: list[StoredMention]) -> list[tuple[str, str]]:
    """Return brand and id of each."""
    return [(entry.brand, entry.id) for entry in found]


def ids(store: Store, wanted: Wanted, **options: Any) -> list[str]:
    """List the ids of mentions in a transaction of its own."""
    with store.reading() as connection:
        return [entry.id for entry in list_mentions(connection, wanted, **options)]


def test_a_mention_is_read_with_all_that_is_known_of_it(store: Store) -> None:
    """Columns, details, the author's profile and the people's work come together in one record, times in UTC."""
    detail = Detail(
        p=(0.1, 0.2, 0.7),
        reasons=(Reason("rico", 1.5),),
        spam_score=0.25,
        spam_reasons=(Reason("caps", 0.25),),
        links=("https://lumbre.example/pan",),
        engagement=Engagement(likes=3),
        country="ES",
        rating=4.5,
        quoted_id="9",
        rules_version="r1",
        clock_skew=True,
    )
    row = mention(
        detail=encode_detail(detail),
        weight=250,
        title="Pan",
        url="https://x.example/1",
        fold_tick=mention()["fold_tick"] + 7,
        in_reply_to="5",
        root_id="4",
        voice="ambassador",
    )
    with store.writing() as connection:
        put(connection, row)
        put_people(connection, person())
        connection.execute(
            insert(mention_work),
            {
                "brand": "lumbre",
                "id": "bluesky:1",
                "status": "open",
                "tags": '["pan","queja"]',
                "priority": 1,
                "changed_at": NOON,
            },
        )
    with store.reading() as connection:
        (found,) = list_mentions(connection)
        assert find_mentions(connection, "bluesky:1") == [found]
    assert found.author == Author("did:ana", "ana.example", "Ana", 12)
    assert (found.p, found.reasons, found.spam) == (detail.p, detail.reasons, Spam(0.25, detail.spam_reasons))
    assert (found.links, found.engagement, found.country, found.rating) == (detail.links, detail.engagement, "ES", 4.5)
    assert (found.weight, found.late_by, found.erased, found.clock_skew) == (0.25, 7, False, True)
    assert (found.in_reply_to, found.root_id, found.quoted_id) == ("5", "4", "9")
    assert found.work is not None
    assert (found.work.status, found.work.tags, found.work.priority) == ("open", ("pan", "queja"), 1)
    plain = msgspec.json.decode(msgspec.json.encode(found))
    assert plain["created_at"] == "2026-11-16T12:00:00Z"
    assert plain["title"] == "Pan"


def test_an_erased_mention_is_listed_without_what_was_erased(store: Store) -> None:
    """An erased mention keeps its place in the list, says that it was erased, and has no text, author or links."""
    erased = mention("erased:0f", source="bluesky", author_id=None, text=None, erased_at=NOON + MINUTE)
    with store.writing() as connection:
        put(connection, erased, mention("bluesky:2", created_at=NOON - SECOND))
        put_people(connection, person())
    with store.reading() as connection:
        first, second = list_mentions(connection)
    assert (first.id, first.erased, first.text, first.author, first.links) == ("erased:0f", True, None, None, ())
    assert (second.id, second.erased) == ("bluesky:2", False)


def test_a_person_without_a_profile_is_still_named_by_id(store: Store) -> None:
    """A mention whose author has no profile row is read with the author's id alone."""
    with store.writing() as connection:
        put(connection, mention())
    with store.reading() as connection:
        assert list_mentions(connection)[0].author == Author("did:ana")
        assert list_mentions(connection)[0].work is None


def test_lists_are_newest_first_and_ties_have_an_order(store: Store) -> None:
    """Mentions come newest first; of the same moment by id, then brand, both downwards, whatever they look like."""
    rows = [
        mention(f"rss:{name}{at}", brand=brand, created_at=NOON + at * SECOND)
        for name in ("a", "B", "á", "Z", "10", "9")
        for brand in ("lumbre", "nubira")
        for at in (0, 1)
    ]
    random.Random(7).shuffle(rows)
    with store.writing() as connection:
        put(connection, *rows)
    expected = sorted(((row["created_at"], row["id"], row["brand"]) for row in rows), reverse=True)
    with store.reading() as connection:
        assert keys(list_mentions(connection)) == [(brand, id_) for _, id_, brand in expected]


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_together_are_the_whole_list(store: Store, size: int) -> None:
    """Going on from the last mention of each page gives every mention once, in order, also among equal times."""
    rows = [
        mention(f"rss:{name}", brand=brand, created_at=NOON + (number // 6) * SECOND)
        for number, name in enumerate(["a", "B", "á", "Z", "10", "9", "ñ", "_", "-", "z", "b", "A"])
        for brand in ("kolibri", "lumbre", "nubira")[: 1 + number % 3]
    ]
    with store.writing() as connection:
        put(connection, *rows)
    for brand in (None, "lumbre"):
        wanted = Wanted(brand=brand)
        with store.reading() as connection:
            whole, paged, after = list_mentions(connection, wanted), [], None
            while page := list_mentions(connection, wanted, limit=size, after=after):
                paged += page
                after = Position.read(Position.of(page[-1]).cursor())
                assert len(page) <= size
        assert paged == whole
        assert len(whole) == len([row for row in rows if brand in (None, row["brand"])])


@pytest.mark.parametrize("cursor", ["", "x~y~z", "2026-11-16T12:00:00Z~lumbre", "2026-11-16~lumbre~rss:1"])
def test_a_cursor_of_ones_own_making_is_refused(cursor: str) -> None:
    """A cursor that was not returned by a page is refused as wrong usage."""
    with pytest.raises(UsageError, match="give a cursor as it was returned"):
        Position.read(cursor)


def test_filters_narrow_a_list(store: Store) -> None:
    """Brand, source, label, language, voice and a half-open window of event time each narrow the list."""
    rows = [
        mention("rss:1", created_at=NOON),
        mention("rss:2", created_at=NOON + 1 * SECOND, label="negative"),
        mention("bluesky:3", created_at=NOON + 2 * SECOND, lang="en"),
        mention("bluesky:4", created_at=NOON + 3 * SECOND, voice="own"),
        mention("rss:5", created_at=NOON + 4 * SECOND, brand="nubira"),
    ]
    with store.writing() as connection:
        put(connection, *rows)
    assert ids(store, Wanted()) == ["rss:5", "bluesky:4", "bluesky:3", "rss:2", "rss:1"]
    assert ids(store, Wanted(brand="nubira")) == ["rss:5"]
    assert ids(store, Wanted(brand="lumbra")) == []
    assert ids(store, Wanted(source="rss")) == ["rss:5", "rss:2", "rss:1"]
    assert ids(store, Wanted(label="negative")) == ["rss:2"]
    assert ids(store, Wanted(lang="en")) == ["bluesky:3"]
    assert ids(store, Wanted(voice="own")) == ["bluesky:4"]
    assert ids(store, Wanted(since=NOON + SECOND, until=NOON + 3 * SECOND)) == ["bluesky:3", "rss:2"]
    assert ids(store, Wanted(source="rss", brand="lumbre"), limit=1) == ["rss:2"]
    assert ids(store, Wanted(), limit=0) == []


def test_one_id_is_found_for_each_brand_that_it_mentions(store: Store) -> None:
    """A post about two brands is found by its id for both, or for the one that is asked for."""
    with store.writing() as connection:
        put(connection, mention(), mention(brand="nubira"), mention("bluesky:2"))
    with store.reading() as connection:
        assert keys(find_mentions(connection, "bluesky:1")) == [("lumbre", "bluesky:1"), ("nubira", "bluesky:1")]
        assert keys(find_mentions(connection, "bluesky:1", "nubira")) == [("nubira", "bluesky:1")]
        assert find_mentions(connection, "bluesky:9") == []


def test_brands_are_found_without_configuration(store: Store) -> None:
    """The brands of stored mentions are named in order, none of them twice; an empty store has none."""
    with store.reading() as connection:
        assert stored_brands(connection) == []
    with store.writing() as connection:
        put(
            connection,
            *(mention(f"rss:{n}", brand=brand) for n in range(3) for brand in ("nubira", "kolibri", "lumbre")),
        )
    with store.reading() as connection:
        assert stored_brands(connection) == ["kolibri", "lumbre", "nubira"]


def test_a_live_list_shows_everything_once_oldest_first(store: Store) -> None:
    """Each call brings what was stored since the last one, in order of arrival, and nothing twice."""
    with store.reading() as connection:
        assert arrived(connection, NOTHING_SHOWN) == ([], NOTHING_SHOWN)
    shown, seen = NOTHING_SHOWN, []
    for number in range(40):
        with store.writing() as connection:
            # Two at the same moment, written in another order than they were stored.
            times = {"created_at": NOON - number * MINUTE, "stored_at": NOON + 3 * number * SECOND}
            put(connection, *(mention(f"rss:{number}", brand=brand, **times) for brand in ("lumbre", "nubira")))
        if number % 3 == 0:
            with store.reading() as connection:
                fresh, shown = arrived(connection, shown)
                seen += fresh
                assert len(shown.keys) <= 2 * (OVERLAP / (3 * SECOND) + 1)
    assert keys(seen) == [(brand, f"rss:{n}") for n in range(40) for brand in ("lumbre", "nubira")]


def test_a_live_list_shows_what_was_committed_out_of_order(store: Store) -> None:
    """A mention that a slower writer named earlier and committed later is still shown, within the overlap."""
    with store.writing() as connection:
        put(connection, mention("rss:1", stored_at=NOON + OVERLAP))
    with store.reading() as connection:
        _, shown = arrived(connection, NOTHING_SHOWN)
    with store.writing() as connection:
        put(connection, mention("rss:2", stored_at=NOON, created_at=NOON + 5 * MINUTE))
        put(connection, mention("rss:3", stored_at=NOON - SECOND, created_at=NOON + 10 * MINUTE))
    with store.reading() as connection:
        fresh, shown = arrived(connection, shown)
        assert keys(fresh) == [("lumbre", "rss:2")]
        assert arrived(connection, shown) == ([], shown)


def test_a_live_list_begins_with_the_newest_and_skips_what_nobody_could_read(store: Store) -> None:
    """The first call, and one after a flood, bring the newest `limit` only; the rest does not come later."""
    rows = [mention(f"rss:{number:02}", stored_at=NOON + number * SECOND) for number in range(30)]
    with store.writing() as connection:
        put(connection, *rows[:10])
    with store.reading() as connection:
        first, shown = arrived(connection, NOTHING_SHOWN, limit=3)
    assert [entry.id for entry in first] == ["rss:07", "rss:08", "rss:09"]
    with store.writing() as connection:
        put(connection, *(row | {"lang": "en"} for row in rows[10:]))
    with store.reading() as connection:
        second, shown = arrived(connection, shown, limit=3)
        assert [entry.id for entry in second] == ["rss:27", "rss:28", "rss:29"]
        assert arrived(connection, shown) == ([], shown)


def plan(store: Store, wanted: Wanted, after: Position | None) -> str:
    """Return what the database says of how it would execute the main list."""
    prefix = "EXPLAIN QUERY PLAN " if store.dialect == "sqlite" else "EXPLAIN "
    with store.reading() as connection:

        @event.listens_for(connection, "before_cursor_execute", retval=True)
        def explain(_c: object, _u: object, statement: str, values: object, *_: object) -> tuple[str, object]:
            return prefix + statement, values

        cursor = connection.execute(newest_first("lumbre", wanted, after).limit(100)).cursor
        assert cursor is not None
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("after", [None, Position(NOON + 3000 * SECOND, "rss:500", "lumbre")])
def test_a_list_walks_an_index_from_its_newest_mention_on(store: Store, after: Position | None) -> None:
    """However many mentions there are, a page reads an index of brand and time in order and sorts only equal times."""
    rows = (mention(f"rss:{n}", brand=("lumbre", "nubira")[n % 2], created_at=NOON + n * SECOND) for n in range(4000))
    with store.writing() as connection:
        put(connection, *rows)
        connection.execute(text("ANALYZE"))
    said = plan(store, Wanted(since=NOON - SECOND), after)
    if store.dialect == "sqlite":
        assert "SEARCH mentions USING INDEX ix_mentions_brand_created_at (brand=? AND created_at>" in said
        assert re.search("USE TEMP B-TREE FOR (RIGHT PART|LAST TERM) OF ORDER BY", said)
        assert said.count("SCAN") == 0
    else:
        assert "Index Scan Backward using ix_mentions_brand_created_at" in said
        assert "Presorted Key: mentions.created_at" in said
        assert "Seq Scan on mentions" not in said
