"""What every source promises. Errors are data: a reader yields drops and gaps, it does not raise on foreign input."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from mentions.clock import Clock
from mentions.drops import Drop
from mentions.records import Deletion, Gap, Post, SourceClass


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something received that is no post and no deletion. `detail` is for a person; it never quotes a post's text."""

    reason: Drop
    detail: str = ""


Item = Post | Deletion | Dropped

State = Literal["live", "catching_up", "connecting", "down", "done"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one step of reading brought, in the order received; possibly nothing at all.

    The worker commits `items` and `cursor` in one transaction; only then does the rest become true.

    Attributes:
        cursor: resume here once `items` are safe; opaque text of the source's own; None: as before.
        complete_until: all that the source received up to this instant is in this or an earlier `Fetched`;
            None: as before.
        holds: whether the watermark may wait for this shard (`mentions.records.Heartbeat`).
        gaps: stretches that the source knows it missed.
        state, detail: health, for `sources` and `doctor`; `detail` says what is wrong and never holds a secret.
    """

    items: tuple[Item, ...] = ()
    cursor: str | None = None
    complete_until: datetime | None = None
    holds: bool = False
    gaps: tuple[Gap, ...] = ()
    state: State = "live"
    detail: str = ""


class Source(Protocol):
    """One configured source. `name` is the record's `source` (`bluesky`), `shard` tells two of the same apart."""

    name: str
    shard: str
    source_class: SourceClass

    def read(self, cursor: str | None, clock: Clock) -> AsyncIterator[Fetched]:
        """Read from `cursor` (None: the first start) for ever, or to the end of a finite input.

        Yields at least every 5 s of the clock's time, also when nothing came or the network is down, so that the
        worker can speak a heartbeat. After `aclose()` nothing is left open. Delivery is at least once: the records
        after `cursor` may come again.
        """
        ...
