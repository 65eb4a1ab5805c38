"""Shows as gauges what costs the store more: authors, links, answers, what sources saw, its own size."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from atalaya.metrics import Metrics
from mentions import metric_names as names
from processors.store import slow_gauges
from processors.store.coverage import completeness
from processors.store.gauges import WINDOWS
from processors.store.opening import Store

EVERY = 15.0
"""Seconds between two offers to read; most are declined."""
PAUSE = 20.0
"""After a reading it rests for so many times what that took, a twentieth of a core, but no longer than below."""
LONGEST_PAUSE = 300.0


class SlowFigures:
    """Reads when it is told to and has rested; each brand in a transaction of its own, so that none lasts long.

    Args:
        delays: by source, how long its last good look holds.
        sources: whose completeness is shown; none: of all that were ever heard.
    """

    def __init__(
        self,
        store: Store,
        metrics: Metrics,
        brands: Callable[[], Iterable[str]],
        now: Callable[[], datetime],
        delays: Mapping[str, timedelta],
        sources: frozenset[str] = frozenset(),
    ) -> None:
        self._store, self._metrics, self._brands, self._now = store, metrics, brands, now
        self._delays, self._sources = delays, sources
        self._rests_until = -math.inf

    def read(self) -> None:
        """Read once, unless it still rests from the last time.

        Raises:
            StoreUnavailable: not now; the gauges keep what they last said.
        """
        started = time.monotonic()
        if started < self._rests_until:
            return
        now = self._now()
        with self._store.reading() as connection:
            self._whole(connection, now)
        for brand in tuple(self._brands()):
            with self._store.reading() as connection:
                self._of_brand(connection, brand, now)
        ended = time.monotonic()
        self._rests_until = ended + min(PAUSE * (ended - started), LONGEST_PAUSE)
        self._metrics.observe(names.STORE_SECONDS, ended - started, stage="people")

    def _whole(self, connection: Connection, now: datetime) -> None:
        put = self._metrics.set
        put(names.STORE_MENTIONS, slow_gauges.count_mentions(connection))
        put(names.STORE_BYTES, _known(slow_gauges.bytes_taken(connection, self._store)))
        for window, span in WINDOWS.items():
            for source, share in completeness(connection, now - span, now, self._delays).items():
                if not self._sources or source in self._sources:
                    put(names.SOURCE_COMPLETENESS, share, source=source, window=window)

    def _of_brand(self, connection: Connection, brand: str, now: datetime) -> None:
        put = self._metrics.set
        people = slow_gauges.count_people(connection, brand, now)
        put(names.EVANGELISTS, people.present, brand=brand)
        put(names.EVANGELISTS_LAPSED, people.lapsed, brand=brand)
        for window, count in slow_gauges.count_authors(connection, brand, now).items():
            put(names.AUTHORS, count, brand=brand, window=window)
        for window, count in slow_gauges.count_spam(connection, brand, now).items():
            put(names.SPAM_MENTIONS, count, brand=brand, window=window)
        for window, count in slow_gauges.count_pages(connection, brand, now).items():
            put(names.LINKED_PAGES, count, brand=brand, window=window)
        answers = slow_gauges.count_answers(connection, brand, now)
        put(names.QUESTIONS_WAITING, answers["7d"].waiting, brand=brand)
        for window, answered in answers.items():
            put(names.RESPONSE_SHARE, _known(answered.share), brand=brand, window=window)


def _known(value: float | None) -> float:
    return math.nan if value is None else value
