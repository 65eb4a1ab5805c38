"""What the store knows of brands, brought to the brands topic: by the verb that changes it, and by `serve` for good."""

import time
from collections.abc import Iterable

from atalaya.brand_desk import BrandDesk
from ingest.kafka.brand_topic import BrandTopicReader, publish
from mentions.brand_codec import brand_key
from mentions.brands import AccountId, BrandRecord, BrandVersion
from mentions.layers import BrandLayer
from mentions.settings_streaming import KafkaSettings
from processors.store import brands, layers
from processors.store.opening import Store

READ_ANEW = 30.0
"""Seconds after which the topic is read again: it may have been made anew, and others write account ids to it."""
CLIENT = "atalaya-serve"


class BrandPublisher:
    """Keeps the topic up with the store, which is the truth. Belongs to one thread at a time."""

    def __init__(self, store: Store, desk: BrandDesk, kafka: KafkaSettings) -> None:
        self._store, self._desk, self._kafka = store, desk, kafka
        self._in_topic: dict[str, BrandRecord] = {}
        self._read_at: float | None = None
        self._versions: list[BrandVersion] = []
        self._marker = brands.NEVER_SEEN
        self._layers: list[BrandLayer] = []
        self._layers_marker = layers.NEVER_SEEN

    def publish_missing(self) -> int:
        """Publish those versions, account ids and layers in use that the topic lacks or has otherwise; how many.

        Raises:
            BrokerUnavailable, TopicMismatch: not now; the next call begins anew. StoreUnavailable: as well.
        """
        if self._read_at is None or time.monotonic() - self._read_at >= READ_ANEW:
            self._read()
        missing = {key: record for key, record in self._wanted().items() if self._in_topic.get(key) != record}
        try:
            publish(self._kafka, missing.values(), CLIENT)
        except BaseException:
            self._read_at = None  # some may be there, some not
            raise
        self._in_topic |= missing
        return len(missing)

    def _read(self) -> None:
        self._read_at = None
        with BrandTopicReader(self._kafka, CLIENT) as reader:
            self._in_topic = _keyed(reader.read_to_end())
        self._read_at = time.monotonic()
        ids = {record.account: record.id for record in self._in_topic.values() if isinstance(record, AccountId)}
        self._desk.learn({account: id_ for account, id_ in ids.items() if account not in self._desk.ids()})

    def _wanted(self) -> dict[str, BrandRecord]:
        with self._store.reading() as connection:
            marker = brands.changed_since(connection, self._marker)
            if marker is not None:
                self._versions, self._marker = brands.all_versions(connection), marker
            chosen = layers.changed_since(connection, self._layers_marker)
            if chosen is not None:
                self._layers, self._layers_marker = layers.layers_in_use(connection), chosen
        return _keyed(
            [*self._versions, *self._layers, *(AccountId(account, id_) for account, id_ in self._desk.ids().items())]
        )


def _keyed(records: Iterable[BrandRecord]) -> dict[str, BrandRecord]:
    return {brand_key(record): record for record in records}
