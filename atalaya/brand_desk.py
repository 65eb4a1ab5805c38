"""The brands as a running process sees them: read from the store, exchanged whole when they change."""

from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from mentions.brands import Brand, BrandVersion
from mentions.conversation import BrandMatcher
from processors.brand_book import BrandBook
from processors.store import brands
from processors.store.opening import Store

class BrandDesk:
    """Threads may share it; each gets a consistent pair of matcher and book."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._marker = brands.NEVER_SEEN
        self._current: tuple[BrandVersion, ...] = ()
        self._matcher, self._book = BrandMatcher([]), BrandBook()
        self.refresh()

    def seed(self, configured: Iterable[Brand], now: datetime) -> tuple[str, ...]:
        """Take brands of a configuration into the store; what was edited there since stays, unless the file changed.

        Returns:
            Brands that are still watched although an earlier configuration named them and this one does not.
        """
        with self._store.writing() as connection:
            seeded = brands.seed(connection, list(configured), now)
        self.refresh()
        return seeded.orphans

    def refresh(self) -> bool:
        """Look whether another version was made, here or in another process; whether there was one."""
        with self._store.reading() as connection:
            marker = brands.changed_since(connection, self._marker)
            if marker is None:
                return False
            versions = brands.all_versions(connection)
            current = brands.current(connection)
        matcher = BrandMatcher([(entry.brand, entry.version) for entry in current])
        with self._lock:
            self._marker, self._current = marker, tuple(current)
            self._matcher, self._book = matcher, BrandBook.of(versions)
        return True

    def matcher(self) -> BrandMatcher:
        """Matches by the versions that are current now."""
        with self._lock:
            return self._matcher

    def book(self) -> BrandBook:
        """Every version; looked up anew, for a hit may be newer than the last look."""
        self.refresh()
        with self._lock:
            return self._book

    def current(self) -> tuple[BrandVersion, ...]:
        """The versions that are current now, by name."""
        with self._lock:
            return self._current

    def names(self) -> list[str]:
        """Names of the current brands."""
        return [entry.brand.name for entry in self.current()]
