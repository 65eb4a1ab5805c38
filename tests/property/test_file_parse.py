import gzip
import io
import json
from datetime import UTC, datetime, timedelta

import msgspec
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.sources.base import Dropped
from ingest.sources.csv_columns import parse_map
from ingest.sources.file_fields import FIELDS, Rules, to_item
from ingest.sources.file_notes import Notes
from ingest.sources.file_posts import FileOptions, Format, read_posts
from ingest.sources.file_tail import Splitter
from ingest.sources.jsonl import decode, parse_line
from ingest.sources.times import TimeReader
from mentions.errors import UsageError
from mentions.records import Deletion, Post

PLAIN = sorted(name for name in FIELDS if "." not in name)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["2026-11-16T09:00:00Z", "02/03/2015", "5.70306E+17", "reply", "true", "", " ", "\0", "120", "a:b"]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
AUTHORS = st.dictionaries(st.sampled_from(["id", "name", "handle", "followers", "verified"]), SCALARS, max_size=4)
REACTIONS = st.dictionaries(st.sampled_from(["likes", "shares", "replies", "observed_at", "x"]), SCALARS, max_size=4)
RECORDS = st.fixed_dictionaries(
    {"text": st.text(max_size=30) | VALUES, "created_at": st.just("2026-11-16T09:00:00Z") | VALUES},
    optional={name: VALUES for name in PLAIN if name not in ("text", "created_at")}
    | {"author": AUTHORS | VALUES, "engagement": REACTIONS | VALUES, "surprise": VALUES},
)


def check_item(item: object) -> None:
    """What every item promises."""
    if isinstance(item, Post):
        assert item.text.strip() or item.title
        assert item.created_at.utcoffset() == item.received_at.utcoffset() == timedelta(0)
        assert item.source
        assert ":" not in item.source
        assert 0 < len(item.native_id) <= 500
        assert 0 < len(item.author.id) <= 500
        assert b"\\u0000" not in msgspec.json.encode(item)
    elif isinstance(item, Deletion):
        assert (item.native_id is None) != (item.author_id is None)
    else:
        assert isinstance(item, Dropped)


@given(st.binary(max_size=300) | RECORDS.map(lambda record: json.dumps(record).encode()))
@example(b'{"text":"\\ud800","created_at":"\\ud800"}')
@example(b'{"text":"a","created_at":1e999}')
@example(b"\xff\xfe{}")
def test_no_line_raises(line: bytes) -> None:
    """Whatever the bytes, a line gives a sound post, a deletion or a drop."""
    check_item(parse_line(line))


@given(RECORDS, st.booleans(), st.booleans())
def test_the_short_way_and_the_long_way_agree(record: dict[str, object], escaped: bool, received: bool) -> None:
    """A line that the fast parser accepts gives exactly what the full one gives."""
    line = json.dumps(record, ensure_ascii=escaped).encode(errors="surrogatepass")
    at = datetime(2026, 11, 17, tzinfo=UTC) if received else None
    raw = decode(line)
    expected = raw if isinstance(raw, Dropped) else to_item(raw, Rules("file", at), Notes())
    assert parse_line(line, "file", at) == expected


@given(st.sampled_from(["text", "kind", "source", "lang", "id", "author", "links"]), st.text(max_size=5))
def test_the_short_way_agrees_on_plain_records(name: str, value: str) -> None:
    """One field of text changed in a plain record is read alike by both parsers."""
    record: dict[str, object] = {"id": "1", "text": "Lumbre", "created_at": "2026-11-16T09:00:00Z", name: value}
    line = json.dumps(record).encode()
    raw = decode(line)
    assert isinstance(raw, dict)
    assert parse_line(line) == to_item(raw, Rules(), Notes())


@given(st.binary(max_size=400), st.sampled_from(["jsonl", "csv"]))
def test_no_input_raises(content: bytes, form: Format) -> None:
    """Any bytes, read as either format, give sound items; only a header that lacks the columns is refused."""
    header = b"text,when,who\n" if form == "csv" else b"{\n"
    options = FileOptions(format=form, columns=parse_map("text=text,created_at=when,author.id=who"), max_bytes=100)
    try:
        items = list(read_posts("-", options, stdin=io.BytesIO(header + content)))
    except UsageError as error:
        assert "--time-format" in str(error) or "header" in str(error)  # noqa: PT017 # both outcomes are right
        return
    for _, item in items:
        check_item(item)
    first = 2 if form == "csv" else 1
    assert [number for number, _ in items] == list(range(first, first + len(items)))
    if form == "jsonl":
        assert len(items) == len((header + content).removesuffix(b"\n").split(b"\n"))


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_a_table_holds_is_what_is_read(texts: list[str], delimiter: str) -> None:
    """Every row of a well-formed table gives one item, and every text arrives unchanged."""
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    table = delimiter.join(["text", "created_at"]) + "\n"
    table += "".join(f"{text}{delimiter}2026-11-16T09:00:00Z\n" for text in quoted)
    items = [item for _, item in read_posts("-", stdin=io.BytesIO(table.encode()))]
    assert len(items) == len(texts)
    for text, item in zip(texts, items, strict=True):
        if text.strip():
            assert isinstance(item, Post)
            assert item.text == text.replace("\0", "\ufffd")


@settings(max_examples=50)
@given(st.binary(max_size=2_000), st.integers(0, 2_000), st.sampled_from([gzip.compress, zstandard.compress]))
def test_no_damage_raises(content: bytes, cut: int, pack: object) -> None:
    """Compressed data cut or changed anywhere are read without an error."""
    packed = pack(content)  # type: ignore[operator]
    changed = packed[:cut] + bytes([packed[cut] ^ 1]) + packed[cut + 1 :] if cut < len(packed) else packed
    for damaged in (packed[:cut], changed):
        for _, item in read_posts("-", FileOptions(format="jsonl"), stdin=io.BytesIO(damaged)):
            check_item(item)


@given(st.lists(st.binary(max_size=30), max_size=10), st.booleans(), st.integers(1, 40))
def test_a_splitter_does_not_care_how_bytes_arrive(pieces: list[bytes], quoted: bool, limit: int) -> None:
    """Records are the same whether the bytes come at once or in pieces, and none is longer than the limit."""
    whole, parts = Splitter(quoted, limit), Splitter(quoted, limit)
    at_once = whole.feed(b"".join(pieces))
    in_parts = [record for piece in pieces for record in parts.feed(piece)]
    assert all(len(record) <= limit for record in at_once if isinstance(record, bytes))
    assert [*at_once, *whole.rest()] == [*in_parts, *parts.rest()]
    assert whole.consumed == parts.consumed <= sum(map(len, pieces))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 # bounds are naive
def test_every_written_time_is_read_back(moment: datetime) -> None:
    """RFC 3339, a spreadsheet's form and an epoch in milliseconds give back the moment that was written."""
    second = moment.replace(microsecond=0)
    assert TimeReader().read(moment.isoformat()) == moment
    assert TimeReader(order="day-first").read(second.strftime("%d/%m/%Y %H:%M:%S")) == second
    assert TimeReader(order="month-first").read(second.strftime("%m/%d/%Y %I:%M:%S %p")) == second
    assert TimeReader().read(int(second.timestamp() * 1000)) == second or second.year < 1974
    assert TimeReader().read(second.strftime("%a %b %d %H:%M:%S +0000 %Y")) == second


@given(
    st.text(max_size=60)
    | st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([ T][0-9:.+Z-]{0,20})?", fullmatch=True)
)
def test_no_time_raises(given_time: str) -> None:
    """Any text is a moment in UTC or none."""
    moment = TimeReader().read(given_time)
    assert moment is None or moment.utcoffset() == timedelta(0)
