"""However many partitions and workers share a store, the tables are those of one."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from processors.store.opening import Store, open_store
from tests.playing import (
    CrashError,
    ScoredPlayer,
    crashing,
    memory_store,
    play,
    scored_log,
    scored_partitions,
    wipe,
)
from tests.postgres import Server
from tests.strategies_world import RULES, World, worlds
from tests.tables import AFTER_DELETIONS, EQUAL, assert_equal, tables

Pair = tuple[Store, Store]


@dataclass(frozen=True)
class Turn:
    """One worker's turn.

    Attributes:
        crash: at which statement of its batch it dies; None: it lives. restart: whether another takes its place first.
    """

    partition: int
    size: int
    crash: int | None
    restart: bool


@dataclass(frozen=True)
class Plan:
    """How partitions are worked off.

    Attributes:
        again: where stretches of the raw log begin that SCORE sends a second time, as one that died does.
        last: the order of the partitions in which what is left is processed.
    """

    partitions: int
    raw_partitions: int
    turns: tuple[Turn, ...]
    again: tuple[int, ...]
    last: tuple[int, ...]


@st.composite
def plans(draw: DrawFn) -> Plan:
    """Any interleaving. The two brands of the worlds are in one partition of two or four, and in two of three."""
    partitions = draw(st.sampled_from([2, 3, 3, 3, 4]))
    turn = st.builds(
        Turn,
        partition=st.integers(0, partitions - 1),
        size=st.integers(1, 4),
        crash=st.none() | st.none() | st.integers(0, 30),
        restart=st.booleans(),
    )
    return Plan(
        partitions,
        draw(st.integers(1, 2)),
        tuple(draw(st.lists(turn, min_size=6, max_size=30))),
        tuple(draw(st.lists(st.integers(0, 30), max_size=1))),
        tuple(draw(st.permutations(range(partitions)))),
    )


def play_partitions(store: Store, world: World, plan: Plan) -> None:
    """Play a world through several workers."""
    again = [record for cut in plan.again for record in world.delivered[cut : cut + 8]]
    records = [*world.delivered, *again, *world.delivered[-1:]]
    entries = scored_log(records, plan.partitions, plan.raw_partitions)
    logs, players = scored_partitions(plan.partitions), dict[int, ScoredPlayer]()

    def worker(partition: int) -> ScoredPlayer:
        """A worker begins with its first turn, when others may be far ahead."""
        if partition not in players:
            players[partition] = ScoredPlayer(store, RULES, logs[partition])
        return players[partition]

    for turn in plan.turns:
        player = worker(turn.partition)
        if turn.restart:
            player.restart()
        batch = [entry for entry in entries[turn.partition] if entry[0] > player.offset][: turn.size]
        if not batch:
            continue
        if turn.crash is not None:
            try:
                with crashing(store, turn.crash):
                    player.offer(batch)
            except CrashError:
                player.restart()
        else:
            player.offer(batch)
    for number in plan.last:
        left = [entry for entry in entries[number] if entry[0] > worker(number).offset]
        if left:
            worker(number).offer(left)


def compare(pair: Pair, world: World, plan: Plan, columns: dict[str, tuple[str, ...]]) -> None:
    """The first store, played through partitions, against the second, played through one, in order and at once."""
    for store in pair:
        wipe(store)
    play_partitions(pair[0], world, plan)
    play(pair[1], world.orderly, rules=RULES)
    assert_equal(tables(pair[0], world.posts, columns), tables(pair[1], world.posts, columns))


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


@settings(max_examples=40, deadline=None)
@given(world=worlds(), plan=plans())
def test_partitions_leave_the_tables_of_one(pair: Pair, world: World, plan: Plan) -> None:
    """Whatever the number of partitions, the order of their batches, crashes, restarts and repeats: equal tables."""
    compare(pair, world, plan, EQUAL)


@settings(max_examples=60, deadline=None)
@given(world=worlds(deletions=3, deleted_first=True), plan=plans())
def test_deletions_in_partitions_leave_the_tables_of_one(pair: Pair, world: World, plan: Plan) -> None:
    """Every partition obeys a deletion in its own time, and what is left is what one partition leaves."""
    compare(pair, world, plan, AFTER_DELETIONS)


@pytest.mark.postgres
@settings(max_examples=12, deadline=None)
@given(world=worlds(deletions=3, deleted_first=True), plan=plans())
def test_partitions_on_both_databases_leave_the_same(mixed_pair: Pair, world: World, plan: Plan) -> None:
    """Several workers on PostgreSQL leave what one worker leaves on SQLite."""
    compare(mixed_pair, world, plan, AFTER_DELETIONS)
