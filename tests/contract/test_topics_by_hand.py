"""The topics as docs/topics.md shows them, read and written by kcat; records of other versions on their way."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from atalaya.doctor import examine
from mentions.codec import encode
from mentions.settings import parse
from mentions.topics import BRANDS, DEAD, RAW, SCORED, TOPICS
from processors.store import schema
from tests.distributed import Cluster, wait_until
from tests.kafka import Broker
from tests.playing import a_beat, a_mention, a_post, deletion

pytestmark = [pytest.mark.kafka]
PAGE = (Path(__file__).parents[2] / "docs" / "topics.md").read_text(encoding="utf-8")
FORMAT = "%p\x1f%k\x1f%h\x1f%s\x1e"


@pytest.fixture
def cluster(kafka: Broker, topic_prefix: str, tmp_path: Path) -> Iterator[Cluster]:
    """One worker of each stage over SQLite."""
    cluster = Cluster(kafka.servers, topic_prefix, f"sqlite:///{tmp_path}/store.sqlite", tmp_path)
    cluster.prepare()
    try:
        yield cluster
    finally:
        cluster.close()


def kcat(cluster: Cluster, topic: Any, *options: str, given: str = "") -> str:
    """Run kcat on one topic."""
    command = ["kcat", "-q", "-b", cluster.servers, "-t", cluster.topic(topic), *options]
    return subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True).stdout


def read(cluster: Cluster, topic: Any) -> list[tuple[int, str, dict[str, str], str]]:
    """Every record as kcat shows it: partition, key, headers, value."""
    shown = kcat(cluster, topic, "-C", "-e", "-o", "beginning", "-f", FORMAT)
    found = []
    for record in shown.split("\x1e")[:-1]:
        partition, key, headers, value = record.split("\x1f")
        found.append((int(partition), key, dict(pair.split("=", 1) for pair in headers.split(",") if pair), value))
    return found


def test_kcat_sees_keys_headers_and_json(cluster: Cluster) -> None:
    """Each topic holds records as the page says: kind in header and JSON, keys, and copies in every partition."""
    cluster.worker("score")
    cluster.send([a_mention(a_post("1"), "lumbre", "nubira"), deletion("9"), a_beat(60)])
    wait_until(cluster.is_scored, "SCORE has judged everything")

    raw, scored, brands = read(cluster, RAW), read(cluster, SCORED), read(cluster, BRANDS)
    for record in (*raw, *scored):
        assert json.loads(record[3])["record"] == record[2]["record"]
    kinds = [(headers["record"], key) for _, key, headers, _ in raw]
    assert kinds.count(("mention.v1", "bluesky:ana")) == 1
    everywhere = set(range(cluster.partitions))
    for records, kind in (
        (raw, "heartbeat.v1"),
        (raw, "deletion.v1"),
        (scored, "watermark.v1"),
        (scored, "deletion.v1"),
    ):
        assert {partition for partition, key, headers, _ in records if headers["record"] == kind} == everywhere
        assert not any(key for _, key, headers, _ in records if headers["record"] == kind)
    assert {key for _, key, headers, _ in scored if headers["record"] == "scored.v1"} == {"lumbre", "nubira"}
    assert [key for _, key, _, _ in brands] == ["brand:lumbre:1", "brand:nubira:1"]


def test_a_record_written_by_hand_is_processed(cluster: Cluster) -> None:
    """The smallest mention of the page, written by kcat, is judged and stored."""
    cluster.worker("score")
    cluster.worker("watch")
    (smallest,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    line = " ".join(smallest.split("\n")).strip()
    kcat(cluster, RAW, "-P", "-k", "hand:ana", "-H", "record=mention.v1", given=line + "\n")

    cluster.wait_drained()
    with cluster.store() as store, store.reading() as connection:
        stored = connection.execute(select(schema.mentions.c.id, schema.mentions.c.lang)).all()
    assert [tuple(row) for row in stored] == [("hand:1", "es")]
    assert not cluster.dead()


def test_records_of_version_one_and_two_pass_through_both_stages(cluster: Cluster) -> None:
    """New fields are ignored, a new kind is set aside as a dead letter, and neither stops what comes behind."""
    post = encode(a_mention(a_post("1")))
    newer = post.replace(b'"native_id":"1"', b'"native_id":"2","mood":{"new":[1,2]}').replace(
        b'"hits":', b'"score_hint":0.5,"hits":'
    )
    kind = post.replace(b"mention.v1", b"mention.v2").replace(b'"native_id":"1"', b'"native_id":"3"')
    cluster.produce(RAW, [post, newer, kind, encode(a_mention(a_post("4")))])
    cluster.worker("score")
    wait_until(cluster.is_scored, "SCORE has judged everything")
    (place,) = {record.partition for record in cluster.records(SCORED)}
    scored = [record.value for record in cluster.records(SCORED)]
    newer_scored = (
        scored[0].replace(b'"native_id":"1"', b'"native_id":"5"').replace(b'"lang":', b'"tone":"x","lang":', 1)
    )
    cluster.produce(SCORED, [newer_scored, scored[0].replace(b"scored.v1", b"scored.v2")], partition=place)

    cluster.worker("watch")
    cluster.wait_drained()

    with cluster.store() as store, store.reading() as connection:
        ids = sorted(connection.execute(select(schema.mentions.c.id)).scalars())
    assert ids == ["bluesky:1", "bluesky:2", "bluesky:4", "bluesky:5"]
    letters = [
        (letter["stage"], letter["reason"], json.loads(letter["payload"])["record"]) for letter in cluster.dead()
    ]
    assert letters == [("score", "unknown_record", "mention.v2"), ("watch", "unknown_record", "scored.v2")]
    assert [letter["topic"] for letter in cluster.dead()] == [cluster.topic(RAW), cluster.topic(SCORED)]


def test_the_page_names_every_topic_with_its_writers_and_sizes() -> None:
    """The table has one row for each topic, with kinds, size, writer and readers as the code has them."""
    rows = {cells[0].strip("` "): cells for cells in (line.strip("| ").split(" | ") for line in PAGE.split("\n"))}
    for topic in TOPICS:
        cells = rows[topic.name]
        if topic is not DEAD:
            assert re.findall(r"`(\S+)`", cells[1]) == list(topic.carries)
        assert cells[5] == f"{topic.max_bytes // 2**20} MiB"
        assert cells[6] == topic.writer
        assert cells[7] == ", ".join(topic.readers)


def test_doctor_looks_at_kafka_and_its_topics(cluster: Cluster) -> None:
    """`doctor` finds topics that are as they must be, says which is missing, and names brokers that do not answer."""

    def finding(**env: str) -> tuple[bool, str]:
        settings = parse(b"", {**cluster.env, **env})
        (found,) = [one for one in examine(settings) if one.what == "kafka"]
        return found.well, found.found

    assert finding() == (True, f"{cluster.servers} answers, its topics are as they must be")
    well, said = finding(ATALAYA_KAFKA_PREFIX="nowhere.")
    assert not well
    assert "nowhere.mentions.raw.v1" in said
    well, said = finding(ATALAYA_KAFKA_SERVERS="127.0.0.1:1")
    assert not well
    assert "127.0.0.1:1" in said
