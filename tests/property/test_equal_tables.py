"""However the same posts come, the tables are equal."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.store import schema
from processors.store.opening import Store
from tests.playing import CrashError, Player, crashing, entries_of, memory_store, play, wipe
from tests.strategies_world import RULES, World, crash_points, worlds
from tests.tables import AFTER_DELETIONS, EQUAL, MAY_DIFFER, assert_equal, tables

Pair = tuple[Store, Store]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two stores in memory that every example empties first."""
    with memory_store() as one, memory_store() as other:
        yield one, other


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


@settings(max_examples=150, deadline=None)
@given(world=worlds())
def test_order_duplicates_and_batches_change_nothing(pair: Pair, world: World) -> None:
    """The same posts in another order, some of them twice, cut into other batches, leave equal tables."""
    play_delivered(pair, world)
    compare(pair, world, EQUAL)


@settings(max_examples=150, deadline=None)
@given(world=worlds(deletions=3))
def test_a_deletion_anywhere_behind_its_mention_leaves_the_same(pair: Pair, world: World) -> None:
    """Whenever a deletion comes behind its mention, before or after folding, the tables are equal."""
    play_delivered(pair, world)
    compare(pair, world, AFTER_DELETIONS)


@settings(max_examples=150, deadline=None)
@given(world=worlds(deletions=3, deleted_first=True))
def test_a_deletion_before_its_mention_leaves_the_same(pair: Pair, world: World) -> None:
    """A mention that comes behind its own deletion is stored as if it had been erased later."""
    play_delivered(pair, world)
    compare(pair, world, AFTER_DELETIONS)


@settings(max_examples=100, deadline=None)
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
