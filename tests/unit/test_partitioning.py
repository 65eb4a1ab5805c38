from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas

from mentions.partitioning import author_key, murmur2, partition_of


@given(data=st.binary(max_size=70))
def test_the_hash_is_kafkas(data: bytes) -> None:
    """Every key has the hash that Kafka's own default partitioner gives it."""
    assert murmur2(data) & 0x7FFFFFFF == kafkas(data) & 0x7FFFFFFF


@given(key=st.text(max_size=30), partitions=st.integers(1, 64))
def test_a_key_has_one_partition(key: str, partitions: int) -> None:
    """It is the same whenever it is asked, and one of those that there are."""
    found = partition_of(key, partitions)

    assert 0 <= found < partitions
    assert found == partition_of(key, partitions) == (kafkas(key.encode()) & 0x7FFFFFFF) % partitions


def test_authors_of_two_sources_are_two() -> None:
    """The key of an author tells sources apart."""
    assert author_key("bluesky", "ana") != author_key("mastodon", "ana")
