"""The brands as the brands topic has them: what `ingest` and `work score` use, which never open the store."""

import logging
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Protocol, Self

from atalaya.brand_ledger import BrandLedger
from atalaya.current_brands import CurrentBrands
from ingest.kafka.brand_topic import BrandTopicReader
from ingest.kafka.connecting import BOOTSTRAP_SECONDS
from mentions.brand_codec import brand_key
from mentions.brands import AccountId, BrandRecord, BrandVersion
from mentions.errors import AtalayaError, BrokerUnavailable, TopicMismatch
from mentions.settings_streaming import KafkaSettings
from processors.brand_book import BrandBook

LOOK_EVERY = 0.5
"""Seconds between looks; a new version must take effect within 10 s of its commit (docs/architecture.md, 'Brands')."""
RETRY_AFTER = 2.0
QUIET = 1.0
"""A topic that was empty is being filled; so many seconds without news are its end."""
ASKED_WITHIN = 10.0
LEAVES_WITHIN = BOOTSTRAP_SECONDS + 1
log = logging.getLogger(__name__)


class BrandCache(Protocol):
    """Where records are kept for a start without Kafka (`ingest.brand_cache`)."""

    def load(self) -> list[BrandRecord]:
        """Those that were kept last."""
        ...

    def save(self, records: Iterable[BrandRecord]) -> None:
        """Keep these instead."""
        ...


class BrandFeed(CurrentBrands):
    """Follows the topic in a thread of its own while inside the `with`; what it has taken stays when Kafka goes.

    Args:
        cache: where to keep what was read; without one a start has to wait for Kafka.
        client_id: how this process names itself to the brokers.
    """

    def __init__(
        self, kafka: KafkaSettings, cache: BrandCache | None = None, client_id: str = "atalaya-brands"
    ) -> None:
        super().__init__()
        self._kafka, self._cache, self._client_id = kafka, cache, client_id
        self._ledger = BrandLedger()
        self._in_topic: set[str] = set()
        self._reader: BrandTopicReader | None = None
        self._looking = threading.RLock()  # held while the reader is used and while what it read is taken
        self._known, self._stop = threading.Event(), threading.Event()
        self._refused: TopicMismatch | None = None
        self._away = False
        self._thread = threading.Thread(target=self._run, name="brands", daemon=True)

    def __enter__(self) -> Self:
        self._take(self._kept())
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        self._thread.join(LEAVES_WITHIN)

    def stop(self) -> None:
        """Ask for the end without waiting for it: a thread that looks for brokers notices only when it gives up."""
        self._stop.set()

    # --- asked by others ---

    def wait_until_known(self, stop: threading.Event) -> bool:
        """Return when there are brands, from the topic or the cache; False: `stop` was set before.

        Raises:
            TopicMismatch: Kafka answers, and the topic is missing or not as it must be.
        """
        while not self._known.wait(0.1):
            if self._refused is not None:
                raise self._refused
            if stop.is_set():
                return False
        return True

    def newer_book(self) -> BrandBook:
        """Every version, after reading what is in the topic now: a hit may be newer than the last look.

        Raises:
            BrokerUnavailable: the topic cannot be read now; ask again.
        """
        if not self._looking.acquire(timeout=ASKED_WITHIN):
            raise BrokerUnavailable("the brands topic cannot be read now: Kafka is slow to answer")
        try:
            if self._reader is None:
                raise BrokerUnavailable("the brands topic cannot be read now: Kafka does not answer")
            self._take_read(self._reader.read_to_end())
            return self.book()
        finally:
            self._looking.release()

    def learn(self, ids: Mapping[str, str]) -> None:
        """Take the networks' ids of accounts that brands give by handle, and keep them."""
        with self._looking:
            if self._take([AccountId(account, id_) for account, id_ in ids.items()]):
                self._keep()

    def unpublished(self) -> list[AccountId]:
        """Those account ids that were learned here, now or in an earlier run, and that the topic does not show yet."""
        with self._looking:
            ids = [record for record in self._ledger.records() if isinstance(record, AccountId)]
            return [record for record in ids if brand_key(record) not in self._in_topic]

    # --- in the thread ---

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with BrandTopicReader(self._kafka, self._client_id) as reader:
                    self._follow(reader)
            except AtalayaError as error:
                self._say_away(error)
            except Exception:  # whatever it is, brands must go on to be followed
                log.exception("reading the brands topic failed; it is read anew")
            self._stop.wait(RETRY_AFTER)

    def _follow(self, reader: BrandTopicReader) -> None:
        records = self._whole(reader)
        with self._looking:
            if self._stop.is_set():  # whoever owns the cache may be gone already
                return
            self._in_topic.clear()
            self._take_read(records)
            self._reader = reader
        try:
            while not self._stop.wait(LOOK_EVERY):
                with self._looking:
                    self._take_read(reader.poll(0))
        finally:
            with self._looking:
                self._reader = None

    def _whole(self, reader: BrandTopicReader) -> list[BrandRecord]:
        """Read the topic from its beginning; an empty one may just be about to be filled."""
        records = reader.read_to_end()
        self._refused = None
        if self._away:
            self._away = False
            log.info("the brands topic can be read again")
        if self._has_brands() or any(isinstance(record, BrandVersion) for record in records):
            return records
        log.warning("waiting for brands: the brands topic is empty; `atalaya serve` publishes those of the store")
        while not any(isinstance(record, BrandVersion) for record in records) and not self._stop.is_set():
            records += reader.poll(LOOK_EVERY)
        while (more := reader.poll(QUIET)) and not self._stop.is_set():
            records += more
        return records

    def _say_away(self, error: AtalayaError) -> None:
        has_brands = self._has_brands()
        if has_brands:
            self._known.set()
        elif isinstance(error, TopicMismatch):
            self._refused = error
        if not self._away:
            self._away = True
            meanwhile = "brands stay as they are known" if has_brands else "waiting for brands"
            log.warning("the brands topic cannot be read: %s", meanwhile, extra={"reason": str(error)})

    def _take_read(self, records: list[BrandRecord]) -> None:
        self._in_topic.update(map(brand_key, records))
        if self._take(records):
            self._keep()
        if self._has_brands():
            self._known.set()

    def _has_brands(self) -> bool:
        with self._looking:
            return bool(self._ledger.versions())

    def _take(self, records: list[BrandRecord]) -> bool:
        if not self._ledger.take(records):
            return False
        self.take(self._ledger.versions(), self._ledger.ids(), self._ledger.unmatched(), self._ledger.layers())
        return True

    # --- the cache ---

    def _kept(self) -> list[BrandRecord]:
        if self._cache is None:
            return []
        try:
            return self._cache.load()
        except AtalayaError as error:
            log.warning("the brands of the last run cannot be read", extra={"reason": str(error)})
            return []

    def _keep(self) -> None:
        if self._cache is None:
            return
        try:
            self._cache.save(self._ledger.records())
        except AtalayaError as error:  # the next change tries again
            log.warning("brands cannot be kept for a start without Kafka", extra={"reason": str(error)})
