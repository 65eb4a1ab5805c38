"""However the same posts come, the tables are equal."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.store import schema
from processors.store.opening import Store, open_store
from tests.playing import CrashError, Player, a_beat, crashing, entries_of, memory_store, play, wipe
from tests.postgres import Server
from tests.strategies_world import RULES, World, crash_points, worlds
from tests.tables import AFTER_DELETIONS, EQUAL, EQUAL_WHEN_LATE, MAY_DIFFER, assert_equal, tables

Pair = tuple[Store, Store]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two stores in memory that every example empties first."""
    with memory_store() as one, memory_store() as other:
        yield one, other


@pytest.fixture(scope="module")
def mixed_pair(postgres: Server) -> Iterator[Pair]:
    """A store on PostgreSQL, and one in memory."""
    address = postgres.new_database()
    with open_store(address) as one, memory_store() as other:
        yield one, other
    postgres.drop(address)


def compare(pair: Pair, world: World, columns: dict[str, tuple[str, ...]]) -> None:
    """The first store, played as the test says, against the second, played in order and at once."""
    one, other = pair
    play(other, world.orderly, rules=RULES)
    assert_equal(tables(one, world.posts, columns), tables(other, world.posts, columns))


def play_delivered(pair: Pair, world: World) -> None:
    """Empty both stores and play what was delivered into the first."""
    for store in pair:
        wipe(store)
    play(pair[0], world.delivered, rules=RULES, sizes=world.sizes)


def test_every_column_is_compared_or_named_as_one_that_may_differ() -> None:
    """A new column of a compared table must be listed in `tests.tables`, so that nobody forgets it."""
    for name, compared in EQUAL.items():
        listed = {*compared, *MAY_DIFFER.get(name, ())}
        assert listed == set(schema.metadata.tables[name].columns.keys())


@settings(max_examples=60, deadline=None)
@given(world=worlds())
def test_order_duplicates_and_batches_change_nothing(pair: Pair, world: World) -> None:
    """The same posts in another order, some of them twice, cut into other batches, leave equal tables."""
    play_delivered(pair, world)
    compare(pair, world, EQUAL)


@settings(max_examples=60, deadline=None)
@given(world=worlds(deletions=3))
def test_a_deletion_anywhere_behind_its_mention_leaves_the_same(pair: Pair, world: World) -> None:
    """Whenever a deletion comes behind its mention, before or after folding, the tables are equal."""
    play_delivered(pair, world)
    compare(pair, world, AFTER_DELETIONS)


@settings(max_examples=60, deadline=None)
@given(world=worlds(deletions=3, deleted_first=True))
def test_a_deletion_before_its_mention_leaves_the_same(pair: Pair, world: World) -> None:
    """A mention that comes behind its own deletion is stored as if it had been erased later."""
    play_delivered(pair, world)
    compare(pair, world, AFTER_DELETIONS)


@settings(max_examples=60, deadline=None)
@given(world=worlds(deletions=2), crashes=crash_points, restarts=st.sets(st.integers(0, 12)))
def test_crashes_and_restarts_change_nothing(pair: Pair, world: World, crashes: list[int], restarts: set[int]) -> None:
    """A worker that dies at any statement, or is replaced between batches, leaves equal tables."""
    for store in pair:
        wipe(store)
    player = Player(pair[0], RULES)
    entries = entries_of(world.delivered)
    for number, size in enumerate((*world.sizes, len(entries))):
        batch = [entry for entry in entries if entry[0] > player.offset][:size]
        if not batch:
            break
        if number < len(crashes):
            try:
                with crashing(pair[0], crashes[number]):
                    player.offer(batch)
            except CrashError:
                player.restart()
        if number in restarts:
            player.restart()
        if player.offset < batch[-1][0]:
            player.offer(batch)
    left = [entry for entry in entries if entry[0] > player.offset]
    if left:
        player.offer(left)
    compare(pair, world, AFTER_DELETIONS)


@pytest.mark.postgres
@settings(max_examples=12, deadline=None)
@given(world=worlds(deletions=2, deleted_first=True))
def test_both_databases_hold_the_same(mixed_pair: Pair, world: World) -> None:
    """What PostgreSQL holds of a mixed-up log equals what SQLite holds of an orderly one."""
    play_delivered(mixed_pair, world)
    compare(mixed_pair, world, AFTER_DELETIONS)


@settings(max_examples=60, deadline=None)
@given(world=worlds(), late=st.integers(0, 3000), sizes=st.lists(st.integers(1, 6), max_size=12))
def test_what_came_too_late_is_counted_all_the_same(pair: Pair, world: World, late: int, sizes: list[int]) -> None:
    """Beyond the allowance a mention has another fold tick; its row, its author and raw counts are the same."""
    for store in pair:
        wipe(store)
    beat = a_beat(late)
    play(pair[0], [beat, *world.delivered], rules=RULES, sizes=sizes)
    compare(pair, world, EQUAL_WHEN_LATE)


@settings(max_examples=40, deadline=None)
@given(world=worlds(deletions=2), cuts=st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_records_that_are_delivered_again_change_nothing(pair: Pair, world: World, cuts: list[int]) -> None:
    """A log whose stretches are repeated, as a sender that crashed repeats them, leaves the tables of one without."""
    again = list(world.delivered)
    for cut in cuts:
        again += world.delivered[cut : cut + 10]
    for store in pair:
        wipe(store)
    play(pair[0], [*again, *world.orderly[-1:]], rules=RULES, sizes=world.sizes)
    compare(pair, world, AFTER_DELETIONS)
