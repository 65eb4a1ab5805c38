import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.codec import encode
from mentions.drops import Drop
from mentions.records import Watermark
from processors.scored_batch import DeadLetter, read_scored
from processors.scoring import score
from processors.store.progress import LogPartition
from tests.playing import BOOK, JUDGES, NOW, a_beat, a_mention, a_post, deletion, entries_of

SCORED = score(entries_of([a_mention(a_post("1"), "lumbre", "nubira"), a_beat(5)]), BOOK, JUDGES, NOW)
LUMBRE, NUBIRA = SCORED.mentions
MARK = Watermark(2, 6, tuple(SCORED.heartbeats))


def test_records_of_the_scored_log_are_sorted_by_kind() -> None:
    """Mentions, deletions and watermarks come apart in order; offsets are those of the records read, gaps and all."""
    gone = deletion("1", 5)
    entries = [(7, encode(LUMBRE)), (9, encode(gone)), (10, encode(MARK)), (14, encode(NUBIRA))]
    batch = read_scored(entries)
    assert (batch.first_offset, batch.last_offset, batch.entries) == (7, 14, entries)
    assert (batch.mentions, batch.deletions, batch.watermarks, batch.dead) == ([LUMBRE, NUBIRA], [gone], [MARK], [])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\x00 no json", Drop.CORRUPT),
        (b"", Drop.CORRUPT),
        (b'{"record":"scored.v1","brand":"lumbre"}', Drop.CORRUPT),
        (b'{"record":"scored.v2","brand":"lumbre"}', Drop.UNKNOWN_RECORD),
        (encode(a_mention(a_post("1"))), Drop.UNKNOWN_RECORD),
        (encode(a_beat(5)), Drop.UNKNOWN_RECORD),
    ],
)
def test_what_cannot_be_used_is_a_dead_letter_and_the_next_record_is_fine(payload: bytes, reason: Drop) -> None:
    """A record that is corrupt, of an unknown kind, or out of place is kept as it was; what is behind it is read."""
    batch = read_scored(entries_of([payload, LUMBRE]))
    assert batch.dead == [DeadLetter(1, reason, payload)]
    assert batch.mentions == [LUMBRE]


@given(st.binary(max_size=200))
def test_no_bytes_stop_a_batch(payload: bytes) -> None:
    """Whatever stands in the log, the record behind it is read."""
    assert read_scored(entries_of([payload, LUMBRE])).mentions[-1:] == [LUMBRE]


def test_a_mention_in_another_brands_partition_is_a_dead_letter() -> None:
    """Who writes with another partitioner than ours is told so, and disturbs no other partition."""
    homes = [[name for name in ("lumbre", "nubira") if LogPartition("x", "t", p, 7).owns(name)] for p in range(7)]
    assert sorted(name for names in homes for name in names) == ["lumbre", "nubira"]
    mine = next(LogPartition("x", "t", p, 7) for p in range(7) if homes[p] == ["lumbre"])
    batch = read_scored(entries_of([LUMBRE, NUBIRA]), mine.owns)
    assert batch.mentions == [LUMBRE]
    assert batch.dead == [DeadLetter(2, Drop.CORRUPT, encode(NUBIRA))]


def test_the_embedded_runtime_hands_over_what_a_scored_log_would_carry() -> None:
    """SCORE's result as a batch equals what is read back from a log that its records were written to."""
    handed = SCORED.batch()
    read = read_scored(entries_of([*SCORED.mentions, *SCORED.marks()]))
    assert (handed.mentions, handed.watermarks) == (read.mentions, read.watermarks)
    assert (handed.first_offset, handed.last_offset) == (1, 2)
