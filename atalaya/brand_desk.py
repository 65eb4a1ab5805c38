"""The brands as a running process sees them: read from the store, exchanged whole when they change."""

from collections.abc import Iterable
from datetime import datetime
from threading import Lock

from atalaya import account_ids
from mentions.brands import Brand, BrandVersion
from mentions.conversation import BrandMatcher, author_of_at_uri
from processors.brand_book import BrandBook
from processors.store import brands
from processors.store.opening import Store


class BrandDesk:
    """Threads may share it; each gets a consistent pair of matcher and book."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, Lock()
        self._marker = brands.NEVER_SEEN
        self._ids = account_ids.load(store)
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
            versions, current = brands.all_versions(connection), brands.current(connection)
        self._take(marker, versions, current)
        return True

    def learn(self, ids: dict[str, str]) -> None:
        """Take the networks' ids of accounts that brands give by handle, and keep them."""
        if not ids:
            return
        account_ids.save(self._store, ids)
        self._ids = self._ids | ids
        self._marker = brands.NEVER_SEEN  # matcher and book are made anew
        self.refresh()

    def unresolved(self) -> list[str]:
        """Accounts that are given by handle and whose id is not known yet."""
        return account_ids.unresolved((entry.brand for entry in self.current()), self._ids)

    def _take(self, marker: str, versions: list[BrandVersion], current: list[BrandVersion]) -> None:
        matcher = BrandMatcher(
            [(entry.brand, entry.version) for entry in current], {"bluesky": author_of_at_uri}, self._ids
        )
        with self._lock:
            self._marker, self._current = marker, tuple(current)
            self._matcher, self._book = matcher, BrandBook.of(versions, self._ids)

    def matcher(self) -> BrandMatcher:
        """Matches by the versions that are current now."""
        with self._lock:
            return self._matcher

    def book(self) -> BrandBook:
        """Every version, as of the last look."""
        with self._lock:
            return self._book

    def newer_book(self) -> BrandBook:
        """Every version, after another look: a hit may be newer than the last one."""
        self.refresh()
        return self.book()

    def current(self) -> tuple[BrandVersion, ...]:
        """The versions that are current now, by name."""
        with self._lock:
            return self._current

    def names(self) -> list[str]:
        """Names of the current brands."""
        return [entry.brand.name for entry in self.current()]
