"""Workers of several partitions in one PostgreSQL at the same moment: real transactions that meet in the same rows."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Table, select

from mentions.errors import NotOurs, StoreUnavailable
from mentions.records import Author, Event
from processors.store import arrivals, schema
from processors.store.opening import Store, open_store
from processors.ticks import TimeRules
from tests.playing import (
    Player,
    ScoredPlayer,
    Workers,
    a_beat,
    a_mention,
    a_post,
    at,
    deletion,
    memory_store,
    wipe,
)
from tests.postgres import Server
from tests.tables import AFTER_DELETIONS, assert_equal, tables

pytestmark = pytest.mark.postgres
RULES = TimeRules(timedelta(seconds=30))
DEADLINE = 30.0
BLOCKED = 0.7
"""Seconds after which a transaction that needs milliseconds must be waiting for another one."""
ANA = Author("ana", handle="ana.example", name="Ana Ruiz")
BEA = Author("bea", handle="bea.example", name="Bea Soto")


@pytest.fixture(scope="module")
def kept(postgres: Server) -> Iterator[Store]:
    """A store on PostgreSQL, which every test finds empty."""
    address = postgres.new_database()
    with open_store(address) as store:
        yield store
    postgres.drop(address)


@pytest.fixture
def store(kept: Store) -> Store:
    """An empty store that knows the brands."""
    wipe(kept)
    return kept


@pytest.fixture
def workers(store: Store) -> Workers:
    """The workers of lumbre and of nubira, and one without a brand."""
    return Workers(store, RULES)


class Meeting:
    """Lets a worker do all its work and then wait, before it commits, until a second one is done or waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._done, self._go, self._first = threading.Event(), threading.Event(), threading.Event()
        self._held = 0
        last_step = arrivals.count_drops

        def count_drops(*args: Any) -> None:
            last_step(*args)
            if threading.get_ident() == self._held:
                self._done.set()
                assert self._go.wait(DEADLINE)

        monkeypatch.setattr(arrivals, "count_drops", count_drops)

    def of(self, first: Callable[[], object], second: Callable[[], object]) -> bool:
        """Run both; returns whether the second had to wait for the first."""

        def held() -> None:
            self._held = threading.get_ident()
            first()

        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(held)
            try:
                assert self._done.wait(DEADLINE), one.exception(0)
                other: Future[object] = threads.submit(second)
                waited = not _finished(other)
            finally:
                self._go.set()
            one.result(DEADLINE)
            other.result(DEADLINE)
        return waited


def _finished(future: "Future[object]") -> bool:
    try:
        future.exception(BLOCKED)
    except TimeoutError:
        return False
    return True


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Two transactions at once."""
    return Meeting(monkeypatch)


def rows(store: Store, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Those columns of a table, sorted."""
    with store.reading() as connection:
        return sorted((tuple(row) for row in connection.execute(select(*(table.c[c] for c in columns)))), key=str)


def answer(store: Store) -> Any:
    """The row of post 2, which answers post 1."""
    with store.reading() as connection:
        return connection.execute(select(schema.mentions).where(schema.mentions.c.id == "bluesky:2")).one()


@pytest.mark.parametrize("brands", [("lumbre", "nubira"), ("nubira", "lumbre")])
def test_an_author_whose_last_mentions_go_in_two_partitions_at_once_goes(
    store: Store, workers: Workers, meeting: Meeting, brands: tuple[str, str]
) -> None:
    """Of two that erase at once neither leaves an author behind for what the other one takes."""
    workers.put(a_mention(a_post("1", 10), "lumbre", "nubira"))
    workers.work_all()
    workers.put(deletion("1", 50))
    assert meeting.of(lambda: workers.work(brands[0]), lambda: workers.work(brands[1]))
    assert rows(store, schema.authors, "author_id") == []


def test_an_author_who_writes_while_being_erased_stays_with_what_is_left(
    store: Store, workers: Workers, meeting: Meeting
) -> None:
    """Whoever comes first, the erasure of an old post and the arrival of a new one: times are those of the new one."""
    for number, lumbre_first in enumerate((True, False)):
        old, new = f"{number}-old", f"{number}-new"
        author = f"ana{number}"
        workers.put(a_mention(a_post(old, 10, author=author), "lumbre"))
        workers.work_all()
        workers.put(a_mention(a_post(new, 20, author=author), "nubira"), deletion(old, 50))
        both = [lambda: workers.work("lumbre"), lambda: workers.work("nubira", size=1)]
        assert meeting.of(*(both if lumbre_first else reversed(both)))
        meeting._done.clear()
        meeting._go.clear()
        workers.work("nubira")
    found = rows(store, schema.authors, "author_id", "first_at", "last_at")
    assert found == [("ana0", at(20), at(20)), ("ana1", at(20), at(20))]


@pytest.mark.parametrize("answer_first", [True, False])
def test_an_answer_that_arrives_while_its_parent_is_erased(
    store: Store, workers: Workers, meeting: Meeting, answer_first: bool
) -> None:
    """An answer in another partition no longer points at its parent, whichever of the two commits first."""
    workers.put(a_mention(a_post("1", author=ANA), "lumbre"))
    workers.work_all()
    workers.put(a_mention(a_post("2", 10, "nubira @ana.example", author="cris", in_reply_to="1"), "nubira"))
    workers.put(deletion(author_id="ana", seconds=50))
    both = [lambda: workers.work("nubira", size=1), lambda: workers.work("lumbre")]
    assert meeting.of(*(both if answer_first else reversed(both)))
    assert answer(store).in_reply_to == store.erased_id("bluesky", "1")
    # of one that comes behind the erasure nobody knows any more what its addressee was called
    assert answer(store).text == ("nubira [erased]" if answer_first else "nubira @ana.example")


def test_two_names_that_go_out_of_one_answer_at_once(store: Store, workers: Workers, meeting: Meeting) -> None:
    """Two partitions that each take a name out of the same answer both succeed."""
    workers.put(a_mention(a_post("1", author=ANA), "lumbre"), a_mention(a_post("3", author=BEA), "nubira"))
    text = "lumbre @ana.example y @bea.example"
    workers.put(a_mention(a_post("2", 10, text, author="cris", in_reply_to="1", root_id="3"), "lumbre"))
    workers.work_all()
    workers.put(deletion("3", 50))
    workers.work("lumbre")  # so that nothing else than the name is left to be changed when nubira's turn comes
    workers.put(deletion("1", 50))
    assert meeting.of(lambda: workers.work("lumbre"), lambda: workers.work("nubira"))
    assert answer(store).text == "lumbre [erased] y [erased]"


# --- many at once ---


def a_busy_day(seed: int, posts: int = 260) -> list[Event]:
    """Few people who write much about two brands, answer each other, and delete posts and accounts."""
    chance = random.Random(seed)
    numbers, records, written = count(), [], []
    for second in range(0, 10 * posts, 10):
        parent = chance.choice(written)[0] if written and chance.random() < 0.4 else None
        author = f"a{chance.randrange(6)}"
        post = a_post(str(next(numbers)), second, f"lumbre {chance.choice(['bien', 'mal'])}", author=author)
        brands = chance.choice([("lumbre",), ("nubira",), ("lumbre", "nubira"), ("lumbre", "nubira")])
        if parent is not None:
            post = a_post(post.native_id, second, post.text, author=author, in_reply_to=parent)
        records.append(a_mention(post, *brands))
        written.append((post.native_id, author))
        if chance.random() < 0.2:
            records.append(deletion(chance.choice(written)[0], second + 1))
        if second % 600 == 590:
            records.append(a_beat(second - 60))
    gone = chance.sample(range(6), 2)
    for place, who in zip((0.6, 0.9), gone, strict=True):
        records.insert(int(place * len(records)), deletion(author_id=f"a{who}", seconds=10 * posts))
    return [*records, a_beat(20 * posts), a_beat(20 * posts + 5 * 3600)]


def keep_up(workers: Workers, player: ScoredPlayer, chance: random.Random) -> int:
    """Work a partition off in small batches as a worker does; returns how often it had to begin again."""
    again = 0
    while waiting := workers.waiting(player):
        try:
            player.offer(waiting[: chance.randint(1, 9)])
        except (StoreUnavailable, NotOurs):
            again += 1
            player.restart()
    return again


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_at_the_same_time_leave_the_tables_of_one(store: Store, seed: int) -> None:
    """Two workers on each of two busy partitions, all at once, same authors, deletions: equal tables, nothing twice."""
    records = a_busy_day(seed)
    workers = Workers(store, RULES)
    workers.put(*records)
    busy = [workers.of(brand).log for brand in ("lumbre", "nubira", "lumbre", "nubira")]
    idle = next(player for player in workers.players if player.log not in busy)
    players = [idle, *(ScoredPlayer(store, RULES, log) for log in busy)]
    with ThreadPoolExecutor(len(players)) as threads:
        jobs = [threads.submit(keep_up, workers, player, random.Random(seed + n)) for n, player in enumerate(players)]
        again = [job.result(300) for job in jobs]
    assert sum(again) > 0, "no two workers ever met"
    posts = [record.post for record in records if hasattr(record, "post")]
    with memory_store() as other:
        Player(other, RULES).play(*records)
        assert_equal(tables(store, posts, AFTER_DELETIONS), tables(other, posts, AFTER_DELETIONS))
