"""Which outbox rows go where in the raw topic, and which may go now. Pure: no brokers, no outbox, no clock.

What one author writes stays in order: it has one key, hence one partition, and one producer keeps a partition's order.
What speaks about everything before it (a heartbeat, a deletion) goes only when everything before it is acknowledged.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from mentions.codec import KNOWN_TAGS, tag_of
from mentions.conversation import author_of_at_uri
from mentions.errors import CorruptRecord
from mentions.partitioning import author_key, partition_of

_Handle = TypeVar("_Handle")
MENTION, DELETION, HEARTBEAT = "mention.v1", "deletion.v1", "heartbeat.v1"
_AUTHOR_IN_ID = {"bluesky": author_of_at_uri}


class Row(Struct, frozen=True, gc=False):
    """An outbox row on its way.

    Attributes:
        kind: the record's tag. key: None when it belongs to no author.
        partitions: those that get a copy.
        waits: goes only when every earlier row is acknowledged.
        alone: besides, no later row goes before it is acknowledged.
    """

    offset: int
    payload: bytes
    kind: str
    key: bytes | None
    partitions: tuple[int, ...]
    waits: bool = False
    alone: bool = False

    @property
    def size(self) -> int:
        """Bytes that it takes while it is in flight, its copies included."""
        return len(self.payload) * len(self.partitions)


class _Author(Struct, gc=False):
    id: str


class _Post(Struct, gc=False):
    source: str
    native_id: str
    author: _Author


class Glimpse(Struct, gc=False):
    """The few fields of a record that say where it goes and whom it concerns; the rest is not decoded."""

    record: str
    source: str | None = None
    native_id: str | None = None
    author_id: str | None = None
    post: _Post | None = None


_decoder = msgspec.json.Decoder(Glimpse)


def glimpse(payload: bytes) -> Glimpse:
    """Read what is needed of a record.

    Raises:
        CorruptRecord: it is no JSON, has no kind, or one of these fields is of another type.
    """
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptRecord(str(error)) from error


def route(offset: int, payload: bytes, partitions: int, *, alone: bool = False) -> Row:
    """Where a row goes.

    A record of a kind that this build does not know goes with its author, if it names one as ours do, so that an
    outbox of a newer build is not stuck in an older one; otherwise to every partition.

    Raises:
        CorruptRecord: as `glimpse` says.
    """
    record = _glimpse_of_any(payload)
    key = _key(record)
    if key is None:
        return Row(offset, payload, record.record, None, tuple(range(partitions)), waits=True, alone=alone)
    waits = record.record != MENTION
    return Row(offset, payload, record.record, key.encode(), (partition_of(key, partitions),), waits, alone)


def _glimpse_of_any(payload: bytes) -> Glimpse:
    try:
        return glimpse(payload)
    except CorruptRecord:
        tag = tag_of(payload)
        if tag is None or tag in KNOWN_TAGS:
            raise
        return Glimpse(tag)


def _key(record: Glimpse) -> str | None:
    """The key of the author who wrote or deleted; None where nobody is named."""
    if record.post is not None:
        return author_key(record.post.source, record.post.author.id)
    if record.source is None or record.record == HEARTBEAT:
        return None
    author = record.author_id
    if author is None and record.native_id is not None and record.source in _AUTHOR_IN_ID:
        author = _AUTHOR_IN_ID[record.source](record.native_id)
    return None if author is None else author_key(record.source, author)


def deletes(deletion: Glimpse, record: Glimpse) -> bool:
    """Whether a deletion concerns a mention."""
    if deletion.record != DELETION or record.post is None or record.post.source != deletion.source:
        return False
    return deletion.native_id == record.post.native_id or deletion.author_id == record.post.author.id


class Window(Generic[_Handle]):
    """The rows between outbox and brokers, in the outbox's order.

    Args:
        after: the last offset that is acknowledged or gone.
        max_copies, max_bytes: what may be in flight; one row beyond them goes when nothing else does.
    """

    def __init__(self, after: int, *, max_copies: int, max_bytes: int) -> None:
        self.done_until = self.read_until = after
        self.copies = self.bytes = 0
        self._max_copies, self._max_bytes = max_copies, max_bytes
        self._waiting: deque[Row] = deque()
        self._flight: deque[tuple[Row, _Handle | None]] = deque()

    def offer(self, rows: Iterable[Row]) -> None:
        """Take the rows that follow those taken before."""
        for row in rows:
            self._waiting.append(row)
            self.read_until = row.offset

    @property
    def waiting(self) -> int:
        """Rows that were not sent yet."""
        return len(self._waiting)

    @property
    def is_flying(self) -> bool:
        """Whether something is in flight."""
        return bool(self._flight)

    def ready(self) -> Row | None:
        """The row that may be sent now; None while it must wait for acknowledgements, or for rows."""
        if not self._waiting:
            return None
        row = self._waiting[0]
        return row if not self._flight or self._may_follow(row) else None

    def _may_follow(self, row: Row) -> bool:
        return not (
            row.waits
            or row.alone
            or self._flight[-1][0].alone
            or self.copies + len(row.partitions) > self._max_copies
            or self.bytes + row.size > self._max_bytes
        )

    def sent(self, handle: _Handle | None) -> None:
        """The row that was `ready` is under way under this handle; None: it is done with, it will never be sent."""
        row = self._waiting.popleft()
        self._flight.append((row, handle))
        self.copies += len(row.partitions)
        self.bytes += row.size

    def settle(self, is_acknowledged: Callable[[_Handle], bool]) -> list[Row]:
        """Let go of the rows before the first that is not acknowledged; `done_until` is the last of them.

        Returns:
            Those that were sent, in order.
        """
        settled: list[Row] = []
        while self._flight:
            row, handle = self._flight[0]
            if handle is not None and not is_acknowledged(handle):
                break
            self._flight.popleft()
            self.copies -= len(row.partitions)
            self.bytes -= row.size
            self.done_until = row.offset
            if handle is not None:
                settled.append(row)
        return settled

    def flying(self) -> Iterator[tuple[Row, _Handle]]:
        """The rows in flight, in order."""
        yield from ((row, handle) for row, handle in self._flight if handle is not None)
