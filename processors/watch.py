"""Stage WATCH: one fenced transaction per batch. Arrive, erase, hear the heartbeats, fold what is closed.

The thin glue between the pure steps and the store; the order of its calls is the pipeline of docs/architecture.md.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from msgspec import structs
from sqlalchemy import Connection

from mentions.drops import Drop
from mentions.records import ScoredMention
from processors import author_days, fold
from processors.arrival import MentionKey, bucket_deltas, profiles, split
from processors.report import BatchReport
from processors.scoring import Scored
from processors.store import arrivals, erasing, folding, progress
from processors.store.arrivals import Arriving
from processors.store.opening import Store
from processors.store.progress import LogPartition, Progress
from processors.ticks import BEFORE_TIME, TimeRules, fold_tick
from processors.watermark import ShardClock, ShardKey, heard, watermark

ERASED_VOTES_FOR = timedelta(hours=2)
"""How long an erased mention keeps its vote (docs/architecture.md, 'Deletions')."""


@dataclass(slots=True)
class _Memory:
    """What the store held when this worker took over, kept in step with every commit."""

    progress: Progress
    clocks: dict[ShardKey, ShardClock]
    days: dict[str, fold.BrandState]
    first_unfolded: dict[str, int]
    tombstones: bool

    def folded_until(self, brand: str) -> int:
        state = self.days.get(brand)
        return BEFORE_TIME if state is None else state.folded_until


@dataclass(slots=True)
class _Batch:
    """One batch on its way through the transaction: what memory becomes if it commits."""

    memory: _Memory
    now: datetime
    new: list[ScoredMention] = field(default_factory=list)
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    erased: int = 0
    folded: int = 0


class Watch:
    """The writer of one log partition. One thread at a time.

    Raises (from `take_over` and `process`):
        StoreUnavailable: the same batch may be offered again.
        NotOurs: another worker wrote; call `take_over` and go on from its progress.
    """

    def __init__(self, store: Store, log: LogPartition, rules: TimeRules) -> None:
        self._store, self._log, self._rules = store, log, rules
        self._memory: _Memory | None = None

    def take_over(self) -> Progress:
        """Load what the store knows of this log; reading goes on behind the offset returned."""
        self._memory = None
        with self._store.writing() as connection:
            done = progress.take_over(connection, self._log)
            days = folding.load_states(connection, author_days.NAME)
            self._memory = _Memory(
                progress=done,
                clocks=progress.load_clocks(connection, self._log),
                days=days,
                first_unfolded=folding.first_unfolded(connection, author_days.NAME),
                tombstones=erasing.any_tombstone(connection, self._log.partition),
            )
        return done

    def process(self, scored: Scored, now: datetime) -> BatchReport:
        """Commit one batch. After any exception the memory is gone: take over before the next batch."""
        if self._memory is None:
            self.take_over()
        memory, self._memory = self._memory, None
        if memory is None:
            msg = "take_over leaves a memory or raises"
            raise AssertionError(msg)
        batch = _Batch(replace(memory, days=dict(memory.days), first_unfolded=dict(memory.first_unfolded)), now)
        with self._store.writing() as connection:
            self._run(connection, scored, batch)
        self._memory = batch.memory
        return BatchReport(
            last_offset=scored.last_offset,
            new=tuple(batch.new),
            dropped=dict(batch.dropped),
            late=dict(batch.late),
            erased=batch.erased,
            folded=batch.folded,
            heartbeats=tuple(scored.heartbeats),
            watermark=batch.memory.progress.watermark,
        )

    def _run(self, connection: Connection, scored: Scored, batch: _Batch) -> None:
        """The table of contents of WATCH."""
        memory = batch.memory
        loaded = memory.progress
        self._arrive(connection, scored.mentions, batch)
        self._erase(connection, scored, batch)
        self._bury(connection, scored, batch)
        self._hear(connection, scored, memory)
        mark = watermark(memory.clocks, loaded.watermark)
        memory.progress = Progress(scored.last_offset, mark)
        progress.advance(connection, self._log, loaded, memory.progress)
        self._fold(connection, batch)
        if mark is not None and memory.tombstones:
            folding.forget_erased(connection, mark - ERASED_VOTES_FOR)
        arrivals.count_drops(connection, batch.dropped)

    # --- arrival ---

    def _arrive(self, connection: Connection, mentions: Sequence[ScoredMention], batch: _Batch) -> None:
        arrived = split(mentions)
        entries = self._entries(connection, list(arrived.first.values()), batch.memory)
        inserted = arrivals.insert_new(connection, entries, batch.now)
        fresh = [entry for entry in entries if entry.key in inserted]
        batch.new = [entry.mention for entry in fresh if entry.erased_at is None]
        self._note_arrivals(fresh, batch)
        arrivals.add_to_buckets(connection, bucket_deltas(batch.new))
        arrivals.merge_authors(connection, profiles(batch.new))
        known = [entry.mention for entry in entries if entry.key not in inserted and entry.erased_at is None]
        self._count_repeats(connection, [*known, *arrived.repeats], batch)
        erased = [entry.mention.post for entry in fresh if entry.erased_at is not None]
        erasing.forget_in_replies(
            connection, self._store, [(post.source, post.native_id, post.author.id) for post in erased]
        )

    def _entries(self, connection: Connection, first: list[ScoredMention], memory: _Memory) -> list[Arriving]:
        closed = self._rules.last_foldable(memory.progress.watermark)
        entries = [Arriving(m, fold_tick(m.post.created_at, closed, memory.folded_until(m.brand))) for m in first]
        return self._meet_tombstones(connection, entries) if memory.tombstones else entries

    def _meet_tombstones(self, connection: Connection, entries: list[Arriving]) -> list[Arriving]:
        store = self._store
        posts = [entry.mention.post for entry in entries]
        own = [store.erased_id(post.source, post.native_id) for post in posts]
        people = [store.author_key(post.source, post.author.id) for post in posts]
        found = erasing.find_tombstones(connection, self._log.partition, [*own, *people])
        met = []
        for entry, erased_id, author_key in zip(entries, own, people, strict=True):
            author_gone = found.get(author_key)
            if author_gone is not None and entry.mention.post.created_at > author_gone:
                author_gone = None  # the author came back and wrote anew
            gone = [at for at in (found.get(erased_id), author_gone) if at is not None]
            if gone:
                entry = structs.replace(entry, erased_id=erased_id, author_key=author_key, erased_at=min(gone))
            met.append(entry)
        buried = {e.erased_id: e.erased_at for e in met if e.erased_id is not None and e.erased_at is not None}
        erasing.remember(connection, self._log.partition, buried)
        return met

    def _note_arrivals(self, fresh: Sequence[Arriving], batch: _Batch) -> None:
        first = batch.memory.first_unfolded
        for entry in fresh:
            mention = entry.mention
            first[mention.brand] = min(entry.fold_tick, first.get(mention.brand, entry.fold_tick))
            if self._rules.is_late(mention.post.source, mention.post.created_at, entry.fold_tick):
                batch.late[mention.post.source] += 1

    def _count_repeats(self, connection: Connection, repeats: Sequence[ScoredMention], batch: _Batch) -> None:
        keys: set[MentionKey] = {(mention.brand, mention.post.id) for mention in repeats}
        texts = arrivals.stored_texts(connection, keys)
        for mention in repeats:
            post = mention.post
            same = texts.get((mention.brand, post.id), (post.title, post.text)) == (post.title, post.text)
            reason = Drop.DUPLICATE if same else Drop.EDIT_IGNORED
            batch.dropped[mention.brand, post.source, reason.value] += 1

    # --- deletions, dead letters, heartbeats ---

    def _erase(self, connection: Connection, scored: Scored, batch: _Batch) -> None:
        if not scored.deletions:
            return
        memory = batch.memory
        memory.tombstones = True
        partition = self._log.partition
        deleted: dict[str, datetime] = {}
        for deletion in scored.deletions:
            key = erasing.tombstone_of(self._store, deletion)
            deleted[key] = max(deletion.at, deleted.get(key, deletion.at))
        erasing.remember(connection, partition, deleted)
        rows = erasing.condemned(connection, scored.deletions)
        erasing.erase(connection, self._store, partition, rows, memory.folded_until)
        batch.erased = len(rows)

    def _bury(self, connection: Connection, scored: Scored, batch: _Batch) -> None:
        for letter in scored.dead:
            batch.dropped["", "", letter.reason.value] += 1
        letters = [
            {"offset": dead.offset, "reason": dead.reason.value, "payload": dead.payload} for dead in scored.dead
        ]
        progress.bury(connection, self._log, letters, batch.now)

    def _hear(self, connection: Connection, scored: Scored, memory: _Memory) -> None:
        changed = heard(memory.clocks, scored.marks())
        memory.clocks = memory.clocks | changed
        progress.save_clocks(connection, self._log, changed)
        progress.save_coverage(connection, scored.heartbeats)

    # --- fold ---

    def _fold(self, connection: Connection, batch: _Batch) -> None:
        """Fold every closed tick that holds mentions; ticks without any need no statement."""
        memory = batch.memory
        until = self._rules.last_foldable(memory.progress.watermark)
        due = {brand: memory.folded_until(brand) for brand, first in memory.first_unfolded.items() if first <= until}
        if not due:
            return
        mentions = fold.in_order(folding.unfolded(connection, due, until))
        batch.folded = len(mentions)
        folding.add_author_days(connection, author_days.counted(mentions))
        for brand in due:
            self._close(connection, brand, until, memory)
        self._next_unfolded(connection, list(due), until, memory)

    def _close(self, connection: Connection, brand: str, until: int, memory: _Memory) -> None:
        before = memory.days.get(brand)
        rev = 0 if before is None else before.rev
        after = fold.BrandState(brand, author_days.NAME, author_days.VERSION, rev + 1, until)
        folding.save_state(connection, rev, after)
        memory.days[brand] = after

    def _next_unfolded(self, connection: Connection, brands: list[str], until: int, memory: _Memory) -> None:
        waiting = folding.next_unfolded(connection, brands, until)
        for brand in brands:
            memory.first_unfolded.pop(brand, None)
        memory.first_unfolded |= waiting
