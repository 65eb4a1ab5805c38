from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.drops import Drop
from mentions.errors import NotOurs, StoreUnavailable
from processors.report import BatchReport
from processors.runtime.isolating import process_isolating, told
from processors.scored_batch import DeadLetter, Entries, ScoredBatch


def read(entries: Entries) -> ScoredBatch:
    """A batch of nothing but its entries."""
    return ScoredBatch(entries[0][0], entries[-1][0], entries=entries)


def entries(count: int, first: int = 1) -> list[tuple[int, bytes]]:
    """Records whose payload is their offset."""
    return [(offset, str(offset).encode()) for offset in range(first, first + count)]


class Fragile:
    """Fails on some payloads, as long as they are no dead letters."""

    def __init__(self, poison: Sequence[int]) -> None:
        self._poison = {str(offset).encode() for offset in poison}
        self.committed: list[int] = []
        self.dead: list[DeadLetter] = []
        self.calls = 0

    def process(self, batch: ScoredBatch) -> BatchReport:
        """Commit all or nothing, in order."""
        self.calls += 1
        buried = {letter.offset for letter in batch.dead}
        if any(payload in self._poison and offset not in buried for offset, payload in batch.entries):
            raise ZeroDivisionError
        self.committed += [offset for offset, _ in batch.entries]
        self.dead += batch.dead
        return BatchReport(last_offset=batch.last_offset)


@given(count=st.integers(1, 60), data=st.data())
def test_only_what_fails_is_buried_and_everything_in_order(count: int, data: st.DataObject) -> None:
    """Whatever records fail, each of them becomes one dead letter, and all are committed once, in order."""
    poison = sorted(data.draw(st.sets(st.integers(1, count), max_size=4)))
    fragile = Fragile(poison)
    reports = list(process_isolating(fragile.process, read(entries(count)), read))
    assert fragile.committed == list(range(1, count + 1))
    assert fragile.dead == [DeadLetter(offset, Drop.FAILED, str(offset).encode()) for offset in poison]
    assert [report.last_offset for report in reports][-1:] == [count]
    assert len(reports) <= 1 + len(poison) * (count.bit_length() + 1)


def test_one_bad_record_costs_few_attempts() -> None:
    """Of five hundred records one that fails is found in about two attempts for each halving."""
    fragile = Fragile([317])
    list(process_isolating(fragile.process, read(entries(500)), read))
    assert fragile.calls <= 2 * 9 + 4


def test_a_record_that_fails_once_by_itself_is_not_buried() -> None:
    """Alone, a record is tried again before it is buried."""
    fragile, failures = Fragile([]), iter([True, True, True])

    def process(batch: ScoredBatch) -> BatchReport:
        if len(batch.entries) > 1 or next(failures, False):
            raise ZeroDivisionError
        return fragile.process(batch)

    list(process_isolating(process, read(entries(2)), read))
    assert (fragile.committed, [letter.offset for letter in fragile.dead]) == ([1, 2], [1])


@pytest.mark.parametrize("error", [StoreUnavailable("away"), NotOurs("another one")])
def test_what_says_nothing_of_a_record_buries_none(error: Exception) -> None:
    """A store that is away, or another worker, ends it at once; what was committed is told before."""
    fragile = Fragile([3])

    def process(batch: ScoredBatch) -> BatchReport:
        if fragile.calls == 3:
            raise error
        return fragile.process(batch)

    parts = process_isolating(process, read(entries(8)), read)
    with pytest.raises(type(error)):
        list(parts)
    assert fragile.dead == []


def test_who_cannot_even_bury_is_told_so() -> None:
    """A failure that has nothing to do with any record is raised, and nothing is buried without a trace."""

    def process(batch: ScoredBatch) -> BatchReport:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(process_isolating(process, read(entries(4)), read))


def test_a_batch_without_entries_cannot_be_taken_apart() -> None:
    """It is said so, with the failure itself as the cause."""

    def process(batch: ScoredBatch) -> BatchReport:
        raise ZeroDivisionError

    with pytest.raises(ValueError, match="without its entries") as caught:
        list(process_isolating(process, ScoredBatch(1, 1), read))
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_failure_is_told_without_its_words() -> None:
    """Kind and place of a failure are logged; its message may quote what somebody wrote."""
    try:
        raise KeyError("what ana wrote")
    except KeyError as error:
        found = told(error)
    assert found["failure"] == "KeyError"
    assert found["place"].startswith("test_isolating.py:")
    assert "ana" not in str(found)
