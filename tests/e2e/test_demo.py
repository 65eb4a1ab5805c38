"""The demo, once, through the real pipeline."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from processors.store.opening import open_store
from processors.store.schema import coverage, mentions, tombstones


def test_a_demo_once_tells_its_story(tmp_path: Path) -> None:
    """`demo --once` ends with 0: two brands in both languages, own posts, deletions and a gap are in its store."""
    # of three days, for an outage that begins in the second of two may end after them, by the hour of the day
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "demo", "--once", "--days", "3", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "lumbre" in done.stdout
    path = tmp_path / "atalaya-data" / "demo.sqlite"
    with open_store(str(path), create=False) as store, store.reading() as connection:
        languages = select(mentions.c.brand, mentions.c.lang, func.count()).group_by(mentions.c.brand, mentions.c.lang)
        found = {(brand, lang): count for brand, lang, count in connection.execute(languages)}
        voices = set(connection.execute(select(mentions.c.voice).distinct()).scalars())
        deleted = connection.execute(select(func.count()).select_from(tombstones)).scalar()
        gaps = connection.execute(select(func.count()).where(coverage.c.gaps != "[]")).scalar()
    assert all(found[brand, lang] > 50 for brand in ("lumbre", "nubira") for lang in ("es", "en"))
    assert {"public", "own"} <= voices
    assert deleted
    assert gaps
