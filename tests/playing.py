"""Plays records into a store as a worker would: in batches, with restarts, repeats and crashes. All is invented."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs
from msgspec.json import encode as encode_json
from sqlalchemy import Connection, event

from mentions.brands import Brand, BrandVersion
from mentions.clock import tick_of
from mentions.codec import encode
from mentions.partitioning import partition_of
from mentions.records import Author, Deletion, Event, Heartbeat, Hit, Label, Mention, Post, Sentiment
from processors.brand_book import BrandBook
from processors.fold import FoldMention
from processors.report import BatchReport
from processors.scored_batch import ScoredBatch, read_scored
from processors.scoring import Judges, score
from processors.store import schema
from processors.store.opening import Store, open_store
from processors.store.progress import LogPartition
from processors.ticks import TimeRules
from processors.watch import Watch

if TYPE_CHECKING:
    import pytest

MORNING = datetime(2026, 11, 16, 9, tzinfo=UTC)
NOW = MORNING + timedelta(hours=1)
OWN_ACCOUNT = "lumbre-account"
BRANDS = (
    Brand(name="lumbre", query="lumbre", accounts=(f"bluesky:{OWN_ACCOUNT}",)),
    Brand(name="nubira", query="nubira"),
)
BOOK = BrandBook.of(
    BrandVersion(brand=brand, version=1, effective_from=MORNING, changed_at=MORNING, changed_by="test", why="test")
    for brand in BRANDS
)
LOG = LogPartition("log-1")


class TagLanguages:
    """Believes the source's tag."""

    def identify(self, text: str, tag: str | None) -> str:
        """The tag, or `und`."""
        return tag or "und"


class KeywordEngine:
    """Judges by one word: `bien`, `mal`, or neither; a text with `?` stays unjudged."""

    version = "keyword-1"

    def judge(self, text: str, lang: str, target: object = None) -> Sentiment:
        """The label of the first word that is found."""
        found: dict[str, tuple[Label, float]] = {
            "?": ("unjudged", 0.0),
            "bien": ("positive", 0.5),
            "mal": ("negative", -0.5),
        }
        label, value = next((found[word] for word in found if word in text), ("neutral", 0.0))
        return Sentiment(label, value)


JUDGES = Judges(TagLanguages(), KeywordEngine())


class KeywordMatcher:
    """Finds brands by their names in the text; belongs to a brand what its account writes or what answers a mention."""

    def hits(self, post: Post, seen: Any) -> tuple[Hit, ...]:
        """One hit per brand."""
        why = {}
        for native_id in (post.in_reply_to, post.root_id):
            if native_id is not None:
                why |= dict.fromkeys(seen(native_id), "reply_to_mention")
        for brand in BRANDS:
            if brand.name in post.full_text.casefold():
                why[brand.name] = brand.query
        if post.author.id == OWN_ACCOUNT:
            why["lumbre"] = "own"
        return tuple(Hit(name, 1, why[name]) for name in sorted(why))


def at(seconds: float) -> datetime:
    """An instant `seconds` after nine o'clock."""
    return MORNING + timedelta(seconds=seconds)


def a_post(native_id: str, seconds: float = 0, text: str = "lumbre bien", **fields: Any) -> Post:
    """A public post of `ana` on bluesky, `seconds` after nine."""
    author = fields.pop("author", "ana")
    if not isinstance(author, Author):
        author = Author(author, handle=f"{author}.example", name=author.title())
    return Post(
        source=fields.pop("source", "bluesky"),
        native_id=native_id,
        author=author,
        text=text,
        created_at=at(seconds),
        received_at=fields.pop("received_at", at(seconds)),
        **{"lang": "es", **fields},
    )


def a_mention(post: Post, *brands: str) -> Mention:
    """A post that mentions `brands`; lumbre when none is named."""
    return Mention(post, tuple(Hit(brand, 1, brand) for brand in brands or ("lumbre",)))


def deletion(native_id: str | None = None, seconds: float = 0, *, author_id: str | None = None) -> Deletion:
    """A deletion of a bluesky post or author, `seconds` after nine."""
    return Deletion(source="bluesky", native_id=native_id, author_id=author_id, at=at(seconds), why="deleted")


_seq = count(1)


def a_beat(seconds: float, **fields: Any) -> Heartbeat:
    """A heartbeat of a live stream that has everything up to `seconds` after nine."""
    values: dict[str, Any] = {
        "outbox_id": "outbox-1",
        "source": "bluesky",
        "shard": "main",
        "seq": next(_seq),
        "at": at(seconds),
        "source_class": "stream",
        "complete_until": at(seconds),
        "holds": True,
    }
    return Heartbeat(**{**values, **fields})


def add_brands(store: Store) -> None:
    """Put the brands of this module where folding looks for their names."""
    rows = [
        {
            "name": brand.name,
            "version": 1,
            "definition": encode_json(brand).decode(),
            "effective_from": MORNING,
            "changed_at": MORNING,
            "changed_by": "test",
            "why": "test",
            "retired": False,
            "seed": None,
        }
        for brand in BRANDS
    ]
    with store.writing() as connection:
        connection.execute(schema.brands.insert(), rows)


@contextmanager
def memory_store() -> Iterator[Store]:
    """A store in memory that knows the brands."""
    with open_store(":memory:") as store:
        add_brands(store)
        yield store


def kept_store(request: "pytest.FixtureRequest", folder: Path) -> Iterator[Store]:
    """One store for a whole module, to be wiped before each test: a new database takes longer than most tests.

    `request.param` says on which database.
    """
    if request.param == "sqlite":
        with open_store(str(folder / "store.sqlite")) as store:
            yield store
        return
    server = request.getfixturevalue("postgres")
    address = server.new_database()
    with open_store(address) as store:
        yield store
    server.drop(address)


def wipe(store: Store) -> None:
    """Empty every table but the store's own facts, and add the brands: much faster than a new store."""
    with store.writing() as connection:
        for table in schema.metadata.sorted_tables:
            if table is not schema.meta:
                connection.execute(table.delete())
    add_brands(store)


Payload = bytes
Entries = list[tuple[int, Payload]]


def entries_of(records: Iterable[Event | Payload], first: int = 1) -> Entries:
    """Records with consecutive offsets, as a log gives them."""
    return [
        (offset, record if isinstance(record, bytes) else encode(record))
        for offset, record in enumerate(records, start=first)
    ]


class Player:
    """A worker over one store: offers it entries, each behind the last."""

    def __init__(self, store: Store, rules: TimeRules | None = None, log: LogPartition = LOG) -> None:
        self.store, self.log, self._rules = store, log, rules or TimeRules()
        self.restart()

    def restart(self) -> None:
        """Forget everything and begin where the store says."""
        self.watch = Watch(self.store, self.log, self._rules)
        self.offset = max(self.watch.take_over().offset, 0)

    def offer(self, entries: Entries, now: datetime = NOW) -> BatchReport:
        """Process one batch."""
        report = self.watch.process(self.read(entries, now), now)
        self.offset = report.last_offset
        return report

    def read(self, entries: Entries, now: datetime) -> ScoredBatch:
        """Entries as WATCH is given them."""
        return score(entries, BOOK, JUDGES, now).batch(entries)

    def play(self, *records: Event | Payload, now: datetime = NOW) -> BatchReport:
        """Process records as one batch behind what was played before."""
        return self.offer(entries_of(records, self.offset + 1), now)


def play(store: Store, records: Sequence[Event | Payload], *, rules: TimeRules, sizes: Iterable[int] = ()) -> Player:
    """Play a whole log in batches of `sizes`; what is left goes as one batch."""
    player = Player(store, rules)
    entries = entries_of(records)
    for size in sizes:
        if size and entries:
            player.offer(entries[:size])
            del entries[:size]
    if entries:
        player.offer(entries)
    return player


class ScoredPlayer(Player):
    """A worker over one partition of a scored log."""

    def read(self, entries: Entries, now: datetime) -> ScoredBatch:
        """Entries of the scored log are judged already."""
        return read_scored(entries, self.log.owns)


def scored_partitions(partitions: int, log_id: str = "topic-1") -> list[LogPartition]:
    """Every partition of one scored log."""
    return [LogPartition(log_id, "scored", number, partitions) for number in range(partitions)]


def scored_log(records: Iterable[Event | Payload], partitions: int, raw_partitions: int = 1) -> list[Entries]:
    """What SCORE makes of a raw log: mentions by brand, deletions and watermarks to every partition.

    Heartbeats stand in every raw partition, so that SCORE forwards each so many times.
    """
    payloads: list[list[Payload]] = [[] for _ in range(partitions)]
    for _, payload in entries_of(records):
        scored = score([(0, payload)], BOOK, JUDGES, NOW)
        for mention in scored.mentions:
            payloads[partition_of(mention.brand, partitions)].append(encode(mention))
        marks = [mark for number in range(raw_partitions) for mark in scored.marks(number, raw_partitions)]
        everywhere = [encode(record) for record in (*scored.deletions, *marks)]
        for log in payloads:
            log.extend(everywhere)
    return [entries_of(log) for log in payloads]


class Workers:
    """A scored log, and a worker for each of its partitions, over one store.

    Of three partitions lumbre and nubira are in two, and the third has no brand.
    """

    def __init__(
        self,
        store: Store,
        rules: TimeRules | None = None,
        partitions: int = 3,
        *,
        raw_partitions: int = 1,
        log_id: str = "topic-1",
    ) -> None:
        self.logs = scored_partitions(partitions, log_id)
        self.players = [ScoredPlayer(store, rules, log) for log in self.logs]
        self._raw_partitions = raw_partitions
        self._entries: list[Entries] = [[] for _ in self.logs]

    def put(self, *records: Event | Payload) -> None:
        """Let SCORE write records to the scored log."""
        for kept, new in zip(self._entries, scored_log(records, len(self.logs), self._raw_partitions), strict=True):
            kept += [(offset + len(kept), payload) for offset, payload in new]

    def of(self, brand: str) -> ScoredPlayer:
        """The worker of a brand."""
        return self.players[partition_of(brand, len(self.logs))]

    def waiting(self, player: Player) -> Entries:
        """What a worker has not processed yet."""
        return [entry for entry in self._entries[player.log.partition] if entry[0] > player.offset]

    def work(self, brand: str, size: int | None = None) -> BatchReport:
        """Let the worker of a brand process what waits for it, or `size` records of that, as one batch."""
        player = self.of(brand)
        return player.offer(self.waiting(player)[:size])

    def work_all(self) -> list[BatchReport]:
        """Let every worker process what waits for it."""
        return [player.offer(waiting) for player in self.players if (waiting := self.waiting(player))]


class CrashError(Exception):
    """Stands for the death of a process in the middle of a transaction."""


@contextmanager
def crashing(store: Store, at_statement: int) -> Iterator[None]:
    """Raise `CrashError` at the given statement that the store is sent, from 0."""
    left = count(at_statement, -1)

    def crash(*_: object) -> None:
        if next(left) == 0:
            raise CrashError

    event.listen(store.engine, "before_cursor_execute", crash)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", crash)


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    """Collect the statements that the store is sent, without the beginning and end of transactions."""
    sent: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


FOLDED = FoldMention(
    key="erased:1",
    author="a1",
    brand="lumbre",
    id="bluesky:1",
    source="bluesky",
    kind="post",
    voice="public",
    author_id="ana",
    created_at=at(0),
    fold_tick=tick_of(MORNING),
    lang="es",
    label="neutral",
    score=0.0,
    text_weight=1000,
    weight=1000,
)


def folded(**changes: object) -> FoldMention:
    """A stored mention as folding sees it: of lumbre by ana, at nine."""
    return structs.replace(FOLDED, **changes)
