from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from mentions.drops import Drop
from processors.runtime.chunks import Chunk, pieces
from processors.runtime.dead_letters import dead_letter
from processors.scored_batch import DeadLetter

CHUNK = Chunk(2, 40, (b"a", b"", b"c"), (b"ka", None, b"kc"))


def test_a_chunk_knows_its_offsets() -> None:
    """Its records have consecutive offsets; those behind an offset can be asked for."""
    assert CHUNK.last == 42
    assert CHUNK.entries() == [(40, b"a"), (41, b""), (42, b"c")]
    assert CHUNK.entries(after=40) == [(41, b""), (42, b"c")]
    assert CHUNK.entries(after=42) == []
    assert (CHUNK.key(40), CHUNK.key(41)) == (b"ka", None)


@given(offsets=st.sets(st.integers(0, 60)), size=st.integers(1, 7))
def test_pieces_are_consecutive_and_lose_nothing(offsets: set[int], size: int) -> None:
    """Records are cut into runs of consecutive offsets, none longer than asked for, in order, none left out."""
    records = [SimpleNamespace(offset=offset) for offset in sorted(offsets)]

    found = [[record.offset for record in piece] for piece in pieces(records, size)]

    assert [offset for piece in found for offset in piece] == sorted(offsets)
    for piece in found:
        assert 1 <= len(piece) <= size
        assert piece == list(range(piece[0], piece[0] + len(piece)))


def test_a_dead_letter_is_the_record_with_its_coordinates() -> None:
    """Key and payload are those of the record; the headers say why, from where, and by which stage."""
    letter = DeadLetter(42, Drop.CORRUPT, b"c")

    record = dead_letter(letter, CHUNK, read_from="mentions.raw.v1", write_to="mentions.dlq.v1", stage="score")

    assert (record.topic, record.key, record.value) == ("mentions.dlq.v1", b"kc", b"c")
    assert dict(record.headers) == {
        "record": b"dead",
        "reason": b"corrupt",
        "topic": b"mentions.raw.v1",
        "partition": b"2",
        "offset": b"42",
        "stage": b"score",
    }
