import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from atalaya.brand_desk import BrandDesk
from atalaya.brand_feed import BrandFeed
from atalaya.brand_publishing import BrandPublisher
from ingest.brand_cache import OutboxBrandCache
from ingest.kafka import brand_topic, connecting
from ingest.kafka.brand_topic import BrandTopicReader, publish
from ingest.kafka.topics import TopicAdmin, topic_name
from ingest.outbox import Outbox
from mentions.brand_codec import brand_key, encode_brand
from mentions.brands import AccountId, Brand, BrandRecord, BrandVersion
from mentions.errors import BrokerUnavailable, TopicMismatch
from mentions.layers import BrandLayer, Layer
from mentions.settings_streaming import KafkaSettings
from mentions.topics import BRANDS
from processors.store import brands, layers
from processors.store.opening import Store
from tests.kafka import Broker
from tests.playing import MORNING
from tests.sockets import forgotten_sockets

pytestmark = pytest.mark.kafka
UNREACHABLE = KafkaSettings(servers=("127.0.0.1:1",))


def version(name: str, number: int = 1, query: str = "", *, retired: bool = False) -> BrandVersion:
    """One version of an invented brand, whose query is its name."""
    moment = MORNING + timedelta(minutes=number)
    return BrandVersion(
        brand=Brand(name=name, query=query or name),
        version=number,
        effective_from=moment,
        changed_at=moment,
        changed_by="ana",
        why="test",
        retired=retired,
    )


def layer(number: int) -> BrandLayer:
    """One version of an invented layer."""
    learned = Layer(bias=(0.0, 0.0, float(number)), step=0.1, terms={"masa madre": (-3, 0, 3)})
    return BrandLayer(brand="lumbre", version=number, engine_version="keyword-1", changed_at=MORNING, layer=learned)


@pytest.fixture
def settings(kafka: Broker, topic_prefix: str) -> KafkaSettings:
    """A cluster with fresh topics."""
    settings = KafkaSettings(servers=(kafka.servers,), prefix=topic_prefix)
    with TopicAdmin(settings) as admin:
        admin.ensure()
    return settings


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """A new outbox."""
    opened = Outbox(tmp_path / "outbox.sqlite")
    yield opened
    opened.close()


def write(settings: KafkaSettings, values: Iterable[tuple[bytes, bytes | None]]) -> None:
    """Write to the topic past everything of ours."""
    producer = KafkaProducer(bootstrap_servers=settings.servers)
    for key, value in values:
        producer.send(topic_name(settings, BRANDS), key=key, value=value).get(10)
    producer.close()


def within(seconds: float, condition: Callable[[], bool]) -> float:
    """Wait until it holds; how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def is_known(feed: BrandFeed) -> bool:
    """Wait for brands, at most 20 s."""
    stop = threading.Event()
    timer = threading.Timer(20, stop.set)
    timer.start()
    try:
        return feed.wait_until_known(stop)
    finally:
        timer.cancel()


# --- the topic ---


def test_what_is_published_is_read_from_the_beginning_and_then_as_it_comes(settings: KafkaSettings) -> None:
    """A reader gets every record in order, each once; what is published later comes with the next poll."""
    first: list[BrandRecord] = [version("lumbre"), version("nubira"), AccountId("bluesky:lumbre.example", "did:plc:l")]
    publish(settings, first)
    with BrandTopicReader(settings) as reader:
        assert reader.read_to_end() == first
        assert reader.read_to_end() == []
        publish(settings, [version("lumbre", 2, "pan")])
        assert reader.poll(5) == [version("lumbre", 2, "pan")]


def test_what_is_no_record_of_ours_is_skipped(settings: KafkaSettings, caplog: pytest.LogCaptureFixture) -> None:
    """Records of unknown kinds are counted, corrupt and empty ones warned of, and the next one is read."""
    write(settings, [(b"a", b'{"record":"brand.v9","x":1}'), (b"b", b"{broken"), (b"c", None), (b"d", b'{"record":1}')])
    publish(settings, [version("lumbre")])
    with BrandTopicReader(settings) as reader:
        assert reader.read_to_end() == [version("lumbre")]
        assert reader.unknown == {"brand.v9": 1}
    assert [record.message for record in caplog.records].count("a brand record cannot be read") == 3


def test_a_missing_topic_is_said_at_once(kafka: Broker, topic_prefix: str) -> None:
    """Neither reading nor publishing makes a topic: the error names it and the verb that makes it."""
    settings = KafkaSettings(servers=(kafka.servers,), prefix=topic_prefix)
    for attempt in (lambda: publish(settings, [version("lumbre")]), lambda: BrandTopicReader(settings)):
        with pytest.raises(TopicMismatch, match=rf"{topic_prefix}mentions\.brands\.v1.*atalaya topics ensure"):
            attempt()


def test_a_topic_made_anew_is_read_anew(settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that has read further than the new topic goes begins at its beginning."""
    monkeypatch.setattr(brand_topic, "LOOK_ANEW", 0.0)
    publish(settings, [version("lumbre", number) for number in range(1, 6)])
    with BrandTopicReader(settings) as reader:
        assert len(reader.read_to_end()) == 5
        admin = KafkaAdminClient(bootstrap_servers=settings.servers)
        admin.delete_topics([topic_name(settings, BRANDS)])
        admin.close()
        within(10, lambda: not _exists(settings))
        with TopicAdmin(settings) as topics:
            topics.ensure()
        publish(settings, [version("nubira")])
        found: list[BrandRecord] = []
        within(10, lambda: bool(found.extend(reader.poll(0.2)) or found))
        assert found == [version("nubira")]


def _exists(settings: KafkaSettings) -> bool:
    try:
        with TopicAdmin(settings) as admin:
            admin.check(BRANDS)
    except TopicMismatch:
        return False
    return True


# --- the feed ---


def test_a_new_version_is_taken_within_ten_seconds_and_at_once_when_asked(settings: KafkaSettings) -> None:
    """A running feed matches by a new version within 10 s; a newer book holds it the moment it is published."""
    publish(settings, [version("lumbre"), version("nubira"), AccountId("bluesky:lumbre.example", "did:plc:l")])
    with BrandFeed(settings) as feed:
        assert is_known(feed)
        assert (feed.names(), dict(feed.ids())) == (["lumbre", "nubira"], {"bluesky:lumbre.example": "did:plc:l"})
        publish(settings, [version("lumbre", 2, "pan"), version("nubira", 2, retired=True)])
        assert within(10, lambda: feed.shown() == ["lumbre 2"]) < 10
        publish(settings, [version("kolibri")])
        assert feed.newer_book().holds("kolibri", 1)
        assert feed.book().holds("lumbre", 1), "old versions are still named by hits"


def test_a_version_that_cannot_be_used_leaves_the_one_before(settings: KafkaSettings) -> None:
    """A query that this build cannot read is matched by nobody, and the brand's last good version goes on; a hit of
    another build that names it is still understood.
    """
    publish(settings, [version("lumbre"), version("lumbre", 2, "((never closed")])
    with BrandFeed(settings) as feed:
        assert is_known(feed)
        assert feed.shown() == ["lumbre 1"]
        assert feed.book().holds("lumbre", 2)


def test_an_empty_topic_is_waited_for_until_it_is_filled(
    settings: KafkaSettings, caplog: pytest.LogCaptureFixture
) -> None:
    """Where nothing was published yet a start waits, says so once, and then takes all that is being published."""
    with BrandFeed(settings) as feed:
        within(10, lambda: "the brands topic is empty" in caplog.text)
        assert feed.names() == []
        write(settings, _slowly(version("lumbre"), version("nubira")))
        assert is_known(feed)
        assert feed.names() == ["lumbre", "nubira"]
    assert caplog.text.count("waiting for brands") == 1


def _slowly(*records: BrandRecord) -> Iterator[tuple[bytes, bytes]]:
    for record in records:
        yield brand_key(record).encode(), encode_brand(record)
        time.sleep(0.3)


def test_account_ids_are_told_until_the_topic_shows_them(settings: KafkaSettings, outbox: Outbox) -> None:
    """An id that was learned here is known at once, kept for the next start, and asked to be published until it is."""
    publish(settings, [version("lumbre")])
    found = AccountId("bluesky:lumbre.example", "did:plc:l")
    with BrandFeed(settings, OutboxBrandCache(outbox)) as feed:
        assert is_known(feed)
        feed.learn({found.account: found.id})
        assert (dict(feed.ids()), feed.unpublished()) == ({found.account: found.id}, [found])
    with BrandFeed(settings, OutboxBrandCache(outbox)) as feed:
        assert (dict(feed.ids()), feed.unpublished()) == ({found.account: found.id}, [found])
        publish(settings, feed.unpublished())
        within(10, lambda: feed.unpublished() == [])


def test_without_kafka_the_brands_of_the_last_run_are_used(
    outbox: Outbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Kafka away a start takes what the outbox keeps, with one warning; asked for a newer book it says why not."""
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 0.5)
    OutboxBrandCache(outbox).save([version("lumbre"), version("lumbre", 2, "pan \u2028 fuego")])
    with forgotten_sockets(), BrandFeed(UNREACHABLE, OutboxBrandCache(outbox)) as feed:
        assert is_known(feed)
        assert feed.shown() == ["lumbre 2"]
        with pytest.raises(BrokerUnavailable):
            feed.newer_book()
    assert [record.levelname for record in caplog.records if record.name.startswith("atalaya")] == ["WARNING"]


def test_a_layer_is_taken_within_ten_seconds_and_given_back(settings: KafkaSettings, outbox: Outbox) -> None:
    """A running feed judges by the layer that was published last, keeps it for a start without Kafka, and by the engine
    alone once that is chosen.
    """
    publish(settings, [version("lumbre"), layer(1), layer(2)])
    cache = OutboxBrandCache(outbox)
    with BrandFeed(settings, cache) as feed:
        assert is_known(feed)
        assert feed.book().layer("lumbre", "keyword-1") == layer(2)
        assert feed.book().layer("lumbre", "keyword-2") is None, "another engine's layer is not applied"
        publish(settings, [layer(3)])
        assert within(10, lambda: feed.book().layer("lumbre", "keyword-1") == layer(3)) < 10
        assert layer(3) in cache.load()
        publish(settings, [BrandLayer(brand="lumbre", version=0, engine_version="", changed_at=MORNING)])
        assert within(10, lambda: feed.book().layer("lumbre", "keyword-1") is None) < 10
        assert feed.shown() == ["lumbre 1"]


# --- what serve publishes ---


def test_serve_publishes_the_layer_that_was_chosen(settings: KafkaSettings, store: Store) -> None:
    """Each choice is published once, the way back too; layers that nobody chose are not."""
    desk = BrandDesk(store)
    publisher = BrandPublisher(store, desk, settings)
    assert publisher.publish_missing() == 0
    learned = layer(1)
    with store.writing() as connection:
        for _ in range(2):
            layers.add_layer(
                connection, "lumbre", learned.layer, engine_version="keyword-1", labels=60, evaluation={}, who="a",
                now=MORNING,
            )  # fmt: skip
    assert publisher.publish_missing() == 0
    for chosen in (1, 0):
        with store.writing() as connection:
            layers.use_layer(connection, "lumbre", chosen, who="a", why="", now=MORNING)
        assert (publisher.publish_missing(), publisher.publish_missing()) == (1, 0)
        assert desk.refresh()
        assert desk.book().layer("lumbre", "keyword-1") == (learned if chosen else None)
    with BrandTopicReader(settings) as reader:
        base = BrandLayer(brand="lumbre", version=0, engine_version="", changed_at=MORNING)
        assert reader.read_to_end() == [learned, base]


def test_serve_publishes_what_the_topic_lacks_and_no_more(settings: KafkaSettings, store: Store) -> None:
    """Versions and account ids that the topic lacks, or has otherwise, are published; those that it has are not; ids
    that others found are learned.
    """
    with store.writing() as connection:
        lumbre = brands.add_version(connection, Brand(name="lumbre", query="lumbre"), who="a", why="", now=MORNING)
        nubira = brands.add_version(connection, Brand(name="nubira", query="nubira"), who="a", why="", now=MORNING)
    publish(settings, [lumbre, version("nubira", 1, "something else"), AccountId("bluesky:x.example", "did:plc:x")])
    desk = BrandDesk(store)
    publisher = BrandPublisher(store, desk, settings)
    assert publisher.publish_missing() == 1
    assert desk.ids() == {"bluesky:x.example": "did:plc:x"}
    desk.learn({"bluesky:y.example": "did:plc:y"})
    assert (publisher.publish_missing(), publisher.publish_missing()) == (1, 0)
    with BrandTopicReader(settings) as reader:
        read = reader.read_to_end()
    assert read[3:] == [nubira, AccountId("bluesky:y.example", "did:plc:y")]
    with BrandFeed(settings) as feed:
        assert is_known(feed)
        assert [entry.brand.query for entry in feed.current()] == ["lumbre", "nubira"]
