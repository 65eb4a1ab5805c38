"""Which partition a key belongs to: Kafka's own default, so that every client agrees. Pure.

Stage WATCH must know it without asking a broker: a partition acts only on its own brands.
"""

from functools import lru_cache

_M, _MASK = 0x5BD1E995, 0xFFFFFFFF
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """Hash as Kafka's default partitioner does: 32-bit MurmurHash2 with Kafka's seed (org.apache.kafka Utils.murmur2).

    Returns:
        0..2**32 - 1.
    """
    length = len(data)
    value = (_SEED ^ length) & _MASK
    whole = length & ~3
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        word ^= word >> 24
        value = (value * _M & _MASK) ^ (word * _M & _MASK)
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _MASK
    value ^= value >> 13
    value = value * _M & _MASK
    return value ^ (value >> 15)


@lru_cache(maxsize=65_536)
def partition_of(key: str, partitions: int) -> int:
    """The partition, 0..`partitions` - 1, that records with this key (in UTF-8) are in."""
    return (murmur2(key.encode(errors="surrogatepass")) & 0x7FFFFFFF) % partitions


def author_key(source: str, author_id: str) -> str:
    """Key of raw records: what one author writes stays in order."""
    return f"{source}:{author_id}"
