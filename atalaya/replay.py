"""Recorded posts through the embedded pipeline in event time: stage, order, judge, and only once.

The staging file's identity is a digest of the inputs and of every option that changes what comes of them. So a replay
that was cut off goes on where it stopped, and one that was finished finds nothing new.
"""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from atalaya.brand_desk import BrandDesk
from atalaya.judging import judges_of
from atalaya.locks import exclusive
from ingest.sources.base import Item
from ingest.sources.file_notes import Notes
from ingest.sources.file_posts import FileOptions, read_posts
from ingest.staging import Staging
from mentions.brands import Brand
from mentions.codec import decode
from mentions.errors import Unavailable, UsageError
from mentions.records import Mention
from mentions.settings import Settings
from processors.report import BatchReport
from processors.runtime.embedded import EmbeddedRuntime
from processors.runtime.invalid_limit import InvalidLimit
from processors.store import facts, progress
from processors.store.arrivals import stored_keys
from processors.store.opening import Store
from processors.ticks import TimeRules

_CHUNK = 1000
STDIN = "-"
Tell = Callable[[str, int, int | None], None]
"""Told the phase, how much is done and of how much (None: unknown)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to replay. `brands` are seeded into the store before anything is matched."""

    inputs: tuple[str, ...]
    brands: tuple[Brand, ...]
    options: FileOptions
    settings: Settings
    late: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of a replay. `items` are the lines and rows read; `dropped` counts the unusable ones by reason."""

    nothing_new: bool = False
    items: int = 0
    new: int = 0
    late: int = 0
    erased: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)


def replay(request: Request, store: Store, tell: Tell = lambda *_: None) -> Outcome:
    """Replay into an open store.

    Raises:
        UsageError: the options do not fit the input, or its posts are older than what the store has judged.
        Unavailable: a file, the disk or the database; run the same again to go on.
    """
    with ExitStack() as stack:
        inputs = [_spooled(path, stack) for path in request.inputs]
        log_id = f"replay-{_digest(inputs, request)}"
        if _is_finished(store, log_id):
            return Outcome(nothing_new=True)
        path = _staging_path(store, log_id)
        stack.enter_context(exclusive(path, "another replay of the same input"))
        stack.callback(path.with_name(path.name + ".lock").unlink, missing_ok=True)
        staging = Staging(path, log_id)
        stack.callback(staging.close)
        return _replay(request, inputs, store, staging, tell)


def _replay(request: Request, inputs: list[Path], store: Store, staging: Staging, tell: Tell) -> Outcome:
    outcome = Outcome()
    desk = BrandDesk(store)
    desk.seed(request.brands, datetime.now(UTC))
    if not staging.is_staged():
        try:
            for done in staging.stage(_items(inputs, request, outcome.notes)):
                tell("reading", done, None)
        except UsageError:
            staging.remove()
            raise
    staged = staging.summary()
    outcome.items, outcome.dropped = staged.items + sum(staged.dropped.values()), staged.dropped
    allowance = timedelta(seconds=request.settings.time.allowance_seconds)
    if not staging.is_ordered():
        for done in staging.order(desk.matcher(), allowance):
            tell("ordering", done, staged.items)
    if not request.late:
        _refuse_older(store, staging)
    _judge(request, store, staging, desk, allowance, outcome, tell)
    with store.writing() as connection:
        facts.set_fact(connection, _fact(staging.outbox.log_id), datetime.now(UTC).isoformat())
    staging.remove()
    return outcome


def _judge(
    request: Request,
    store: Store,
    staging: Staging,
    desk: BrandDesk,
    allowance: timedelta,
    outcome: Outcome,
    tell: Tell,
) -> None:
    clock = _EventClock()
    runtime = EmbeddedRuntime(
        staging.outbox,
        store,
        judges_of(request.settings),
        desk.book,
        TimeRules(allowance),
        clock.now,
        prune=False,
        limit=InvalidLimit(request.settings.work.max_invalid_ratio),
    )
    runtime.start()
    total = staging.outbox.last_offset()
    while (report := runtime.sure_step()) is not None:
        clock.hear(report)
        outcome.new += len(report.new)
        outcome.late += sum(report.late.values())
        outcome.erased += report.erased
        tell("judging", report.last_offset, total)


class _EventClock:
    """The time of a replay: that of its own watermark, so that the same input always leaves the same rows."""

    def __init__(self) -> None:
        self._now = datetime(1970, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def hear(self, report: BatchReport) -> None:
        self._now = max(self._now, report.watermark or self._now)


def _items(inputs: list[Path], request: Request, notes: Notes) -> Iterator[Item]:
    for path in inputs:
        for _, item in read_posts(str(path), request.options, notes):
            yield item


def _spooled(path: str, stack: ExitStack) -> Path:
    """The input as a file that can be read twice: once for its digest, once for its posts."""
    if path != STDIN:
        return Path(path)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-")))
    spool = folder / "standard-input"
    with spool.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return spool


def _digest(inputs: list[Path], request: Request) -> str:
    """16 hex digits over the inputs' bytes and the options; `late` is no part of it: it does not change what comes."""
    digest = hashlib.sha256(b"replay 1")
    for path in inputs:
        try:
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise Unavailable(f"{path}: cannot be read: {error.strerror}") from error
    options = msgspec.json.encode(
        (request.options, sorted(request.brands, key=lambda brand: brand.name)), order="sorted"
    )
    digest.update(options)
    return digest.hexdigest()[:16]


def _fact(log_id: str) -> str:
    return f"finished {log_id}"


def _is_finished(store: Store, log_id: str) -> bool:
    with store.reading() as connection:
        return facts.fact(connection, _fact(log_id)) is not None


def _staging_path(store: Store, log_id: str) -> Path:
    """Beside a store that is a file; else in the temporary folder, under a name that a later run finds again."""
    if store.path is not None:
        return store.path.with_name(f"{store.path.name}.{log_id}.staging")
    return Path(tempfile.gettempdir()) / f"atalaya-{store.store_id[:8]}-{log_id}.staging"


def _refuse_older(store: Store, staging: Staging) -> None:
    """Refuse posts that the store has judged past, unless it holds them; a replay that began already goes on."""
    log_id = staging.outbox.log_id
    with store.reading() as connection:
        judged = progress.newest_watermark(connection, besides=log_id)
        if judged is None or progress.has_begun(connection, log_id):
            return
        older, first = 0, ""
        for keys in _older_keys(staging, judged):
            missing = sorted(keys - stored_keys(connection, store, keys))
            older += len(missing)
            first = first or (missing[0][1] if missing else "")
    if older:
        staging.remove()
        raise UsageError(
            f"{older} of these mentions are older than {judged:%Y-%m-%d %H:%M} UTC, up to which this store has judged, "
            f"and it does not hold them (the first: {first}). They cannot be judged in order any more: take another "
            "--store, add them to the counts alone with --late, or add them so and run `atalaya replay-store --refold "
            "--swap`"
        )


def _older_keys(staging: Staging, judged: datetime) -> Iterator[set[tuple[str, str]]]:
    offset = 0
    while entries := staging.outbox.read(offset, _CHUNK):
        offset = entries[-1][0]
        events = [decode(payload) for _, payload in entries]
        mentions = [event for event in events if isinstance(event, Mention) and event.post.created_at < judged]
        if mentions:
            yield {(hit.brand, mention.post.id) for mention in mentions for hit in mention.hits}
