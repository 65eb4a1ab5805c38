"""`atalaya replay-store` as a contract: what it prints, and with which exit code it ends."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from atalaya.cli import run
from processors.store.opening import open_store
from processors.store.schema import author_days, authors, buckets, progress

POSTS = [
    {"id": "1", "text": "I love the bread of Lumbre", "created_at": "2026-11-16T09:00:00Z", "lang": "en",
     "author": {"id": "a1", "handle": "ana"}},
    {"id": "2", "text": "Lumbre is terrible today", "created_at": "2026-11-16T09:01:00Z", "lang": "en",
     "author": {"id": "a2", "handle": "bea"}},
]  # fmt: skip
LATE = {"id": "3", "text": "Lumbre again", "created_at": "2026-11-15T23:30:00Z", "lang": "en", "author": {"id": "a1"}}
CONFIG = """
[[brand]]
name = "lumbre"
query = "lumbre"
time_zone = "America/Mexico_City"
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration and a store of the posts."""
    folder = tmp_path_factory.mktemp("replayed")
    (folder / "atalaya.toml").write_text(CONFIG)
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in POSTS))
    options = ("--config", str(folder / "atalaya.toml"), "--store", str(folder / "s.sqlite"), "--no-summary")
    assert run(["replay", str(folder / "posts.jsonl"), *options]) == 0
    return folder


@pytest.fixture
def call(
    replayed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Call:
    """Runs one command line over a store of the posts: exit code, standard output, standard error."""
    shutil.copytree(replayed, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATALAYA_CONFIG", raising=False)

    def one(*arguments: str) -> tuple[int, str, str]:
        code = run([*arguments, "--store", "s.sqlite"])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return one


def spoil() -> None:
    """Count one mention too many, lose an author's day, and invent an author."""
    with open_store("s.sqlite") as store, store.writing() as connection:
        connection.execute(update(buckets).values(negative=7))
        connection.execute(delete(author_days).where(author_days.c.author_id == "a1"))
        connection.execute(update(authors).where(authors.c.author_id == "a2").values(author_id="a\x1b[2J3"))


def test_a_right_store_ends_with_0(call: Call) -> None:
    """An equal store is said to be equal, with rows per table and exit code 0; there is nothing to swap then."""
    for more in ((), ("--swap",), ("--refold",)):
        code, out, err = call("replay-store", *more)
        assert code == 0
        assert [line.split()[0] for line in out.splitlines() if line.strip().startswith(("mentions", "authors"))]
        assert "Equal: every derived row follows from the 2 stored mentions." in err


def test_differences_are_shown_and_end_with_1(call: Call) -> None:
    """Each differing row is a line: brand, the brand's local time, column, stored, recomputed; nothing is changed."""
    spoil()
    code, out, err = call("replay-store")
    assert code == 1
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "buckets lumbre 2026-11-16 03:00 file en public negative 7 1" in lines
    missing = "author_days lumbre 2026-11-16 file a1 (whole row) no row mentions 1, positive 1, weight 1000, score "
    assert any(line.startswith(missing) for line in lines)
    assert "\x1b" not in out
    assert "Not equal: 4 rows; nothing was changed." in err
    assert "atalaya replay-store --swap" in err
    assert call("replay-store")[0] == 1


def test_json_tells_the_same_in_one_document(call: Call) -> None:
    """`--json` has counts per table and the first differences, with times in UTC."""
    spoil()
    code, out, _ = call("replay-store", "--json", "--limit", "1")
    report = json.loads(out)
    assert code == 1
    assert (report["equal"], report["swapped"], report["refold"], report["mentions"]) == (False, False, False, 2)
    tables = {entry["table"]: entry for entry in report["tables"]}
    assert tables.keys() == {"mentions", "buckets", "author_days", "authors", "brand_state"}
    counts = ("rows", "equal", "missing", "surplus", "different")
    assert [tables["authors"][name] for name in counts] == [2, 1, 1, 1, 0]
    assert len(tables["authors"]["first"]) == 1
    (found,) = tables["buckets"]["first"]
    assert found["kind"] == "different"
    assert found["key"]["start"] == "2026-11-16T09:00:00Z"
    assert found["changes"] == [{"column": "negative", "stored": 7, "recomputed": 1}]


def test_swap_puts_in_place_and_says_so(call: Call) -> None:
    """`--swap` ends with 0, shows what it changed, and the next comparison is equal."""
    spoil()
    code, out, err = call("replay-store", "--swap")
    assert code == 0
    assert "negative" in out
    assert "Put in place: 4 rows" in err
    assert call("replay-store")[0] == 0


def test_late_posts_are_refolded_as_the_refusal_says(call: Call) -> None:
    """What `replay` says of posts that are too old works: --late counts them, and refolding judges them in order."""
    Path("late.jsonl").write_text(json.dumps(LATE))
    code, _, err = call("replay", "late.jsonl", "--no-summary")
    assert code == 2
    assert "`atalaya replay-store --refold --swap`" in err
    assert call("replay", "late.jsonl", "--no-summary", "--late")[0] == 0
    assert call("replay-store")[0] == 0
    code, out, err = call("replay-store", "--refold")
    assert code == 1
    assert "fold_tick" in out
    assert "2026-11-15 17:30" in out
    assert "`atalaya replay-store --refold --swap`" in err
    assert call("replay-store", "--refold", "--swap")[0] == 0
    assert call("replay-store", "--refold")[0] == 0


def test_swap_ends_with_3_when_a_worker_wrote(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that wrote meanwhile makes `--swap` end with 3 and say what to stop."""
    from processors.store import recomputing

    spoil()
    compare = recomputing.compare

    def beside_a_worker(*arguments: object) -> object:
        with open_store("s.sqlite") as store, store.writing() as connection:
            connection.execute(update(progress).values(offset=progress.c.offset + 1))
        return compare(*arguments)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(recomputing, "compare", beside_a_worker)
    code, out, err = call("replay-store", "--swap")
    assert (code, out) == (3, "")
    assert "stop its workers first" in err


def test_a_mistyped_store_is_not_made(call: Call, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A store that is not there ends with 2, its name, and no new file."""
    assert run(["replay-store", "--store", "nope.sqlite"]) == 2
    assert b"nope.sqlite" in capfdbinary.readouterr().err
    assert not Path("nope.sqlite").exists()
