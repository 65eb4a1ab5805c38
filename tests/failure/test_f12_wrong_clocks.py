"""F12: posts whose authors' clocks are wrong, by a day, by decades."""

import random
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import select

from ingest.admission import admit
from ingest.outbox import Outbox
from ingest.sources.bluesky.frames import parse_frame
from mentions.brands import Brand
from mentions.conversation import BrandMatcher
from mentions.records import Event, Mention
from processors.store import schema
from processors.store.detail import decode_detail
from processors.store.opening import Store, open_store
from tests.distributed import Cluster, embedded
from tests.failure.faults import PATIENT
from tests.playing import a_beat, at
from tests.servers.jetstream_events import post, v1_frame
from tests.tables import EQUAL, EQUAL_WHEN_LATE, Rows, assert_equal, tables

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
POSTS, EVERY = 240, 10
"""Posts with right clocks, ten seconds apart, and after how many comes one with a wrong one."""
DAY = timedelta(days=1)
WRONG = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(2106, 2, 7, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    -DAY,
    DAY,
    -7 * DAY - timedelta(seconds=1),
    timedelta(minutes=5, seconds=1),
)
"""What their clocks show, at any moment, or against the right one."""
BELIEVED = (-DAY,)
"""Of these, what a live post may have: its author may have been offline."""
BRAND = Brand(name="lumbre", query="lumbre")


def shown(wrong: datetime | timedelta, now: datetime) -> datetime:
    """What a wrong clock shows."""
    return wrong if isinstance(wrong, datetime) else now + wrong


class Posts:
    """What a network sends: posts of the right time, and every so many one by a stranger with a wrong clock.

    Args:
        live: as they come through the network's parser and admission; else the same, taken at their word as a replay
            does.

    Attributes:
        strangers: mention ids, with the wrong clock and the time when the post came.
    """

    def __init__(self, folder: Path, chance: random.Random, *, live: bool) -> None:
        self._outbox = Outbox(folder / "admitting.sqlite", durable=False)
        self._matcher, self._chance, self._live = BrandMatcher([(BRAND, 1)]), chance, live
        self.strangers: dict[str, tuple[datetime | timedelta, datetime]] = {}
        self.records = [*self._stream(), a_beat(10.0 * POSTS), a_beat(10.0 * POSTS + 3600)]
        self._outbox.close()

    def _stream(self) -> Iterator[Event]:
        for number in range(POSTS):
            now = at(10.0 * number)
            yield self._admitted(f"did:plc:a{number % 7}", f"p{number}", now, now)
            if number % EVERY == EVERY - 1:
                wrong = WRONG[number // EVERY % len(WRONG)]
                stranger = self._admitted(f"did:plc:stranger{number}", f"w{number}", shown(wrong, now), now)
                self.strangers[stranger.post.id] = wrong, now
                yield stranger
            if number % 30 == 29:
                yield a_beat(10.0 * number)

    def _admitted(self, did: str, key: str, written: datetime, now: datetime) -> Mention:
        text = self._chance.choice(["lumbre bien", "lumbre mal, a terrible flight", "lumbre, great bread"])
        item = parse_frame(v1_frame(post(did, key, text, written, langs=["en"]), now, 1), now)
        (mention,) = admit([item], self._matcher, self._outbox.seen).records
        assert isinstance(mention, Mention)
        if self._live:
            return mention
        believed = structs.replace(mention.post, created_at=written, received_at=written, clock_skew=False)
        return Mention(believed, mention.hits)

    def ordinary(self) -> list[Event]:
        """The records without the strangers'."""
        return [
            record for record in self.records if not (isinstance(record, Mention) and record.post.id in self.strangers)
        ]


def of_others(store: Store, strangers: Collection[str]) -> dict[str, Rows]:
    """What a store holds of the posts with right clocks: their rows with fold ticks, and their authors' days."""
    rows = tables(store, columns={name: EQUAL[name] for name in ("mentions", "author_days")})
    days = rows["author_days"].items()
    return {
        "mentions": {key: row for key, row in rows["mentions"].items() if row["id"] not in strangers},
        "author_days": {key: row for key, row in days if "stranger" not in str(row["author_id"])},
    }


@pytest.fixture
def without(tmp_path: Path) -> Iterator[Store]:
    """The store of an embedded run without the strangers."""
    (tmp_path / "without").mkdir()
    with open_store(str(tmp_path / "without" / "store.sqlite")) as store:
        yield store


def play(cluster: Cluster, posts: Posts, other: Store, without: Store) -> None:
    """Let the distributed runtime have all; it ends as the embedded one, and the others as if alone."""
    cluster.brands = (BRAND,)
    cluster.prepare()
    for stage in ("score", "watch"):
        cluster.worker(stage)
    cluster.send(posts.records)
    embedded(posts.records, other, cluster.folder, cluster.settings, cluster.brands)
    embedded(posts.ordinary(), without, cluster.folder / "without", cluster.settings, cluster.brands)
    cluster.wait_drained(PATIENT)
    with cluster.store() as store:
        assert_equal(tables(other, columns=EQUAL_WHEN_LATE), tables(store, columns=EQUAL_WHEN_LATE))
        alone = of_others(without, ())
        assert len(alone["mentions"]) == POSTS
        assert_equal(alone, of_others(store, posts.strangers))


def test_a_live_post_with_an_incredible_time_gets_that_of_its_receipt(
    cluster: Cluster, other: Store, without: Store, chance: random.Random
) -> None:
    """Through admission: it is flagged and counted when it came; the windows and days of the others do not notice."""
    posts = Posts(cluster.folder, chance, live=True)

    play(cluster, posts, other, without)

    with cluster.store() as store, store.reading() as connection:
        rows = {row.id: row for row in connection.execute(select(schema.mentions))}
    for id_, (wrong, came) in posts.strangers.items():
        time, skewed = (shown(wrong, came), False) if wrong in BELIEVED else (came, True)
        assert (rows[id_].created_at, decode_detail(rows[id_].detail).clock_skew) == (time, skewed), wrong


def test_a_replayed_post_is_taken_at_its_word_and_moves_nobody_else(
    cluster: Cluster, other: Store, without: Store, chance: random.Random
) -> None:
    """Of 1970, of the year 9999, of yesterday and tomorrow: stored with its own time, and no other's minute changes."""
    posts = Posts(cluster.folder, chance, live=False)

    play(cluster, posts, other, without)

    with cluster.store() as store, store.reading() as connection:
        times = {row.id: row.created_at for row in connection.execute(select(schema.mentions))}
    for id_, (wrong, came) in posts.strangers.items():
        assert times[id_] == shown(wrong, came), wrong
