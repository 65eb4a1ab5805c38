"""Processes that are killed in the middle of their work lose nothing and count nothing twice."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingest.outbox import Outbox
from mentions.codec import decode
from mentions.records import Heartbeat, Mention
from processors.store import schema
from processors.store.opening import open_store
from tests.crash import driver
from tests.tables import Rows, assert_equal, tables

DEADLINE = 60.0


def drive(verb: str, folder: Path, *kill: object) -> int:
    """Run the driver to its end, or to its death; return its exit status."""
    command = [sys.executable, "-m", "tests.crash.driver", verb, str(folder), *map(str, kill)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.stderr == ""
    return done.returncode


def left_in(folder: Path) -> tuple[dict[str, Rows], list[tuple[str, int]]]:
    """The tables, and what was dropped behind the log."""
    with open_store(str(folder / "store.sqlite")) as store:
        with store.reading() as connection:
            drops = [(row.reason, row.count) for row in connection.execute(select(schema.drops))]
        return tables(store, driver.posts()), sorted(drops)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Rows], list[tuple[str, int]]]:
    """What a replay leaves that nobody kills."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert drive("replay", folder) == 0
    found = left_in(folder)
    assert (
        len(found[0]["mentions"])
        == sum(("lumbre" in post.text) + ("nubira" in post.text) for post in driver.posts() if post.text != "hola")
        + _conversation_only()
    )
    assert found[0]["author_days"]
    return found


def _conversation_only() -> int:
    """Posts without a brand's word that belong to it by their author."""
    return sum(post.text != "lumbre bien" and "lumbre" not in post.text for post in driver.posts() if _is_own(post))


def _is_own(post: object) -> bool:
    return post.author.id == driver.OWN_ACCOUNT


@pytest.mark.parametrize(
    ("place", "calls"),
    [
        ("staging", (1, 3, 8)),
        ("ordering", (2, 60, 20)),
        ("inserting", (1, 3, 4)),
        ("erasing", (1, 1, 2)),
        ("folding", (1, 2, 4)),
    ],
)
def test_a_replay_that_is_killed_and_started_again_leaves_the_same(
    tmp_path: Path, undisturbed: tuple[dict[str, Rows], list[tuple[str, int]]], place: str, calls: tuple[int, ...]
) -> None:
    """Killed three times in staging, ordering, inserting, erasing or folding, a replay goes on to equal tables."""
    for nth in calls:
        assert drive("replay", tmp_path, place, nth) == -signal.SIGKILL
    assert drive("replay", tmp_path) == 0
    found = left_in(tmp_path)
    assert_equal(found[0], undisturbed[0])
    assert found[1] == undisturbed[1]


def test_an_outbox_that_is_killed_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """Killed again and again while it commits: every record behind the cursor is there once, no count is lost.

    What was said to be safe is safe; records, cursor and counts belong together; offsets have no hole.
    """
    dice = random.Random(3)
    for _ in range(8):
        command = [sys.executable, "-m", "tests.crash.driver", "receive", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = [int(process.stdout.readline()) for _ in range(dice.randrange(3, 60))][-1]
            process.kill()
            said = int((process.stdout.read().splitlines() or [str(said)])[-1] or said)
        outbox = Outbox(tmp_path / "outbox.sqlite")
        entries = outbox.read(0, 10**6)
        cursor = int(outbox.cursor("bluesky", "main") or 0)
        outbox.close()
        assert cursor >= said
        assert [offset for offset, _ in entries] == list(range(1, len(entries) + 1))
        events = [decode(payload) for _, payload in entries]
        posts = [int(event.post.native_id) for event in events if isinstance(event, Mention)]
        assert posts == list(range(cursor))
    beats = [event for event in events if isinstance(event, Heartbeat)]
    assert [beat.seq for beat in beats] == list(range(1, len(beats) + 1))
    outbox = Outbox(tmp_path / "outbox.sqlite")
    last = outbox.heartbeat("bluesky", "main", at=driver.NOW, source_class="stream", complete_until=None, holds=True)
    outbox.close()
    assert sum(beat.counts.seen for beat in (*beats, last)) == cursor


def test_a_pipeline_that_is_killed_while_it_prunes_counts_once(tmp_path: Path) -> None:
    """Between the store's commit and the outbox's prune a process may die: what it wrote is not written again."""
    command = [sys.executable, "-m", "tests.crash.driver", "receive", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(100):
            process.stdout.readline()
        process.kill()
    for place, nth in (("pruning", 1), ("inserting", 2), ("pruning", 3), ("folding", 1)):
        assert drive("live", tmp_path, place, nth) == -signal.SIGKILL
    assert drive("live", tmp_path) == 0
    outbox = Outbox(tmp_path / "outbox.sqlite")
    count = int(outbox.cursor("bluesky", "main") or 0)
    assert outbox.rows() == 0
    outbox.close()
    with open_store(str(tmp_path / "store.sqlite")) as store, store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(schema.mentions)).scalar_one() == count
        assert connection.execute(select(func.sum(schema.buckets.c.positive))).scalar_one() == count
        assert connection.execute(select(func.count()).select_from(schema.drops)).scalar_one() == 0
