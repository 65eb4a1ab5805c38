"""When a feed is due, what of an answer is new, and how feeds stand together; without a network."""

from datetime import datetime, timedelta

import pytest

from ingest.sources.base import Dropped
from ingest.sources.rss import polls
from ingest.sources.rss.documents import read_document
from ingest.sources.rss.polls import Feed
from mentions.drops import Drop
from mentions.errors import CorruptRecord
from mentions.records import Post
from tests.clocks import MORNING
from tests.servers.feed import item, rss

URL = "https://prensa.example/rss"
QUARTER = timedelta(minutes=15)


def at(minutes: float) -> datetime:
    """So many minutes after nine."""
    return MORNING + timedelta(minutes=minutes)


def good(
    feed: Feed, *items: str, started: datetime = MORNING, more: str = "", **headers: str
) -> tuple[Feed, list[str]]:
    """A feed answered with these items; the titles of what is new."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    feed, new = polls.answered(feed, 200, given, read_document(rss(*items, more=more), URL, started), started)
    return feed, [one.title or "" for one in new if isinstance(one, Post)]


def test_a_feed_is_due_at_once_and_then_by_its_interval() -> None:
    """A feed never asked is due now; afterwards an interval after its last poll began."""
    feed, _ = good(Feed(), item("uno", "1"))
    assert polls.due_at(Feed(), QUARTER) is None
    assert polls.due_at(feed, QUARTER) == at(15)


def test_each_item_is_new_once() -> None:
    """What was given before is not given again, also not when it changes, moves, or is there twice."""
    feed, first = good(Feed(), item("dos", "2"), item("uno", "1"), item("uno otra vez", "1"))
    feed, second = good(feed, item("tres", "3"), item("uno cambiado", "1"), item("dos", "2"))

    assert first == ["dos", "uno"]
    assert second == ["tres"]


def test_an_item_that_comes_and_goes_is_not_new() -> None:
    """A feed that answers from two caches in turn brings nothing twice."""
    feed, _ = good(Feed(), item("uno", "1"), item("dos", "2"))
    feed, _ = good(feed, item("dos", "2"))
    assert good(feed, item("dos", "2"), item("uno", "1"))[1] == []


def test_what_is_remembered_is_bounded() -> None:
    """A feed that changes for ever does not grow the cursor for ever."""
    feed = Feed()
    for number in range(polls.REMEMBERED + 50):
        feed, _ = good(feed, item("t", str(number)))
    assert len(feed.known) == polls.REMEMBERED + 1


def test_a_dropped_item_is_counted_once() -> None:
    """An item without words is a drop at the first poll only."""
    document = read_document(rss(item("", "1")), URL, MORNING)
    feed, first = polls.answered(Feed(), 200, {}, document, MORNING)
    assert first == (Dropped(Drop.NO_TEXT),)
    assert polls.answered(feed, 200, {}, document, MORNING)[1] == ()


def test_validators_are_sent_back_as_they_were() -> None:
    """ETag and Last-Modified of the last good answer become conditions; 304 changes neither and is a good poll."""
    feed, _ = good(Feed(), etag='W/"7"', last_modified="Mon, 16 Nov 2026 08:00:00 GMT")
    expected = {"if-none-match": 'W/"7"', "if-modified-since": "Mon, 16 Nov 2026 08:00:00 GMT"}
    assert polls.conditions(Feed()) == {}
    assert polls.conditions(feed) == expected

    again, new = polls.answered(feed, 304, {}, None, at(15))
    assert (polls.conditions(again), again.good, new) == (expected, at(15), ())


def test_a_validator_that_cannot_be_sent_is_not_kept() -> None:
    """A header with foreign bytes is forgotten instead of breaking the next request."""
    assert polls.conditions(good(Feed(), etag='"é"')[0]) == {}


@pytest.mark.parametrize(("minutes", "expected"), [(60, 60), (5, 15), (99999, 24 * 60)])
def test_a_publisher_may_ask_for_patience(minutes: int, expected: int) -> None:
    """`ttl` makes the interval longer, never shorter, and at most a day."""
    feed, _ = good(Feed(), more=f"<ttl>{minutes}</ttl>")
    assert polls.due_at(feed, QUARTER) == at(expected)


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("7200", 120),
        ("60", 15),
        ("Mon, 16 Nov 2026 11:00:00 GMT", 120),
        ("Mon, 16 Nov 2020 11:00:00 GMT", 15),
        ("9" * 5000, 24 * 60),
        ("soon", 15),
        ("", 15),
    ],
)
def test_retry_after_is_honoured(value: str, minutes: int) -> None:
    """Seconds or a date, never less than the interval and never more than a day; anything else is ignored."""
    feed, _ = polls.answered(Feed(), 429, {"retry-after": value}, None, MORNING)
    assert polls.due_at(feed, QUARTER) == at(minutes)


def test_a_failing_feed_is_asked_ever_more_rarely() -> None:
    """The pause doubles with each failure up to four hours; one success ends that."""
    feed, pauses = Feed(), []
    for _ in range(7):
        feed, _ = polls.answered(feed, 503, {}, None, MORNING)
        due = polls.due_at(feed, QUARTER)
        assert due is not None
        pauses.append((due - MORNING) / QUARTER)
    assert pauses == [1, 2, 4, 8, 16, 16, 16]

    feed, _ = good(feed)
    assert polls.due_at(feed, QUARTER) == at(15)


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 404, 429, 500, 503])
def test_any_other_status_is_a_failure(status: int) -> None:
    """It is no good poll, and the trouble names the status."""
    feed, new = polls.answered(Feed(good=MORNING), status, {}, None, at(15))
    assert (feed.good, feed.trouble, new) == (MORNING, f"HTTP {status}", ())


def test_a_page_in_place_of_a_feed_is_a_failure() -> None:
    """A login page with status 200 is counted, is no good poll, and leaves what is remembered alone."""
    feed, _ = good(Feed(), item("uno", "1"), etag='"1"')
    page = read_document(b"<html><body>Hola</body></html>", URL, at(15))
    after, new = polls.answered(feed, 200, {"etag": '"2"'}, page, at(15))

    assert [type(one) for one in new] == [Dropped]
    assert (after.good, after.etag, after.known) == (MORNING, '"1"', feed.known)


def test_a_feed_that_is_gone_is_not_asked_again() -> None:
    """410 is final until the next start: a feed list is edited by people, and a host can be wrong."""
    feed, _ = polls.answered(good(Feed())[0], 410, {}, None, at(15))
    (again,) = polls.load(polls.dump({URL: feed})).values()
    assert (feed.gone, again.gone) == (True, False)


def test_the_whole_is_complete_up_to_its_oldest_part() -> None:
    """Completeness is the start of the oldest last good poll; nothing is complete before every feed was read once."""
    feeds = {"a": Feed(good=at(0)), "b": Feed(good=at(10))}
    assert polls.complete_until(feeds, at(20)) == at(0)
    assert polls.complete_until(feeds | {"c": Feed()}, at(20)) is None
    assert polls.complete_until({}, at(20)) is None


def test_a_feed_given_up_does_not_hold_the_others_back() -> None:
    """A feed that is gone, or has failed for a day, no longer counts; until then it does."""
    failing = Feed(good=at(0), failing_since=at(15))
    feeds = {"a": failing, "b": Feed(good=at(2000)), "c": Feed(good=at(5), gone=True)}
    assert polls.complete_until(feeds, at(15) + polls.GIVEN_UP - timedelta(seconds=1)) == at(0)
    assert polls.complete_until(feeds, at(15) + polls.GIVEN_UP) == at(2000)


def test_health_names_what_is_wrong_and_no_secret() -> None:
    """Some feeds failing is said; all failing is `down`; addresses, which may hold tokens, are not shown."""
    fine, bad = Feed(good=MORNING), Feed(trouble="prensa.example: HTTP 503")
    url = "https://user:pass@prensa.example/rss?token=secreto"

    assert polls.health({"a": Feed()}) == ("connecting", "")
    assert polls.health({"a": fine}) == ("live", "")
    assert polls.health({"a": fine, url: bad}) == ("live", "feed 2 (prensa.example): HTTP 503")
    assert polls.health({url: bad}) == ("down", "feed 1 (prensa.example): HTTP 503")
    assert polls.health({str(n): bad for n in range(5)})[1].endswith("; and 2 more")


def test_the_cursor_survives_a_restart() -> None:
    """What politeness and 'once' need is kept: validators, the last poll, the publisher's wish, identities."""
    feed, _ = good(Feed(), item("uno", "1"), etag='"1"', last_modified="x", more="<ttl>60</ttl>")
    assert polls.load(polls.dump({URL: feed})) == {URL: feed}
    assert polls.load(None) == {}


@pytest.mark.parametrize("text", ["", "{}", '{"feeds":[]}', '{"feeds":{"a":{"ids":5}}}'])
def test_a_cursor_that_we_cannot_have_written_stops_us(text: str) -> None:
    """Starting afresh on a damaged cursor would give every item again, so it is an error that names the source."""
    with pytest.raises(CorruptRecord, match="cursor of rss"):
        polls.load(text)
