import gzip
import io
from pathlib import Path

import pytest
import zstandard

from ingest.sources.base import Dropped, Item
from ingest.sources.csv_columns import parse_map
from ingest.sources.file_notes import Notes
from ingest.sources.file_posts import FileOptions, read_posts
from mentions.drops import Drop
from mentions.errors import Unavailable, UsageError
from mentions.records import Deletion, Post

DATA = Path(__file__).parents[1] / "data"
WHEN = "2026-11-16T09:00:00Z"
MAP = parse_map("text=text,author.id=name,created_at=tweet_created")


def read(path: Path | str, notes: Notes | None = None, **options: object) -> list[tuple[int, Item]]:
    """Read a whole input."""
    return list(read_posts(str(path), FileOptions(**options), notes))  # type: ignore[arg-type]


def write(folder: Path, content: bytes | str, name: str = "input") -> Path:
    """Make a file."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(count: int) -> bytes:
    """Make lines of JSON, with ids from 0."""
    return b"".join(b'{"id":"%d","text":"Lumbre","created_at":"%s"}\n' % (n, WHEN.encode()) for n in range(count))


def texts(items: list[tuple[int, Item]]) -> list[str]:
    """List the texts of the posts, which all must be."""
    return [item.text for _, item in items if isinstance(item, Post)]


def test_each_line_gives_one_item_with_its_number() -> None:
    """Eight lines, good, bad and deleting, give eight numbered items; what was kept out is counted."""
    notes = Notes()
    items = read(DATA / "posts.jsonl", notes)
    assert [number for number, _ in items] == list(range(1, 9))
    assert [type(item) for _, item in items] == [Post, Post, Post, Dropped, Dropped, Dropped, Dropped, Deletion]
    reasons = [item.reason for _, item in items if isinstance(item, Dropped)]
    assert reasons == [Drop.NO_TEXT, Drop.NO_TIME, Drop.BAD_FIELD, Drop.NOT_JSON]
    assert notes.unknown == {"mood": 1}


def test_a_spreadsheet_with_ruined_ids_is_read_by_a_map() -> None:
    """Distinct posts keep apart although their ids were rounded to one, and a warning names the column."""
    notes = Notes()
    items = read(DATA / "spreadsheet.csv", notes, columns=MAP)
    posts = [item for _, item in items if isinstance(item, Post)]
    assert len({post.id for post in posts}) == len(posts) == 3
    assert posts[1].text == "Nubira: two lines\nin one cell"
    assert posts[2].created_at.isoformat() == "2015-03-02T09:05:00+00:00"
    assert items[3] == (5, Dropped(Drop.BAD_FIELD, "found 2 cells, 4 as in the header are right"))
    assert len(notes.warnings) == 1
    assert "tweet_id" in notes.warnings[0]
    assert "scientific" in notes.warnings[0]


def test_a_mapped_id_column_that_is_ruined_is_not_used() -> None:
    """Mapping the ruined column changes no identity: ids are derived as without it."""
    with_id = parse_map("id=tweet_id,text=text,author.id=name,created_at=tweet_created")
    assert read(DATA / "spreadsheet.csv", columns=with_id) == read(DATA / "spreadsheet.csv", columns=MAP)


def test_no_id_of_a_ruined_column_is_trusted(tmp_path: Path) -> None:
    """One ruined id in the sample discredits its column: the short ids beside it are not used either."""
    items = read(write(tmp_path, f"id,text,created_at\n17,a,{WHEN}\n5.7E+17,b,{WHEN}\n"))
    assert all(isinstance(item, Post) and item.native_id.startswith("sha256:") for _, item in items)


def test_an_id_ruined_after_the_sample_is_not_used_either(tmp_path: Path) -> None:
    """Scientific notation that first shows after 1,000 rows derives those rows' ids and warns."""
    rows = [f"{n},Lumbre {n},{WHEN}" for n in range(1_000)] + [f"5.7E+17,late {n},{WHEN}" for n in range(2)]
    notes = Notes()
    items = read(write(tmp_path, "id,text,created_at\n" + "\n".join(rows)), notes)
    ids = [item.native_id for _, item in items if isinstance(item, Post)]
    assert ids[999] == "999"
    assert len(set(ids)) == 1_002
    assert len(notes.warnings) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_told_by_the_header(tmp_path: Path, delimiter: str) -> None:
    """Comma, semicolon and tab are recognised, also with a byte order mark before the header."""
    rows = [("text", "created_at", '"a,b;c"'), ('"pan; café, té"', WHEN, "x")]
    path = write(tmp_path, "\ufeff" + "\r\n".join(delimiter.join(row) for row in rows))
    assert texts(read(path)) == ["pan; café, té"]


def test_old_encodings_are_read_line_by_line_with_a_warning(tmp_path: Path) -> None:
    """A Windows-1252 line is read as such and named, and lines in UTF-8 stay right."""
    rows = b"text,created_at\ncaf\xe9," + WHEN.encode() + "\ncafé,".encode() + WHEN.encode()
    notes = Notes()
    assert texts(read(write(tmp_path, rows), notes)) == ["café", "café"]
    assert notes.warnings == ["line 2 is not UTF-8; such lines are read as Windows-1252"]


def test_utf_16_is_read(tmp_path: Path) -> None:
    """What spreadsheets call Unicode text is read, whichever byte comes first, also when it breaks off."""
    table = f"text\tcreated_at\ncafé 🥐\t{WHEN}\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        content = ("\ufeff" + table).encode(encoding)
        assert texts(read(write(tmp_path, content))) == ["café 🥐"]
        assert texts(read(write(tmp_path, content + b"x"))) == ["café 🥐"]


def test_rows_that_cannot_be_read_are_one_item_each(tmp_path: Path) -> None:
    """A too long cell, a too long line, a stray carriage return and a bad time cost one row each and no more."""
    rows = [
        "text,created_at,lang",
        f"good,{WHEN},es",
        f"bad\rreturn,{WHEN},es",
        f'"{"x" * 30}\n{"y" * 60}\n{"z" * 30}",{WHEN},es',
        f"{'x' * 200},{WHEN},es",
        "no time,never,es",
        f"nul\0nul,{WHEN},es,,",
        f"last,{WHEN},es",
    ]
    items = read(write(tmp_path, "\n".join(rows) + "\n\n"), max_bytes=100)
    reasons = [item.reason if isinstance(item, Dropped) else item.text for _, item in items]
    expected = ["good", Drop.BAD_FIELD, Drop.TOO_LARGE, Drop.TOO_LARGE, Drop.NO_TIME, "nul\ufffdnul", "last"]
    assert reasons == expected


def test_an_unclosed_quotation_mark_is_suspected(tmp_path: Path) -> None:
    """A row that swallowed others says over which lines it ran."""
    path = write(tmp_path, f'text,created_at\n"open,{WHEN}\nx,{WHEN}\n')
    ((_, item),) = read(path)
    assert isinstance(item, Dropped)
    assert "over lines 2 to 3 (an unclosed quotation mark?)" in item.detail


def test_an_ambiguous_order_stops_before_the_first_item(tmp_path: Path) -> None:
    """Undecided dates are an error in both formats, naming the file; the option settles them."""
    table = write(tmp_path, "text,created_at\na,02/03/2015\n", "t.csv")
    stream = write(tmp_path, '{"text":"a","created_at":"02/03/2015"}\n', "t.jsonl")
    for path in (table, stream):
        with pytest.raises(UsageError, match=r"t\.(csv|jsonl): created_at: .*2015-03-02.*2015-02-03.*--time-format"):
            next(read_posts(str(path)))
        ((_, item),) = read(path, time_format="month-first")
        assert isinstance(item, Post)
        assert item.created_at.month == 2


def test_the_sample_decides_for_rows_before_and_after(tmp_path: Path) -> None:
    """A decisive row late in the sample orders the first rows too, and rows after it that contradict are dropped."""
    rows = ["02/03/2015"] * 998 + ["13/03/2015", "04/05/2015", "02/14/2015"]
    items = read(write(tmp_path, "text,created_at\n" + "\n".join(f"a,{row}" for row in rows)))
    first, last = items[0][1], items[-1][1]
    assert isinstance(first, Post)
    assert first.created_at.isoformat() == "2015-03-02T00:00:00+00:00"
    assert isinstance(last, Dropped)
    assert last.reason is Drop.NO_TIME


def test_compression_is_told_by_content(tmp_path: Path) -> None:
    """Gzip and zstd, also of several parts, are unpacked whatever the name says."""
    plain = lines(3)
    packed = gzip.compress(plain) + gzip.compress(lines(2))
    zst = zstandard.compress(plain) + zstandard.compress(lines(2))
    assert read(write(tmp_path, plain, "a.gz")) == read(write(tmp_path, gzip.compress(plain), "a.csv"))
    assert len(read(write(tmp_path, packed))) == 5
    assert len(read(write(tmp_path, zst, "a.txt"))) == 5


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_damaged_compression_keeps_what_was_good(tmp_path: Path, pack: object) -> None:
    """Data that break off give their whole lines, then one drop and a warning; a cut line is never taken for one."""
    whole = pack(b"".join(b'{"id":"%d","text":"Lumbre %d","created_at":%d}\n' % (n, n * n, n) for n in range(9_999)))  # type: ignore[operator]
    notes = Notes()
    items = read(write(tmp_path, whole[: len(whole) * 2 // 3]), notes)
    assert len(items) > 100
    assert all(isinstance(item, Post) for _, item in items[:-1])
    number, last = items[-1]
    assert number == len(items)
    assert isinstance(last, Dropped)
    assert last.reason is Drop.NOT_JSON
    assert len(notes.warnings) == 1


def test_a_row_cut_by_damage_is_not_given(tmp_path: Path) -> None:
    """CSV that breaks off within a quoted cell does not give the cut cell as a post."""
    plain = f'text,created_at\na,{WHEN}\n"{"b" * 300_000}\n{"c" * 300_000}",{WHEN}\n'.encode()
    packed = gzip.compress(plain, 0)
    items = read(write(tmp_path, packed[:400_000]))
    assert texts(items) == ["a"]
    assert len(items) == 2


def test_standard_input_is_read_and_left_open() -> None:
    """`-` reads what is given as standard input, compressed or not, and does not close it."""
    for content in (lines(2), gzip.compress(lines(2))):
        stdin = io.BytesIO(content)
        assert len(list(read_posts("-", stdin=stdin))) == 2
        assert not stdin.closed


def test_what_is_no_input_is_said(tmp_path: Path) -> None:
    """A missing file is unreachable; a folder, an archive and one JSON list are wrong usage. All are named."""
    with pytest.raises(Unavailable, match=r"nowhere\.jsonl"):
        read(tmp_path / "nowhere.jsonl")
    with pytest.raises(UsageError, match="folder"):
        read(tmp_path)
    for content, said in ((b"PK\x03\x04", "zip"), (b"[\n{}]", "JSON list")):
        with pytest.raises(UsageError, match=f"input: .*{said}"):
            read(write(tmp_path, content))


def test_an_empty_file_is_no_error(tmp_path: Path) -> None:
    """Nothing gives nothing, and a warning."""
    notes = Notes()
    assert read(write(tmp_path, ""), notes) == []
    assert notes.warnings[0].endswith("is empty")


def test_the_format_can_be_forced(tmp_path: Path) -> None:
    """The content decides the format unless a person does; a map for JSON Lines is pointed out."""
    path = write(tmp_path, b"\n \n" + lines(1))
    assert len(read(path)) == 3
    with pytest.raises(UsageError, match="no column is named"):
        read(path, format="csv")
    notes = Notes()
    read(path, notes, columns=MAP)
    assert "was not used" in notes.warnings[0]


def test_a_line_that_is_too_long_costs_one_item(tmp_path: Path) -> None:
    """An endless line is one drop, and the next line is read."""
    items = read(write(tmp_path, b"x" * 500_000 + b"\n" + lines(1)), max_bytes=1_000, format="jsonl")
    assert [type(item) for _, item in items] == [Dropped, Post]


def test_the_first_line_of_a_pipe_is_given_at_once() -> None:
    """With an unambiguous time the first item does not wait for the rest of the input."""

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.reads = 0

        def read(self, size: int = -1) -> bytes:
            self.reads += 1
            return lines(1)[:4] if self.reads == 1 else lines(1)[4:] if self.reads == 2 else lines(1)

    slow = Slow()
    posts = read_posts("-", stdin=slow)  # type: ignore[arg-type]
    next(posts)
    assert slow.reads <= 4
    posts.close()  # type: ignore[attr-defined]
