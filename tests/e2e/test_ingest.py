import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from msgspec import structs

from atalaya import account_ids
from atalaya.cli import run
from atalaya.ingesting import IngestPlan, IngestRun
from ingest.brand_cache import OutboxBrandCache
from ingest.kafka.brand_topic import BrandTopicReader, publish
from ingest.kafka.topics import TopicAdmin
from ingest.outbox import Outbox
from mentions.brands import AccountId, Brand, BrandRecord, BrandVersion
from mentions.codec import decode
from mentions.records import Deletion, Heartbeat, Mention
from mentions.topics import RAW
from tests.distributed import Cluster, Process, wait_until
from tests.kafka import Broker
from tests.playing import MORNING

pytestmark = pytest.mark.kafka
CONFIG = """
[[source]]
type = "file"
name = "posts"
path = "{folder}/posts.jsonl"

[[source]]
type = "file"
name = "other"
path = "{folder}/other.jsonl"
"""


def version(name: str, number: int, query: str) -> BrandVersion:
    """One version of an invented brand."""
    return BrandVersion(
        brand=Brand(name=name, query=query),
        version=number,
        effective_from=MORNING,
        changed_at=MORNING,
        changed_by="ana",
        why="test",
    )


class World(Cluster):
    """Topics, a file that posts are written to, and `atalaya ingest` over it."""

    def config(self) -> Path:
        """The configuration: two files."""
        path = self.folder / "atalaya.toml"
        path.write_text(CONFIG.format(folder=self.folder))
        return path

    def ingest(self, *names: str, **env: str) -> Process:
        """Start it; what it says is JSON."""
        command = [sys.executable, "-c", "from atalaya.cli import main; main()", "ingest", *names]
        return self.start(f"ingest{len(self.processes)}", command, ATALAYA_CONFIG=str(self.config()), **env)

    def write(self, *posts: dict[str, Any]) -> None:
        """Append posts to the file."""
        with (self.folder / "posts.jsonl").open("a") as file:
            file.writelines(json.dumps(post) + "\n" for post in posts)

    def sent(self) -> list[Any]:
        """What the raw topic holds, decoded."""
        return [decode(record.value) for record in self.records(RAW)]

    def texts(self) -> dict[str, set[int]]:
        """Texts of the mentions in the raw topic, with the query versions that they matched by."""
        found: dict[str, set[int]] = {}
        for mention in self.sent():
            if isinstance(mention, Mention):
                found.setdefault(mention.post.text, set()).update(hit.query_version for hit in mention.hits)
        return found

    @contextmanager
    def outbox(self) -> Iterator[Outbox]:
        """The outbox, opened beside the process."""
        outbox = Outbox(self.folder / "outbox.sqlite")
        try:
            yield outbox
        finally:
            outbox.close()

    def waiting(self) -> int:
        """Records in the outbox."""
        with self.outbox() as outbox:
            return outbox.rows()

    def kept(self) -> list[BrandRecord]:
        """The brands that the outbox keeps."""
        with self.outbox() as outbox:
            return OutboxBrandCache(outbox).load()


@pytest.fixture
def world(kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[World]:
    """A world with topics and without brands."""
    made = World(kafka.servers, topic_prefix, f"sqlite:///{tmp_path}/never-opened.sqlite", tmp_path)
    with TopicAdmin(made.settings.kafka) as admin:
        admin.ensure()
    yield made
    made.close()


def post(number: int, text: str) -> dict[str, Any]:
    """A post of one of three people."""
    return {
        "id": str(number),
        "text": text,
        "created_at": "2026-11-16T09:00:00Z",
        "author": {"id": f"a{number % 3}"},
    }


def deletion(number: int) -> dict[str, Any]:
    """Of the post with that number."""
    return {"id": str(number), "deleted": True, "created_at": "2026-11-16T10:00:00Z"}


def lines(process: Process) -> list[dict[str, Any]]:
    """What a process logged."""
    return [json.loads(line) for line in process.words().splitlines() if line.startswith("{")]


def address(process: Process) -> str:
    """Where it shows its metrics."""
    process.says("metrics are shown")
    return str(next(line["address"] for line in lines(process) if line["event"] == "metrics are shown"))


def get(url: str) -> str:
    """Ask for a page that must succeed."""
    with urlopen(url, timeout=10) as response:
        return str(response.read().decode())


def test_what_concerns_a_brand_goes_to_kafka_and_a_new_version_takes_effect(world: World) -> None:
    """Mentions, deletions (a new outbox cannot know of what) and heartbeats of the named source are in the raw topic; a
    new brand version is matched by within 10 s and kept for the next start; metrics and health are shown; SIGTERM ends
    it within seconds with exit 0, an empty outbox and no store.
    """
    publish(world.settings.kafka, [version("lumbre", 1, "lumbre")])
    process = world.ingest("posts")
    world.write(post(1, "pan de lumbre"), post(2, "nada"), post(3, "lumbre otra vez"))
    world.write(deletion(1), deletion(99))
    wait_until(lambda: len(world.texts()) == 2, "both mentions were sent")

    publish(world.settings.kafka, [version("lumbre", 2, "kolibri")])
    changed, number = time.monotonic(), 10
    while "kolibri azul" not in world.texts():
        assert time.monotonic() - changed < 10, "the new version is not matched by"
        world.write(post(number, "kolibri azul"))
        number += 1
        time.sleep(0.2)
    assert world.texts() == {"pan de lumbre": {1}, "lumbre otra vez": {1}, "kolibri azul": {2}}

    url = address(process)
    wait_until(lambda: 'atalaya_source_up{source="file"} 1.0' in get(url), "the gauges are set")
    assert "atalaya_broker_up 1.0" in get(url)
    assert get(url.replace("/metrics", "/healthz")) == "ok\n"

    begun = time.monotonic()
    assert process.stop() == 0, process.words()
    assert time.monotonic() - begun < 10
    assert world.waiting() == 0
    sent = world.sent()
    assert {record.native_id for record in sent if isinstance(record, Deletion)} == {"1", "99"}
    beats = [record for record in sent if isinstance(record, Heartbeat)]
    assert {(beat.source, beat.shard) for beat in beats} == {("file", "posts")}
    assert len(beats) % world.partitions == 0
    assert world.kept() == [version("lumbre", 1, "lumbre"), version("lumbre", 2, "kolibri")]
    assert not list(world.folder.glob("never-opened*"))
    assert {line["role"] for line in lines(process)} == {"ingest"}


def test_with_kafka_away_the_last_brands_are_used_and_nothing_is_lost(world: World) -> None:
    """Kafka down at the start: the brands of the last run are used, with one warning, the outbox fills, and the end is
    exit 0 with all that was received.
    """
    with world.outbox() as outbox:
        OutboxBrandCache(outbox).save([version("lumbre", 1, "lumbre")])
    world.write(post(1, "pan de lumbre"))
    process = world.ingest("posts", ATALAYA_KAFKA_SERVERS="127.0.0.1:1")
    process.says("reading begins", 30)
    wait_until(lambda: world.waiting() > 1, "the mention lies in the outbox")
    assert process.stop(20) == 0
    warned = [line for line in lines(process) if line["level"] == "warning" and line["logger"] == "atalaya.brand_feed"]
    assert [line["event"] for line in warned] == ["the brands topic cannot be read: brands stay as they are known"]
    assert "records stay in the outbox" in process.words()
    with world.outbox() as outbox:
        assert b"pan de lumbre" in outbox.read(0, 1)[0][1]


def test_without_kafka_and_without_brands_it_waits_and_says_so(world: World) -> None:
    """With neither a topic nor a cache it waits, says so in one line, opens no source, is healthy, and can be ended."""
    world.write(post(1, "pan de lumbre"))
    process = world.ingest("posts", ATALAYA_KAFKA_SERVERS="127.0.0.1:1")
    process.says("waiting for brands", 30)
    assert get(address(process).replace("/metrics", "/healthz")) == "ok\n"
    assert process.stop(20) == 0
    assert process.words().count("waiting for brands") == 1
    assert world.waiting() == 0, "nothing was read without knowing what to look for"


def test_own_accounts_are_resolved_and_told_to_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id of an account that a brand gives by handle is asked of its network before reading begins, and is in the
    brands topic for SCORE; the network itself is left out of this.
    """
    asked: list[str] = []

    async def resolve(accounts: Iterable[str]) -> dict[str, str]:
        asked.extend(accounts)
        return dict.fromkeys(accounts, "did:plc:lumbre")

    monkeypatch.setattr(account_ids, "resolve", resolve)
    handle = "bluesky:lumbre.example"
    brand = structs.replace(version("lumbre", 1, "lumbre"), brand=Brand(name="lumbre", query="x", accounts=(handle,)))
    publish(world.settings.kafka, [brand])

    async def scenario() -> None:
        ingest = IngestRun(IngestPlan(settings=world.settings, sources=[]))
        running = asyncio.create_task(ingest.run())
        with BrandTopicReader(world.settings.kafka) as reader:
            read = reader.read_to_end()
            while len(read) < 2 and not running.done():
                read += await asyncio.to_thread(reader.poll, 0.2)
            assert read == [brand, AccountId(handle, "did:plc:lumbre")]
        ingest.stop()
        await running

    asyncio.run(asyncio.wait_for(scenario(), 30))
    assert asked == [handle]
    assert AccountId(handle, "did:plc:lumbre") in world.kept()


def test_wrong_usage_is_told_before_anything_begins(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that is not there, no Kafka, and a missing topic each end it with one clear line and exit 2."""
    for key, value in world.env.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr("atalaya.logs.configure", lambda *_, **__: None)  # the log of the tests stays theirs
    config = str(world.config())
    assert run(["ingest", "twitter", "-c", config]) == 2
    assert "no source is called 'twitter'" in (said := capsys.readouterr().err)
    assert "has: file/posts, file/other" in said
    monkeypatch.setenv("ATALAYA_KAFKA_PREFIX", f"{world.prefix}none.")
    assert run(["ingest", "posts", "-c", config]) == 2
    assert "atalaya topics ensure" in capsys.readouterr().err.splitlines()[-1]
    monkeypatch.setenv("ATALAYA_KAFKA_SERVERS", "")
    assert run(["ingest", "file/posts", "-c", config]) == 2
    assert "`atalaya ingest` needs Kafka" in capsys.readouterr().err
