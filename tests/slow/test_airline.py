"""Recorded brand mentions, whole: counts against an independent reading, order, kills, repetition.

Needs the folder of recorded data in ATALAYA_TEST_DATA (`make test-slow DATA=folder`).
"""

import csv
import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from processors.store.opening import open_store
from processors.store.schema import mentions, meta
from tests.tables import assert_equal, tables

HANDLES = ("united", "VirginAmerica", "SouthwestAir", "JetBlue", "USAirways", "AmericanAir")
BRANDS = [word for handle in HANDLES for word in ("--brand", f"{handle}=@{handle}")]
MAP = ["--map", "text=text,author.id=name,created_at=tweet_created"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def airline() -> Path:
    """The recorded file; a run of the slow tests without it is a mistake, not a skip."""
    folder = os.environ.get("ATALAYA_TEST_DATA", "")
    path = Path(folder) / "airline" / "Tweets.csv"
    assert path.is_file(), f"{path} is missing: make test-slow DATA=folder"
    return path


@pytest.fixture(scope="module")
def undisturbed(airline: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store after one replay that nobody disturbed."""
    store = str(tmp_path_factory.mktemp("airline") / "whole.sqlite")
    _replay(airline, store)
    return store


def _command(path: Path, store: str, *more: str) -> list[str]:
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "replay", str(path)]
    return [*command, *BRANDS, *MAP, "--store", store, "--no-summary", *more]


def _replay(path: Path, store: str, *more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(_command(path, store, *more), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _independent(path: Path) -> tuple[int, int, Counter[str]]:
    """Distinct posts, posts that match, mentions per brand, by nothing of ours."""
    posts = {(row["name"], row["tweet_created"], row["text"]) for row in _rows(path)}
    patterns = {handle: re.compile(rf"(?<!\w)@{handle}(?!\w)", re.IGNORECASE) for handle in HANDLES}
    found = [{h for h, pattern in patterns.items() if pattern.search(text)} for _, _, text in posts]
    return len(posts), sum(map(bool, found)), Counter(handle for hits in found for handle in hits)


def _equal(one: str, other: str) -> None:
    with open_store(one, create=False) as left, open_store(other, create=False) as right:
        assert_equal(tables(left), tables(right))


def test_counts_equal_an_independent_reading(airline: Path, undisturbed: str) -> None:
    """14,485 distinct posts, of which 14,481 match; 14,839 mentions, for each brand as many as a plain search finds."""
    distinct, matching, per_brand = _independent(airline)
    assert (distinct, matching, per_brand.total()) == (14_485, 14_481, 14_839)
    with open_store(undisturbed, create=False) as store, store.reading() as connection:
        counted = dict(connection.execute(select(mentions.c.brand, func.count()).group_by(mentions.c.brand)).all())
        assert connection.execute(select(func.count(mentions.c.id.distinct()))).scalar() == matching
    assert counted == per_brand


def test_a_ruined_id_column_is_noticed(airline: Path, tmp_path: Path) -> None:
    """The id column that a spreadsheet has ruined is named in a note."""
    done = _replay(airline, str(tmp_path / "store.sqlite"))
    assert "tweet_id" in done.stderr
    assert "scientific notation" in done.stderr


def test_again_changes_nothing(airline: Path, undisturbed: str) -> None:
    """The same input again says 'nothing new', and neither that nor --late changes any row."""
    with open_store(undisturbed, create=False) as store:
        before = tables(store)
    for more in ((), ("--late",)):
        done = _replay(airline, undisturbed, *more)
        assert "nothing new" in done.stderr.lower()
        with open_store(undisturbed, create=False) as store:
            assert_equal(before, tables(store))


def test_shuffled_and_doubled_gives_equal_tables(airline: Path, undisturbed: str, tmp_path: Path) -> None:
    """The file shuffled, with 5 % of its lines twice, leaves the same rows."""
    rows = _rows(airline)
    chance = random.Random(20)
    rows += chance.sample(rows, len(rows) // 20)
    chance.shuffle(rows)
    shuffled = tmp_path / "shuffled.csv"
    with shuffled.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    store = str(tmp_path / "store.sqlite")
    _replay(shuffled, store)
    _equal(undisturbed, store)


def test_kills_anywhere_give_equal_tables(airline: Path, undisturbed: str, tmp_path: Path) -> None:
    """Killed (-9) again and again from reading to folding, and going on each time, the tables are equal."""
    store = str(tmp_path / "store.sqlite")
    usual = _seconds(airline, str(tmp_path / "measure.sqlite"))
    start_up = _seconds(airline, undisturbed)  # it finds nothing new
    chance = random.Random(4)
    moments = (start_up + chance.uniform(0, (usual - start_up) / 4) for _ in range(60))
    kills = sum(1 for _ in itertools.takewhile(lambda seconds: _killed(airline, store, seconds), moments))
    assert kills >= 5
    _replay(airline, store)
    _equal(undisturbed, store)


def _seconds(path: Path, store: str) -> float:
    started = time.monotonic()
    _replay(path, store)
    return time.monotonic() - started


def _killed(path: Path, store: str, seconds: float) -> bool:
    with subprocess.Popen(_command(path, store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return True
    return False


def test_a_store_that_has_judged_past_refuses(airline: Path, undisturbed: str, tmp_path: Path) -> None:
    """Older posts that a store does not hold are refused with exit 2 and the way out; with --late they count."""
    older = tmp_path / "older.csv"
    lines = ("name,text,tweet_created", "ana,@united hello,20-02-2015 10.00", "bea,@united late,24-02-2015 11.00")
    older.write_text("\n".join(lines))
    refused = subprocess.run(_command(older, undisturbed), capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode == 2
    assert "replay-store" in refused.stderr
    assert "--late" in refused.stderr
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(Path(undisturbed).read_bytes())
    _replay(older, str(copy), "--late")
    with open_store(str(copy), create=False) as store, store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(mentions)).scalar() == 14_841
        finished = select(func.count()).select_from(meta).where(meta.c.key.startswith("finished"))
        assert connection.execute(finished).scalar() == 2
