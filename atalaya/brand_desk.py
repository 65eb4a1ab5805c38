"""The brands as the store has them: what `run`, `replay` and `serve` use."""

from collections.abc import Iterable
from datetime import datetime
from threading import RLock

from atalaya import account_ids
from atalaya.current_brands import CurrentBrands
from mentions.brands import Brand
from processors.brand_book import BrandBook
from processors.store import brands, layers
from processors.store.opening import Store

_NEVER_SEEN = (brands.NEVER_SEEN, layers.NEVER_SEEN)


class BrandDesk(CurrentBrands):
    """Kept up to date by `refresh`, which looks into the store."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store, self._looking = store, RLock()
        self._marker = _NEVER_SEEN
        self._kept_ids = account_ids.load(store)
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
        """Look whether another version was made or a layer chosen, here or in another process; whether it was."""
        with self._looking:
            with self._store.reading() as connection:
                of_brands = brands.changed_since(connection, self._marker[0])
                of_layers = layers.changed_since(connection, self._marker[1])
                if of_brands is None and of_layers is None:
                    return False
                versions, chosen = brands.all_versions(connection), layers.layers_in_use(connection)
            self.take(versions, self._kept_ids, layers=chosen)
            self._marker = (
                self._marker[0] if of_brands is None else of_brands,
                self._marker[1] if of_layers is None else of_layers,
            )
            return True

    def learn(self, ids: dict[str, str]) -> None:
        """Take the networks' ids of accounts that brands give by handle, and keep them."""
        if not ids:
            return
        account_ids.save(self._store, ids)
        with self._looking:
            self._kept_ids = self._kept_ids | ids
            self._marker = _NEVER_SEEN  # matcher and book are made anew
            self.refresh()

    def newer_book(self) -> BrandBook:
        """Every version, after another look: a hit may be newer than the last one."""
        self.refresh()
        return self.book()
