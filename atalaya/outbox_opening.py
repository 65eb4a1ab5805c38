"""Opening the outbox of a run, and whether it can know what was forwarded before its time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.outbox import Outbox
from mentions.settings import OutboxSettings

_FORWARD_ALL = "forward_all_deletions"


@contextmanager
def opened_outbox(settings: OutboxSettings, mentions_before: Callable[[], bool]) -> Iterator[Outbox]:
    """Open the configured outbox, bounded as configured; close it behind the block.

    Args:
        mentions_before: whether mentions were, or may have been, forwarded before a new outbox begins.
    """
    outbox = Outbox(Path(settings.path), max_rows=settings.max_rows, max_bytes=settings.max_megabytes * 2**20)
    try:
        if outbox.fact(_FORWARD_ALL) is None:  # it is new, or its first process ended before it could say
            outbox.set_fact(_FORWARD_ALL, "yes" if mentions_before() else "no")
        yield outbox
    finally:
        outbox.close()


def forwards_all_deletions(outbox: Outbox) -> bool:
    """Whether the outbox is younger than mentions that deletions may be of, and so has to forward every deletion."""
    return outbox.fact(_FORWARD_ALL) == "yes"
