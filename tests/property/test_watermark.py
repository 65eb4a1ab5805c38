"""Order, repeats and grouping of heartbeats do not matter, and the watermark never falls."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from mentions.records import Heartbeat, Watermark
from processors.watermark import STALE, ShardClock, ShardKey, heard, watermark
from tests.playing import a_beat, at

_moments = st.integers(0, 400)
beats: st.SearchStrategy[Heartbeat] = st.builds(
    lambda shard, when, complete, holds, kind: a_beat(
        when,
        shard=shard,
        seq=0,
        complete_until=None if complete is None else at(complete),
        holds=holds,
        source_class=kind,
    ),
    st.sampled_from(["a", "b", "c"]),
    _moments,
    st.none() | _moments,
    st.booleans(),
    st.sampled_from(["stream", "poll"]),
)
marks: st.SearchStrategy[Watermark] = st.builds(
    lambda partition, spoken: Watermark(partition, 2, tuple(spoken)), st.integers(0, 1), st.lists(beats, max_size=4)
)
Clocks = dict[ShardKey, ShardClock]


def after(heartbeats: list[Watermark]) -> Clocks:
    """The clocks after hearing marks one by one."""
    clocks: Clocks = {}
    for mark in heartbeats:
        clocks |= heard(clocks, [mark])
    return clocks


@given(st.lists(marks, max_size=8), st.data())
def test_order_repeats_and_grouping_do_not_matter(spoken: list[Watermark], data: st.DataObject) -> None:
    """Heartbeats in any order, some of them again, one by one or in one batch, leave the same clocks."""
    again = data.draw(st.lists(st.sampled_from(spoken), max_size=4)) if spoken else []
    shuffled = data.draw(st.permutations([*spoken, *again]))
    assert after(spoken) == after(shuffled) == heard({}, shuffled)


@given(st.lists(marks, max_size=8))
def test_it_never_falls(spoken: list[Watermark]) -> None:
    """However the clocks change, each watermark is at least the one before."""
    clocks: Clocks = {}
    last: datetime | None = None
    for mark in spoken:
        clocks |= heard(clocks, [mark])
        new = watermark(clocks, last)
        assert last is None or (new is not None and new >= last)
        last = new


@given(st.lists(marks, min_size=1, max_size=8))
def test_it_is_the_formula(spoken: list[Watermark]) -> None:
    """It equals the words of the design, written down a second time and without cleverness."""
    clocks = after(spoken)
    lowest = []
    for partition in (0, 1):
        shards = [clock for (of, _), clock in clocks.items() if of == partition]
        newest = max((shard.at for shard in shards), default=None)
        streams = [s for s in shards if s.source_class == "stream" and s.holds and s.complete_until]
        fresh = [s.complete_until for s in streams if newest is not None and newest - s.at < STALE]
        polls = [s.complete_until for s in shards if s.source_class == "poll" and s.complete_until]
        lowest.append(min(fresh) if fresh else max(polls) if polls else None)  # type: ignore[type-var]
    known = [mark for mark in lowest if mark is not None]
    assert watermark(clocks, None) == (min(known) if len(known) == 2 else None)
