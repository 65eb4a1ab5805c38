"""What a runtime over Kafka hands to a stage, and what a stage hands back. Knows no client."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct


class Chunk(Struct, frozen=True, gc=False):
    """Records of one partition with consecutive offsets; never empty.

    Attributes:
        values: as they stand in the log; empty bytes where there is none.
        keys: of each record, or None.
    """

    partition: int
    first: int
    values: tuple[bytes, ...]
    keys: tuple[bytes | None, ...]

    @property
    def last(self) -> int:
        """Offset of the last record."""
        return self.first + len(self.values) - 1

    def entries(self, after: int = -1) -> list[tuple[int, bytes]]:
        """(offset, payload) of the records behind offset `after`."""
        return [(offset, value) for offset, value in enumerate(self.values, self.first) if offset > after]

    def key(self, offset: int) -> bytes | None:
        """The key of one of the records."""
        return self.keys[offset - self.first]


Headers = tuple[tuple[str, bytes], ...]


class Outgoing(Struct, frozen=True, gc=False):
    """A record to be written."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: Headers = ()


Send = Callable[[Sequence[Outgoing]], Awaitable[None]]
"""Returns when the brokers have acknowledged every record.

Raises:
    BrokerUnavailable: not all were; sending all of them again is right.
"""


class Bounds(Struct, frozen=True, gc=False):
    """What a partition of the log holds, offsets in [begin, end), and where the group stands."""

    begin: int
    end: int
    committed: int | None = None


class Stage(Protocol):
    """One stage of the pipeline over Kafka. Its methods are called one at a time."""

    name: str

    async def process(self, chunk: Chunk, send: Send) -> None:
        """Process a chunk whole; until it returns, nothing of it may be acknowledged.

        Waits out what passes (a store or brokers that cannot be reached).

        Raises:
            AtalayaError: what no waiting mends; the worker stops, and nothing of the chunk is acknowledged.
        """
        ...

    async def positions(self, bounds: Mapping[int, Bounds]) -> dict[int, int]:
        """From which offset each newly assigned partition is to be read.

        Raises:
            LogTruncated: the log does not hold what comes next.
        """
        ...

    async def close(self) -> None:
        """Wait for what goes on beside the work; called once, when no chunk is in hand any more."""
        ...

    def waiting_for(self) -> str:
        """What cannot be reached just now, for a person; empty when nothing is waited for."""
        ...


def pieces(records: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Runs of at most `size` records with consecutive offsets."""
    start = 0
    for place in range(1, len(records) + 1):
        whole = place == len(records)
        if whole or place - start == size or records[place].offset != records[place - 1].offset + 1:
            yield records[start:place]
            start = place
