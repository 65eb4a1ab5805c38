"""Everything that is known of brands, record by record: what a process that has no store keeps instead. No I/O."""

import logging
from collections.abc import Iterable, Mapping

from mentions.brand_codec import brand_key
from mentions.brands import AccountId, BrandRecord, BrandVersion
from mentions.errors import AtalayaError
from mentions.layers import BrandLayer
from processors.store.brand_checks import check_brand

log = logging.getLogger(__name__)


class BrandLedger:
    """The newest record under each key."""

    def __init__(self) -> None:
        self._records: dict[str, BrandRecord] = {}
        self._unusable: set[str] = set()

    def take(self, records: Iterable[BrandRecord]) -> bool:
        """Enter records, the later ones in place of earlier ones of the same key; whether anything is new."""
        keyed = {brand_key(record): record for record in records}
        news = {key: record for key, record in keyed.items() if self._records.get(key) != record}
        self._records |= news
        for key, record in news.items():
            self._unusable.discard(key)
            if isinstance(record, BrandVersion) and not _is_usable(key, record):
                self._unusable.add(key)
        return bool(news)

    def records(self) -> list[BrandRecord]:
        """All of them."""
        return list(self._records.values())

    def versions(self) -> list[BrandVersion]:
        """The versions that posts can be matched by, by name and version."""
        return [record for key, record in self._versions() if key not in self._unusable]

    def unmatched(self) -> list[BrandVersion]:
        """The versions that hits may name and nobody here can match by: another build, or a person, wrote them."""
        return [record for key, record in self._versions() if key in self._unusable]

    def ids(self) -> Mapping[str, str]:
        """The networks' ids of accounts that brands give by handle."""
        return {record.account: record.id for record in self._records.values() if isinstance(record, AccountId)}

    def layers(self) -> list[BrandLayer]:
        """What each brand is judged with, as far as it ever had a layer."""
        return [record for record in self._records.values() if isinstance(record, BrandLayer)]

    def _versions(self) -> list[tuple[str, BrandVersion]]:
        found = [(key, record) for key, record in self._records.items() if isinstance(record, BrandVersion)]
        return sorted(found, key=lambda item: (item[1].brand.name, item[1].version))


def _is_usable(key: str, record: BrandVersion) -> bool:
    try:
        check_brand(record.brand)
    except AtalayaError as error:
        log.warning("a brand version cannot be used", extra={"key": key, "reason": str(error)})
        return False
    return True
