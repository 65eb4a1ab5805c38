"""Stage WATCH: one fenced transaction per batch. Arrive, erase, hear the heartbeats, fold what is closed.

The thin glue between the pure steps and the store; the order of its calls is the pipeline of docs/architecture.md.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mentions.drops import Drop
from mentions.errors import NotOurs
from mentions.records import Heartbeat, ScoredMention
from processors import author_days, fold
from processors.arrival import MentionKey, bucket_deltas, link_rows, profiles, split
from processors.brand_names import names_of
from processors.detecting import Detection
from processors.detection.steps import AlertStep
from processors.fold import FoldMention
from processors.report import BatchReport
from processors.scored_batch import ScoredBatch
from processors.store import alerting, arrivals, erasing, folding, progress
from processors.store.alerting import Routing
from processors.store.arrivals import Arriving, Row
from processors.store.explaining import explained
from processors.store.meeting import forget_in_answers, hold_foreign_parents, meet_tombstones
from processors.store.opening import Store
from processors.store.own_brands import own_brands
from processors.store.progress import Elsewhere, LogPartition, Progress
from processors.store.tombstones import any_tombstone
from processors.ticks import BEFORE_TIME, TimeRules, fold_tick
from processors.unfolded import Unfolded
from processors.watermark import ShardClock, ShardKey, heard, shard_name, watermark

HISTORIC_AFTER = timedelta(minutes=60)
"""An alert that opened so long before the runtime's clock is stored, and delivered only if it lasts to the present."""
ERASED_VOTES_FOR = timedelta(hours=2)
"""How long an erased mention keeps its vote (docs/architecture.md, 'Deletions')."""


@dataclass(slots=True)
class _Memory:
    """What the store held when this worker took over, kept in step with every commit."""

    progress: Progress
    own: set[str] | None
    clocks: dict[ShardKey, ShardClock]
    days: dict[str, fold.BrandState]
    unfolded: Unfolded
    elsewhere: Elsewhere
    tombstones: bool
    first_trace: datetime | None
    detection: Detection

    def folded_until(self, brand: str) -> int:
        state = self.days.get(brand)
        return BEFORE_TIME if state is None else state.folded_until

    def note_brands(self, names: set[str]) -> None:
        """Mentions of these brands are stored from now on."""
        if self.own is not None:
            self.own = self.own | names

    def note_deletion(self, at: datetime) -> None:
        """From now on arrivals may meet a tombstone, and something erased at `at` may still have a trace."""
        self.tombstones = True
        self.first_trace = at if self.first_trace is None else min(at, self.first_trace)


@dataclass(slots=True)
class _Batch:
    """One batch on its way through the transaction: what memory becomes if it commits.

    Attributes:
        stored_until: by brand, the last tick in which mentions of earlier batches wait for their fold.
        rows: those that this batch inserted. reread: there may be others, or some of them were changed again.
    """

    memory: _Memory
    now: datetime
    stored_until: dict[str, int]
    rows: Sequence[Row] = ()
    reread: bool = False
    new: list[ScoredMention] = field(default_factory=list)
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    heard: list[Heartbeat] = field(default_factory=list)
    erased: int = 0
    folded: int = 0


class Watch:
    """The writer of one log partition, and of the brands that belong to it. One thread at a time.

    What partitions share they write so that no order among them matters: authors and drops row by row, the counts of a
    shard's heartbeats by one of them only.

    Raises (from `take_over` and `process`):
        StoreUnavailable: nothing was changed, unless the connection broke while it committed.
        NotOurs: the store holds these records already, or another worker wrote.

    After any exception call `take_over` and go on behind the offset that it returns.
    """

    def __init__(self, store: Store, log: LogPartition, rules: TimeRules, channels: Routing = ()) -> None:
        self._store, self._log, self._rules, self._channels = store, log, rules, channels
        self._memory: _Memory | None = None
        self._told: dict[str, int] = {}

    def take_over(self) -> Progress:
        """Load what the store knows of this log; reading goes on behind the offset returned."""
        self._memory = None
        with self._store.writing() as connection:
            done = progress.take_over(connection, self._log)
            own = own_brands(connection, self._log)
            self._memory = _Memory(
                progress=done,
                own=own,
                clocks=progress.load_clocks(connection, self._log),
                days=folding.load_states(connection, author_days.NAME, own),
                unfolded=Unfolded(folding.unfolded_ticks(connection, author_days.NAME, own)),
                elsewhere=progress.elsewhere(connection, self._log),
                tombstones=any_tombstone(connection, self._log.partition),
                first_trace=erasing.first_trace(connection, own),
                detection=Detection(self._rules, self._store),
            )
            # when each must be folded next was known to the worker before; its first fold tells it anew
            self._memory.detection.wake |= {name: day.folded_until + 1 for name, day in self._memory.days.items()}
        return done

    def process(self, scored: ScoredBatch, now: datetime) -> BatchReport:
        """Commit one batch.

        Raises:
            ValueError: a mention's brand belongs to another partition, whose worker writes it; nothing was changed.
        """
        self._refuse_foreign(scored.mentions)
        memory, self._memory = self._require_memory(), None
        if scored.first_offset <= memory.progress.offset:
            raise NotOurs(
                f"log {self._log.log_id}, partition {self._log.partition}: the store holds the records up to "
                f"{memory.progress.offset} already, and these begin with {scored.first_offset}"
            )
        batch = _Batch(memory, now, memory.unfolded.last())
        with self._store.writing() as connection:
            self._run(connection, scored, batch)
        self._memory = batch.memory
        heard = self._first_told(batch.heard)
        return BatchReport(
            last_offset=scored.last_offset,
            new=tuple(batch.new),
            dropped=dict(batch.dropped),
            late=dict(batch.late),
            erased=batch.erased,
            folded=batch.folded,
            heartbeats=tuple(heard),
            watermark=batch.memory.progress.watermark,
        )

    def _refuse_foreign(self, mentions: Sequence[ScoredMention]) -> None:
        """Two workers on one brand would wait for each other for ever."""
        for brand in {mention.brand for mention in mentions}:
            if not self._log.owns(brand):
                msg = f"{self._log}: brand {brand} belongs to another partition"
                raise ValueError(msg)

    def _first_told(self, beats: Sequence[Heartbeat]) -> list[Heartbeat]:
        """Those that no earlier batch held: each comes once by every raw partition, and in order by each of them."""
        new = [beat for beat in beats if beat.seq > self._told.get(shard_name(beat), -1)]
        for beat in new:
            name = shard_name(beat)
            self._told[name] = max(beat.seq, self._told.get(name, -1))
        return new

    def _require_memory(self) -> _Memory:
        if self._memory is None:
            self.take_over()
        if self._memory is None:
            msg = "take_over leaves a memory or raises"
            raise AssertionError(msg)
        return self._memory

    def _run(self, connection: Connection, scored: ScoredBatch, batch: _Batch) -> None:
        """The table of contents of WATCH."""
        memory = batch.memory
        before = memory.progress.watermark
        changed = self._advance(connection, scored, memory)  # first: whoever is not the owner ends here
        brands = {mention.brand for mention in scored.mentions}
        memory.note_brands(brands)
        folding.confirm_states(connection, author_days.NAME, memory.days, brands)
        self._arrive(connection, scored.mentions, before, batch)
        self._erase(connection, scored, batch)
        self._bury(connection, scored, batch)
        progress.save_clocks(connection, self._log, changed)
        batch.heard = self._own_beats(scored)
        progress.save_coverage(connection, batch.heard)
        self._fold(connection, batch)
        self._forget_traces(connection, memory)
        arrivals.count_drops(connection, batch.dropped)

    def _advance(self, connection: Connection, scored: ScoredBatch, memory: _Memory) -> dict[ShardKey, ShardClock]:
        loaded = memory.progress
        changed = heard(memory.clocks, scored.watermarks)
        memory.clocks = memory.clocks | changed
        memory.progress = Progress(scored.last_offset, watermark(memory.clocks, loaded.watermark))
        progress.advance(connection, self._log, loaded, memory.progress)
        return changed

    def _own_beats(self, scored: ScoredBatch) -> list[Heartbeat]:
        """Each heartbeat of the batch once, however many raw partitions brought it."""
        beats = {
            (beat.outbox_id, beat.source, beat.shard, beat.seq): beat
            for mark in scored.watermarks
            for beat in mark.heartbeats
        }
        return [beat for beat in beats.values() if self._log.owns(shard_name(beat))]

    # --- arrival ---

    def _arrive(
        self, connection: Connection, mentions: Sequence[ScoredMention], mark: datetime | None, batch: _Batch
    ) -> None:
        arrived = split(mentions)
        entries = self._entries(connection, list(arrived.first.values()), mark, batch)
        inserted = arrivals.insert_new(connection, entries, batch.now)
        batch.rows = list(inserted.values())
        fresh = [entry for entry in entries if entry.key in inserted]
        batch.new = [entry.mention for entry in fresh if entry.erased_at is None]
        self._note_arrivals(fresh, batch)
        arrivals.add_to_buckets(connection, bucket_deltas(batch.new))
        arrivals.merge_authors(connection, profiles(batch.new))
        arrivals.add_links(connection, link_rows(batch.new))
        known = [entry.mention for entry in entries if entry.key not in inserted]
        self._count_repeats(connection, [*known, *arrived.repeats], batch)
        forget_in_answers(connection, self._store, [e.mention.post for e in fresh if e.erased_at is not None])

    def _entries(
        self, connection: Connection, first: list[ScoredMention], mark: datetime | None, batch: _Batch
    ) -> list[Arriving]:
        memory = batch.memory
        closed = self._rules.last_foldable(mark)
        entries = [Arriving(m, fold_tick(m.post.created_at, closed, memory.folded_until(m.brand))) for m in first]
        if memory.own is not None:
            hold_foreign_parents(connection, memory.own, entries)
            # other partitions tell this one of posts that went with their authors
            memory.tombstones = memory.tombstones or any_tombstone(connection, self._log.partition)
        if not memory.tombstones:
            return entries
        met = meet_tombstones(connection, self._store, self._log, entries)
        erased = [entry.erased_at for entry in met if entry.erased_at is not None]
        batch.erased, batch.reread = len(erased), bool(erased)
        for moment in erased:
            memory.note_deletion(moment)
        return met

    def _note_arrivals(self, fresh: Sequence[Arriving], batch: _Batch) -> None:
        unfolded = batch.memory.unfolded
        for entry in fresh:
            mention = entry.mention
            unfolded.add(mention.brand, entry.fold_tick)
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

    # --- deletions and dead letters ---

    def _erase(self, connection: Connection, scored: ScoredBatch, batch: _Batch) -> None:
        if not scored.deletions:
            return
        memory, batch.reread = batch.memory, True
        batch.erased += erasing.obey(
            connection, self._store, self._log, memory.own, scored.deletions, memory.folded_until
        )
        memory.note_deletion(min(deletion.at for deletion in scored.deletions))

    def _bury(self, connection: Connection, scored: ScoredBatch, batch: _Batch) -> None:
        for letter in scored.dead:
            batch.dropped["", "", letter.reason.value] += 1
        letters = [
            {"offset": dead.offset, "reason": dead.reason.value, "payload": dead.payload} for dead in scored.dead
        ]
        progress.bury(connection, self._log, letters, batch.now)

    # --- fold ---

    def _fold(self, connection: Connection, batch: _Batch) -> None:
        """Fold every closed tick that holds mentions; ticks without any need no statement."""
        memory = batch.memory
        until = self._rules.last_foldable(memory.progress.watermark)
        waiting = (*memory.unfolded.first().items(), *memory.detection.wake.items())
        due = {brand: memory.folded_until(brand) for brand, first in waiting if first <= until}
        if not due:
            return
        mentions = fold.in_order(self._unfolded(connection, due, until, batch))
        batch.folded = len(mentions)
        groups = dict(fold.by_brand(mentions))
        outcomes = memory.detection.fold(connection, groups, due, until, memory.clocks)
        folding.add_author_days(connection, author_days.counted(m for each in outcomes for m in each.mentions))
        self._alert(connection, [step for each in outcomes for step in each.steps], until, batch)
        if self._channels:
            alerting.deliver_caught_up(
                connection,
                dict.fromkeys(due, until),
                channels=self._channels,
                historic_before=batch.now - HISTORIC_AFTER,
                now=batch.now,
            )
        self._close(connection, due, until, memory)
        if batch.reread:  # others may have added to ticks that are still open
            memory.unfolded = Unfolded(folding.unfolded_ticks(connection, author_days.NAME, memory.own))
        else:
            memory.unfolded.fold(due, until)

    def _unfolded(
        self, connection: Connection, due: Mapping[str, int], until: int, batch: _Batch
    ) -> Iterator[FoldMention]:
        """Mentions of closed ticks that no fold has seen; those that only this batch brought need not be read."""
        elsewhere = progress.elsewhere(connection, self._log)
        batch.reread = batch.reread or elsewhere != batch.memory.elsewhere
        batch.memory.elsewhere = elsewhere
        stored = dict.fromkeys(due, until) if batch.reread else batch.stored_until
        read = {brand: min(stored.get(brand, BEFORE_TIME), until) for brand in due}
        yield from folding.unfolded(connection, self._store, due, read)
        for row in batch.rows:
            brand, tick = folding.brand_and_tick(row)
            if brand in due and max(due[brand], read[brand]) < tick <= until:
                yield folding.as_read(self._store, row)

    def _alert(self, connection: Connection, steps: Sequence[AlertStep], until: int, batch: _Batch) -> None:
        """Write what the detectors told, with its explanation, and who is to hear of it."""
        if not steps:
            return
        now, detection = batch.now, batch.memory.detection
        brands = (detection.brand(name, until) for name in {step.brand for step in steps})
        names = {brand.name: names_of(brand.name, brand.query, brand.accounts) for brand in brands if brand}
        alerting.take_steps(
            connection,
            steps,
            channels=self._channels,
            explanations=explained(connection, self._store, steps, names),
            historic_before=now - HISTORIC_AFTER,
            now=now,
        )

    def _close(self, connection: Connection, brands: Iterable[str], until: int, memory: _Memory) -> None:
        revs = {brand: before.rev if (before := memory.days.get(brand)) else 0 for brand in sorted(brands)}
        after = [fold.BrandState(b, author_days.NAME, author_days.VERSION, rev + 1, until) for b, rev in revs.items()]
        folding.save_states(connection, after)
        memory.days |= {state.brand: state for state in after}

    def _forget_traces(self, connection: Connection, memory: _Memory) -> None:
        """Only when something is due: it looks at what was erased since the last time."""
        mark = memory.progress.watermark
        if mark is None or memory.first_trace is None or memory.first_trace > mark - ERASED_VOTES_FOR:
            return
        memory.first_trace = erasing.forget_traces(connection, memory.own, mark - ERASED_VOTES_FOR)
