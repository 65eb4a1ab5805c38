"""What was read of the brands topic, kept in the outbox: ingest starts also while Kafka does not answer."""

import logging
from collections.abc import Iterable

from ingest.outbox import Outbox
from mentions.brand_codec import decode_brand, encode_brand
from mentions.brands import BrandRecord
from mentions.codec import UnknownRecord
from mentions.errors import CorruptRecord

_FACT = "brand records"
log = logging.getLogger(__name__)


class OutboxBrandCache:
    """One fact of an outbox: every record, one a line."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def load(self) -> list[BrandRecord]:
        """Read what was kept last; nothing when a build that wrote otherwise left it.

        Raises:
            OutboxUnavailable: not now.
        """
        kept = self._outbox.fact(_FACT) or ""
        try:
            records = [decode_brand(line.encode()) for line in kept.split("\n") if line]
        except CorruptRecord as error:
            log.warning("the brands kept in the outbox cannot be read", extra={"reason": str(error)})
            return []
        return [record for record in records if not isinstance(record, UnknownRecord)]

    def save(self, records: Iterable[BrandRecord]) -> None:
        """Keep these in place of those before.

        Raises:
            OutboxUnavailable: not now.
        """
        self._outbox.set_fact(_FACT, "\n".join(encode_brand(record).decode() for record in records))
