"""The brands as a running process uses them: matcher and book, exchanged whole when brands change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock

from atalaya import account_ids
from mentions.brands import BrandVersion
from mentions.conversation import BrandMatcher, author_of_at_uri
from mentions.layers import BrandLayer
from processors.brand_book import BrandBook


class CurrentBrands:
    """Threads may share it; each gets a consistent pair of matcher and book. Who keeps it up to date says how."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._current: tuple[BrandVersion, ...] = ()
        self._ids: Mapping[str, str] = {}
        self._since: Mapping[str, datetime] = {}
        self._matcher, self._book = BrandMatcher([]), BrandBook()

    def take(
        self,
        versions: Sequence[BrandVersion],
        ids: Mapping[str, str],
        unmatched: Sequence[BrandVersion] = (),
        layers: Sequence[BrandLayer] = (),
    ) -> None:
        """Use these from now on.

        Args:
            versions: all of all brands, by name and version.
            ids: the networks' ids of accounts that brands give by handle.
            unmatched: versions that a hit may name, but that nobody here can match by.
            layers: what each brand is judged with, as far as it ever had a layer.
        """
        newest = {entry.brand.name: entry for entry in versions}
        current = tuple(entry for entry in newest.values() if not entry.retired)
        matcher = BrandMatcher([(entry.brand, entry.version) for entry in current], {"bluesky": author_of_at_uri}, ids)
        book = BrandBook.of((*versions, *unmatched), ids, layers)
        since = {entry.brand.name: entry.changed_at for entry in reversed(versions)}
        with self._lock:
            self._current, self._ids, self._since = current, dict(ids), since
            self._matcher, self._book = matcher, book

    def matcher(self) -> BrandMatcher:
        """Matches by the versions that are current now."""
        with self._lock:
            return self._matcher

    def book(self) -> BrandBook:
        """Every version, as of the last look."""
        with self._lock:
            return self._book

    def current(self) -> tuple[BrandVersion, ...]:
        """The versions that are current now, by name."""
        with self._lock:
            return self._current

    def watched_since(self, name: str) -> datetime | None:
        """When a brand's first version was made; None: it is not known here."""
        with self._lock:
            return self._since.get(name)

    def names(self) -> list[str]:
        """Names of the current brands."""
        return [entry.brand.name for entry in self.current()]

    def shown(self) -> list[str]:
        """The current brands with their versions, for people: `lumbre 3`."""
        return [f"{entry.brand.name} {entry.version}" for entry in self.current()]

    def ids(self) -> Mapping[str, str]:
        """The networks' ids of accounts that brands give by handle, as far as they are known."""
        with self._lock:
            return self._ids

    def unresolved(self) -> list[str]:
        """Accounts that are given by handle and whose id is not known yet."""
        return account_ids.unresolved((entry.brand for entry in self.current()), self.ids())
