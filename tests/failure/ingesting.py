"""`atalaya ingest` under fault: a file of invented posts that grows, and what of it is in the outbox and in Kafka."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingest.brand_cache import OutboxBrandCache
from ingest.outbox import Outbox
from mentions.brands import Brand, BrandVersion
from mentions.codec import decode
from mentions.records import Mention
from mentions.topics import RAW
from tests.distributed import Cluster, Process
from tests.playing import MORNING

AUTHORS = 12
BRANDS = (Brand(name="lumbre", query="lumbre"),)
"""Without accounts, whose ids would be asked for on the network."""
_CONFIG = """
[[source]]
type = "file"
path = "{path}"
"""


class Ingest:
    """One `atalaya ingest` over a file, with the settings of a cluster, whose topics and brands it makes."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        cluster.brands = BRANDS
        cluster.prepare()
        self.file = cluster.folder / "posts.jsonl"
        self.file.touch()
        self._config = cluster.folder / "atalaya.toml"
        self._config.write_text(_CONFIG.format(path=self.file))
        self.written = 0

    def knows_the_brands(self) -> None:
        """As after an earlier run: a start needs no Kafka."""
        with self.outbox() as outbox:
            OutboxBrandCache(outbox).save(
                BrandVersion(
                    brand=brand,
                    version=1,
                    effective_from=MORNING,
                    changed_at=MORNING,
                    changed_by="test",
                    why="test",
                )
                for brand in BRANDS
            )

    def start(self, **env: str) -> Process:
        """Start the process."""
        command = [sys.executable, "-c", "from atalaya.cli import main; main()", "ingest"]
        return self.cluster.start(
            f"ingest{len(self.cluster.processes)}", command, ATALAYA_CONFIG=str(self._config), **env
        )

    def write(self, count: int, text: str = "lumbre bien") -> None:
        """Append so many posts to the file, each with a number of its own as its id."""
        with self.file.open("a") as file:
            file.writelines(
                json.dumps(a_line(number, text)) + "\n" for number in range(self.written, self.written + count)
            )
        self.written += count

    @contextmanager
    def outbox(self) -> Iterator[Outbox]:
        """The outbox, opened beside the process."""
        outbox = Outbox(Path(self.cluster.settings.outbox.path), durable=False)
        try:
            yield outbox
        finally:
            outbox.close()

    def waiting(self) -> int:
        """Records in the outbox."""
        with self.outbox() as outbox:
            return outbox.rows()

    def sent(self) -> int:
        """How many mentions the raw topic holds."""
        return sum(isinstance(decode(record.value), Mention) for record in self.cluster.records(RAW))

    def assert_sent_exactly(self) -> None:
        """The raw topic holds every post that was written, once, in order by author."""
        sent = [decode(record.value) for record in self.cluster.records(RAW)]
        mentions = [event.post for event in sent if isinstance(event, Mention)]
        counted = Counter(int(post.native_id) for post in mentions)
        assert_same(counted, range(self.written))
        assert not (twice := [number for number, count in counted.items() if count > 1]), f"sent twice: {twice[:5]}"
        for author in {post.author.id for post in mentions}:
            numbers = [int(post.native_id) for post in mentions if post.author.id == author]
            assert numbers == sorted(numbers), f"order of {author}"


def a_line(number: int, text: str) -> dict[str, Any]:
    """A post of one of a few people, a second after the one before."""
    when = MORNING + timedelta(seconds=number)
    return {"id": str(number), "text": text, "created_at": when.isoformat(), "author": {"id": f"a{number % AUTHORS}"}}


def assert_same(found: Iterable[Any], wanted: Iterable[Any]) -> None:
    """Two sets are one; says how they differ in few words."""
    have, want = set(found), set(wanted)
    assert not want - have, f"lost {len(want - have)} of {len(want)}: {sorted(want - have)[:5]}"
    assert not have - want, f"nobody wrote {sorted(have - want)[:5]}"
