"""The process that the crash tests kill: `python -m tests.crash.driver VERB FOLDER [KILL_AT NTH]`.

`replay` stages, orders and judges an invented file. `receive` commits to an outbox for ever and says how far it is.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ingest import staging
from ingest.outbox import Batch, Outbox
from ingest.sources.base import Dropped, Item
from ingest.staging import Staging
from mentions.drops import Drop
from mentions.records import Counts, Deletion, Post
from processors.runtime.embedded import EmbeddedRuntime
from processors.store import arrivals, erasing, folding
from processors.store.opening import Store, open_store
from processors.store.schema import brands
from processors.ticks import TimeRules
from tests.playing import (
    BOOK,
    JUDGES,
    MORNING,
    NOW,
    OWN_ACCOUNT,
    KeywordMatcher,
    a_mention,
    a_post,
    add_brands,
    at,
    deletion,
)

ALLOWANCE = timedelta(seconds=30)
POSTS = 1200
PLACES: dict[str, tuple[object, str]] = {
    "staging": (Staging, "_stage_chunk"),
    "ordering": (Outbox, "heartbeat"),
    "inserting": (arrivals, "insert_new"),
    "erasing": (erasing, "obey"),
    "folding": (folding, "add_author_days"),
    "pruning": (Outbox, "prune"),
}
"""Where a process can be told to die: behind the call, in the middle of the transaction."""


def posts() -> list[Post]:
    """Posts of 20 people over two hours, with a conversation here and there."""
    made = []
    for number in range(POSTS):
        words = ("lumbre bien", "nubira mal", "lumbre y nubira", "hola")[number % 4]
        parent = str(number - 4) if number % 12 == 8 else None
        author = OWN_ACCOUNT if number % 50 == 7 else f"a{number % 20}"
        made.append(a_post(str(number), 6 * number, words, author=author, in_reply_to=parent, root_id=parent))
    return made


def items() -> Iterator[Item]:
    """The same, out of order, some twice, with deletions and lines that cannot be used."""
    written = posts()
    for number in range(POSTS):
        yield written[number * 7 % POSTS]
        if number % 40 == 3:
            yield written[number]
        if number % 100 == 50:
            yield deletion(str(number), 6 * number + 300)
            yield Dropped(Drop.NOT_JSON)
    yield Deletion(source="bluesky", author_id="a5", at=at(6 * POSTS), why="account deleted")


def die_at(place: str, nth: int) -> None:
    """Let this process be killed behind the nth call at a place; its transaction is open then."""
    owner, name = PLACES[place]
    real: Callable[..., Any] = getattr(owner, name)
    calls = iter(range(1, 10**9))

    def deadly(*args: Any, **fields: Any) -> Any:
        done = real(*args, **fields)
        if next(calls) == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(owner, name, deadly)


def opened(path: Path) -> Store:
    """The store, which knows the brands."""
    store = open_store(str(path))
    with store.reading() as connection:
        known = connection.execute(brands.select()).first()
    if known is None:
        add_brands(store)
    return store


def replay(folder: Path) -> None:
    """As `atalaya replay` does it: go on wherever the one before was killed."""
    staging._CHUNK = 150
    staged, store = Staging(folder / "replay.staging", "replay-1"), opened(folder / "store.sqlite")
    if not staged.is_staged():
        for _ in staged.stage(items()):
            pass
    for _ in staged.order(KeywordMatcher(), ALLOWANCE):
        pass
    runtime = EmbeddedRuntime(
        staged.outbox, store, JUDGES, lambda: BOOK, TimeRules(ALLOWANCE), lambda: NOW, prune=False, batch=100
    )
    while runtime.step():
        pass
    staged.close()
    store.close()


def live(folder: Path) -> None:
    """Judge what `receive` left, pruning behind it."""
    outbox, store = Outbox(folder / "outbox.sqlite"), opened(folder / "store.sqlite")
    runtime = EmbeddedRuntime(outbox, store, JUDGES, lambda: BOOK, TimeRules(ALLOWANCE), lambda: NOW, batch=50)
    while runtime.step():
        pass
    outbox.close()
    store.close()


def receive(folder: Path) -> None:
    """Commit batch after batch behind the cursor, speak now and then, and say each cursor once it is safe."""
    outbox = Outbox(folder / "outbox.sqlite")
    while True:
        done = int(outbox.cursor("bluesky", "main") or 0)
        size = done % 5 + 1
        records = [a_mention(a_post(str(number), number)) for number in range(done, done + size)]
        counts = Counts(seen=size, matched=size)
        outbox.commit(Batch("bluesky", "main", records, counts=counts, cursor=str(done + size)))
        if done % 3 == 0:
            outbox.heartbeat(
                "bluesky", "main", at=MORNING, source_class="stream", complete_until=at(done + size - 1), holds=True
            )
        print(done + size, flush=True)


def main() -> None:
    """Run a verb."""
    verb, folder, *kill = sys.argv[1:]
    if kill:
        die_at(kill[0], int(kill[1]))
    {"replay": replay, "live": live, "receive": receive}[verb](Path(folder))


if __name__ == "__main__":
    main()
