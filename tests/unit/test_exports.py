import csv
import io
import json
import os
import pkgutil
import pty
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any, BinaryIO
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atalaya import exports, verbs
from atalaya.exports import FileFormat, write_document, write_rows
from atalaya.headings import OTHERS, TIMES, heading
from mentions.errors import UsageError

MADRID = ZoneInfo("Europe/Madrid")
MORNING = datetime(2026, 11, 16, 9, 30, 15, 250_000, tzinfo=UTC)
ROW = {
    "brand": "lumbre",
    "id": "bluesky:1",
    "created_at": MORNING,
    "score": -0.25,
    "text": "¡Qué pan, de verdad!",
    "weight": 950,
    "holds": True,
    "title": None,
    "links": ["https://a.example", "https://b.example"],
    "author": {"handle": "ana.example"},
}
COLUMNS = list(ROW)[:-1]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1+1", "＠x", "=cmd|' /C calc'!A0"]
TEXTS = st.text(st.sampled_from("=+-@\t\r\n\0\ud83e;,'\"_x a") | st.characters(exclude_categories=[]), max_size=20)
"""Any text, lone surrogates among it, often with what spreadsheets stumble over."""
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def written(rows: Any, columns: list[str], file_format: FileFormat, **options: Any) -> bytes:
    """What is written, and proof that the number given back is that of the rows."""
    out = io.BytesIO()
    rows = list(rows)
    assert write_rows(iter(rows), columns, file_format, out, **options) == len(rows)
    assert not out.closed
    return out.getvalue()


def table(data: bytes, delimiter: str = ",") -> list[list[str]]:
    """Read CSV as a spreadsheet does."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def sheet(data: bytes) -> list[list[tuple[str, str]]]:
    """The cells of an Excel file, row by row: type and value as they stand in the XML; missing cells are skipped."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        assert not root.findall(f".//{SHEET}f"), "a formula"
        assert not [name for name in archive.namelist() if "hyperlink" in name.lower()]
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.findall(f"{SHEET}c")]
        for row in root.iter(f"{SHEET}row")
    ]


def test_json_is_one_list_with_times_in_utc() -> None:
    """`--json` of a list is one document; times are RFC 3339 in UTC with Z, null is null, numbers are numbers."""
    local = {**ROW, "created_at": MORNING.astimezone(MADRID)}

    document = json.loads(written([local, ROW], [], "json"))

    assert document == [{**ROW, "created_at": "2026-11-16T09:30:15.250000Z"}] * 2


def test_json_of_nothing_is_an_empty_list() -> None:
    """No rows are `[]`, and no line in JSON Lines."""
    assert json.loads(written([], [], "json")) == []
    assert written([], [], "jsonl") == b""


def test_json_lines_hold_a_row_each() -> None:
    """`--jsonl` has one object on each line."""
    lines = written([ROW, {"id": "bluesky:2", "text": "a\nb"}], [], "jsonl").splitlines()

    assert [json.loads(line)["id"] for line in lines] == ["bluesky:1", "bluesky:2"]


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2), max_size=3))
def test_json_takes_any_text(row: dict[str, Any]) -> None:
    """Lone surrogates, which UTF-8 cannot hold, become U+FFFD in keys and values; the file is valid."""
    (line,) = json.loads(written([row], [], "json"))

    assert set(line) == {re.sub("[\ud800-\udfff]", "\ufffd", key) for key in row}


def test_a_document_is_indented_json() -> None:
    """A single object is one document that people can read, with the same times."""
    out = io.BytesIO()

    write_document({"brands": [{"brand": "lumbre", "at": MORNING.astimezone(MADRID), "x": float("nan")}]}, out)

    assert json.loads(out.getvalue()) == {
        "brands": [{"brand": "lumbre", "at": "2026-11-16T09:30:15.250000Z", "x": None}]
    }
    assert out.getvalue().count(b"\n") > 3


def test_csv_opens_in_a_spreadsheet() -> None:
    """CSV has a byte order mark, CR LF, the columns asked for in their order, and times in the zone that is named."""
    data = written([ROW], COLUMNS, "csv", time_zone=MADRID)

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert table(data) == [
        ["brand", "id", "created_at (Europe/Madrid)", "score", "text", "weight", "holds", "title", "links"],
        [
            "lumbre",
            "bluesky:1",
            "2026-11-16 10:30:15",
            "-0.25",
            "¡Qué pan, de verdad!",
            "950",
            "true",
            "",
            "https://a.example, https://b.example",
        ],
    ]


def test_csv_in_spanish_has_semicolons_decimal_commas_and_headings() -> None:
    """Under `es` Excel in Spanish reads the file: `;` between cells, comma in numbers, Spanish headings."""
    data = written([ROW], ["brand", "created_at", "score", "holds", "weight"], "csv", time_zone=MADRID, lang="es")

    assert table(data, ";") == [
        ["Marca", "Fecha (Europe/Madrid)", "Puntuación", "Se la espera", "Peso"],
        ["lumbre", "2026-11-16 10:30:15", "-0,25", "sí", "950"],
    ]


def test_the_day_is_the_zones() -> None:
    """A post of late Sunday evening in UTC is one of Monday in Madrid."""
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)

    assert table(written([{"created_at": late}], ["created_at"], "csv", time_zone=MADRID))[1] == ["2026-11-16 00:30:00"]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_csv_runs_no_formula(formula: str, lang: Any) -> None:
    """A text that a spreadsheet would run gets an apostrophe before it; the rest of it stays."""
    row = table(written([{"text": formula}], ["text"], "csv", lang=lang), ";" if lang == "es" else ",")[1]

    assert row == [f"'{formula}"]


def test_negative_numbers_are_no_formulas() -> None:
    """A number below zero stays a number."""
    assert table(written([{"score": -1.5, "weight": -3}], ["score", "weight"], "csv"))[1] == ["-1.5", "-3"]


@pytest.mark.parametrize("text", ["007", "5.70306E+17", "570306133677760513", "1e5", "1234567890123456"])
def test_csv_keeps_ids_as_they_are(text: str) -> None:
    """An id that a spreadsheet would round or shorten is marked as text; a shorter number is not."""
    rows = table(written([{"id": text}, {"id": "570306"}, {"id": "bluesky:007"}], ["id"], "csv"))

    assert rows[1:] == [[f"'{text}"], ["570306"], ["bluesky:007"]]


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"text": TEXTS, "title": st.none() | TEXTS}), max_size=5), st.booleans())
def test_csv_keeps_every_row_and_text(rows: list[dict[str, str | None]], spanish: bool) -> None:
    """Whatever the texts hold, each row is one row, its cells are the texts, and none begins like a formula."""
    data = written(rows, ["text", "title"], "csv", lang="es" if spanish else "en")

    found = table(data, ";" if spanish else ",")[1:]
    assert len(found) == len(rows)
    for cells, row in zip(found, rows, strict=True):
        for cell, given_text in zip(cells, (row["text"], row["title"]), strict=True):
            plain = re.sub("[\ud800-\udfff\0]", "\ufffd", given_text or "")
            assert cell in (plain, f"'{plain}")
            assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)


def test_a_nested_value_has_a_dotted_column() -> None:
    """`author.handle` reaches into an object; where there is none the cell is empty."""
    rows = [ROW, {"author": None}, {}]

    assert table(written(rows, ["author.handle", "id"], "csv"))[1:] == [
        ["ana.example", "bluesky:1"],
        ["", ""],
        ["", ""],
    ]


def test_what_fits_no_cell_is_written_as_json() -> None:
    """An object in a column is compact JSON."""
    assert table(written([{"detail": {"at": MORNING, "n": 1}}], ["detail"], "csv"))[1] == [
        '{"at":"2026-11-16T09:30:15.250000Z","n":1}'
    ]


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_column_that_nobody_named_in_spanish_is_a_fault_of_the_caller(file_format: Any, lang: Any) -> None:
    """An unknown column raises in either language, so that no Spanish heading is ever missing."""
    with pytest.raises(ValueError, match="no Spanish heading"):
        write_rows([], ["surprise"], file_format, io.BytesIO(), lang=lang)


def test_every_verb_that_lists_has_headings_in_spanish() -> None:
    """Each column of each list that a verb exports is in the catalogue."""
    columns = {
        (module.name, column)
        for module in pkgutil.iter_modules(verbs.__path__)
        for column in getattr(import_module(f"atalaya.verbs.{module.name}"), "COLUMNS", ())
    }

    assert ("mentions", "created_at") in columns
    assert {column for _, column in columns} <= TIMES.keys() | OTHERS.keys()


def test_no_column_is_named_twice() -> None:
    """A column is a time or it is not, and every heading begins with a capital."""
    assert not TIMES.keys() & OTHERS.keys()
    assert all(name[0].isupper() for name in [*TIMES.values(), *OTHERS.values()])
    assert heading("created_at", UTC, "es") == "Fecha (UTC)"


@pytest.mark.parametrize("file_format", ["json", "csv", "xlsx"])
def test_a_time_without_zone_is_a_fault_of_the_caller(file_format: Any) -> None:
    """A naive time would mean another moment elsewhere; it raises."""
    with pytest.raises(ValueError, match="naive time"):
        write_rows([{"since": MORNING.replace(tzinfo=None)}], ["since"], file_format, io.BytesIO())


def test_xlsx_has_real_numbers_times_and_texts() -> None:
    """In an Excel file numbers and times (in the zone) are such, ids are texts, headings are Spanish under `es`."""
    rows = [{**ROW, "id": "570306133677760513", "day": date(2026, 11, 16)}]
    columns = ["brand", "id", "created_at", "score", "holds", "title", "weight", "day"]

    head, cells = sheet(written(rows, columns, "xlsx", time_zone=MADRID, lang="es"))

    assert [text for _, text in head][:4] == ["Marca", "Id", "Fecha (Europe/Madrid)", "Puntuación"]
    kinds = [kind for kind, _ in cells]
    assert kinds == ["inlineStr", "inlineStr", "n", "n", "b", "n", "n"]
    assert cells[1][1] == "570306133677760513"
    excels_zero = datetime(1899, 12, 30, tzinfo=MADRID)
    moment = excels_zero + timedelta(days=float(cells[2][1]))
    assert abs(moment.replace(tzinfo=None) - datetime.fromisoformat("2026-11-16 10:30:15")) < timedelta(seconds=1)
    assert [cells[3][1], cells[4][1], cells[5][1]] == ["-0.25", "1", "950"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_xlsx_runs_no_formula(formula: str) -> None:
    """A text that looks like a formula is a text in an Excel file, unchanged; addresses become no links."""
    cells = sheet(written([{"text": formula, "url": "https://a.example/"}], ["text", "url"], "xlsx"))[1]

    assert [kind for kind, _ in cells] == ["inlineStr", "inlineStr"]
    assert cells[0][1].replace("_x000D_", "\r").replace("_x0009_", "\t") == formula


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"text": TEXTS, "weight": st.integers() | st.floats()}), max_size=4))
def test_xlsx_keeps_every_row(rows: list[dict[str, Any]]) -> None:
    """Whatever the texts and numbers are, the file is well formed and has each row and the heading."""
    assert len(sheet(written(rows, ["text", "weight"], "xlsx"))) == len(rows) + 1


def test_xlsx_takes_what_excel_cannot_hold() -> None:
    """Texts beyond Excel's limit are cut, numbers beyond its precision and years before 1900 are texts."""
    rows = [{"text": "ñ" * 40_000, "weight": 10**20, "since": datetime(1066, 10, 14, tzinfo=UTC)}]

    cells = sheet(written(rows, ["text", "weight", "since"], "xlsx"))[1]

    assert len(cells[0][1]) == 32_767
    assert cells[1] == ("inlineStr", str(10**20))
    assert cells[2] == ("inlineStr", "1066-10-14 00:00:00")


def test_xlsx_holds_no_more_rows_than_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than a sheet holds are refused with the remedy, and nothing is written."""
    monkeypatch.setattr(exports, "XLSX_ROWS", 3)
    out = io.BytesIO()

    assert write_rows([{"id": "a"}] * 2, ["id"], "xlsx", io.BytesIO()) == 2
    with pytest.raises(UsageError, match="narrow with --since or --limit, or use --csv"):
        write_rows([{"id": "a"}] * 3, ["id"], "xlsx", out)
    assert out.getvalue() == b""


def test_xlsx_that_fails_in_the_middle_writes_nothing() -> None:
    """When the rows break off with an error, the error comes through and no half of a file is left."""

    def broken() -> Iterator[dict[str, str]]:
        yield {"id": "a"}
        raise LookupError

    out = io.BytesIO()
    with pytest.raises(LookupError):
        write_rows(broken(), ["id"], "xlsx", out)
    assert out.getvalue() == b""


def test_xlsx_is_not_written_to_a_screen() -> None:
    """An Excel file to a terminal is refused with a hint."""
    ours, theirs = pty.openpty()
    try:
        with open(theirs, "wb", buffering=0) as screen, pytest.raises(UsageError, match="not for the screen"):
            write_rows([], ["id"], "xlsx", screen)
    finally:
        os.close(ours)


@pytest.mark.parametrize("file_format", ["json", "jsonl", "csv", "xlsx"])
def test_a_pipe_is_as_good_as_a_file(file_format: Any) -> None:
    """Every format can be written where nothing can be sought."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *args: Any) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    out: BinaryIO = Pipe()

    assert write_rows([ROW], COLUMNS, file_format, out) == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`| head -1` ends the program with exit code 0 and without a word on standard error."""
    code = (
        "import sys\n"
        "from atalaya.exports import closed_pipe_is_no_error, write_rows\n"
        "with closed_pipe_is_no_error():\n"
        "    write_rows(({'id': str(n)} for n in range(200_000)), ['id'], 'jsonl', sys.stdout.buffer)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline()) == {"id": "0"}
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_csv_holds_one_row_in_memory_at_a_time() -> None:
    """A row is written before the next is asked for."""
    out = io.BytesIO()
    sizes = []

    def rows() -> Iterator[dict[str, str]]:
        for number in range(3):
            sizes.append(len(out.getvalue()))
            yield {"id": str(number)}

    write_rows(rows(), ["id"], "csv", out)

    assert sizes == sorted(set(sizes))
