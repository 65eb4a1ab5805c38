import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from atalaya.brand_feed import BrandFeed
from atalaya.cli import run
from ingest.kafka import connecting
from ingest.kafka.topics import TopicAdmin
from mentions.brands import Brand
from processors.store import brands
from processors.store.opening import open_store
from tests.contract.test_brand_topic import is_known
from tests.distributed import Cluster, Process, wait_until
from tests.kafka import Broker
from tests.sockets import forgotten_sockets
from tests.store_rows import heard, mention, put

pytestmark = pytest.mark.kafka
CONFIG = """
[[brand]]
name = "lumbre"
query = "lumbre"

[[source]]
type = "bluesky"
[[source]]
type = "rss"
url = "https://news.example/feed.xml"
"""


def serve(cluster: Cluster, **env: str) -> Process:
    """Start `atalaya serve` with a brand and two sources configured."""
    config = cluster.folder / "atalaya.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "serve", "--port", "0"]
    return cluster.start(f"serve{len(cluster.processes)}", command, ATALAYA_CONFIG=str(config), **env)


def address(process: Process, of: str) -> str:
    """Where it shows something, as its log says."""
    process.says(of)
    found = (json.loads(line) for line in process.words().splitlines() if line.startswith("{"))
    return str(next(line["address"] for line in found if line["event"] == of))


def get(url: str) -> str:
    """Ask for a page that must succeed."""
    with urlopen(url, timeout=10) as response:
        return str(response.read().decode())


def put_a_day(url: str) -> None:
    """A store in which Bluesky was heard just now, and one mention is stored."""
    now = datetime.now(UTC)
    with open_store(url) as store, store.writing() as connection:
        put(connection, mention(created_at=now - timedelta(minutes=1), text="El pan de Lumbre"))
        heard(connection, [now], seen=7, matched=1)


@pytest.fixture
def cluster(kafka: Broker, topic_prefix: str, store_url: str, tmp_path: Path) -> Iterator[Cluster]:
    """Topics and an address for a store."""
    made = Cluster(kafka.servers, topic_prefix, store_url, tmp_path)
    with TopicAdmin(made.settings.kafka) as admin:
        admin.ensure()
    yield made
    made.close()


def test_serve_shows_a_store_and_publishes_its_brands(cluster: Cluster) -> None:
    """Over a store that others fill it serves the console, metrics of what the store knows, and health; the configured
    brand, and one changed in the store, reach the brands topic within 10 s; SIGTERM ends it within seconds, exit 0.
    """
    put_a_day(cluster.store_url)
    process = serve(cluster)
    with BrandFeed(cluster.settings.kafka) as feed:
        assert is_known(feed)
        assert feed.shown() == ["lumbre 1"]
        with open_store(cluster.store_url) as store, store.writing() as connection:
            changed = Brand(name="lumbre", query="pan")
            brands.add_version(connection, changed, who="ana", why="", now=datetime.now(UTC))
        assert wait_until(lambda: feed.shown() == ["lumbre 2"], "the change reaches others", 10) < 10

    console, metrics = address(process, "the console is served"), address(process, "metrics are shown")
    assert "El pan de Lumbre" in get(f"{console}/")
    assert get(f"{console}/healthz") == get(metrics.replace("/metrics", "/healthz")) == "ok\n"
    wait_until(lambda: 'atalaya_source_up{source="bluesky"} 1.0' in get(metrics), "the gauges are set")
    shown = get(metrics)
    for line in ('atalaya_source_up{source="rss"} 0.0', "atalaya_store_up 1.0", "atalaya_broker_up 1.0"):
        assert line in shown
    assert "atalaya_store_up 1.0" in get(f"{console}/metrics")

    begun = time.monotonic()
    assert process.stop() == 0, process.words()
    assert time.monotonic() - begun < 10


def test_serve_without_kafka_is_a_console_over_a_store(kafka: Broker, tmp_path: Path) -> None:
    """Without [kafka] it makes the store that is missing and serves it; published in a container it listens on every
    address and still answers to this machine's names only; nothing is warned of.
    """
    cluster = Cluster("", "", f"sqlite:///{tmp_path}/new/store.sqlite", tmp_path)
    try:
        process = serve(cluster, ATALAYA_SERVER_PUBLISHED="true")
        console = address(process, "the console is served")
        assert "lumbre" in get(f"{console}/")
        port = int(console.rpartition(":")[2])
        assert f"0.0.0.0:{port}" in _listening(process, port)
        with pytest.raises(HTTPError, match="421"):
            urlopen(Request(f"{console}/", headers={"Host": "console.example"}), timeout=10)
        assert process.stop() == 0, process.words()
        assert '"warning"' not in process.words()
    finally:
        cluster.close()


def _listening(process: Process, port: int) -> str:
    """Addresses at which something listens with that port, from Linux's own table."""
    rows = Path(f"/proc/{process.popen.pid}/net/tcp").read_text().splitlines()[1:]
    local = [row.split()[1] for row in rows if row.split()[3] == "0A"]
    pairs = [(bytes.fromhex(host)[::-1], int(number, 16)) for host, number in (entry.split(":") for entry in local)]
    return " ".join(f"{'.'.join(map(str, host))}:{number}" for host, number in pairs if number == port)


def test_a_changed_brand_is_published_at_once_or_the_verb_says_who_will(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`brands set` and `retire` publish after their commit; with Kafka away they warn and exit 0, and the change is in
    the store; another store than the configured one is nobody else's business.
    """

    def call(*arguments: str, **env: str) -> tuple[int, str]:
        for key, value in {**cluster.env, **env}.items():
            monkeypatch.setenv(key, value)
        return run(["brands", *arguments]), capsys.readouterr().err

    assert call("set", "lumbre", "--query", "lumbre", "--yes") == (0, "")
    assert call("set", "kolibri", "--query", "kolibri", "--yes", "--store", str(cluster.folder / "o.sqlite")) == (0, "")
    with BrandFeed(cluster.settings.kafka) as feed:
        assert is_known(feed)
        assert feed.shown() == ["lumbre 1"]
    monkeypatch.setattr(connecting, "BOOTSTRAP_SECONDS", 0.5)
    with forgotten_sockets():
        code, said = call("retire", "lumbre", ATALAYA_KAFKA_SERVERS="127.0.0.1:1")
    assert (code, said.count("\n")) == (0, 1)
    assert "not published yet, `atalaya serve` will do it: Kafka at 127.0.0.1:1 does not answer" in said
    with open_store(cluster.store_url) as store, store.reading() as connection:
        assert [entry.retired for entry in brands.history(connection, "lumbre")] == [False, True]
