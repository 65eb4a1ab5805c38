"""Labels as people write them down: CSV or JSON Lines with `id_or_text,label,brand`. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from mentions.codec import scrub
from mentions.errors import UsageError
from processors.store.corrections import JUDGED, Judged

COLUMNS = ("id_or_text", "label", "brand")
WORDS: Mapping[str, Judged] = {
    **{label: label for label in JUDGED},
    "positivo": "positive",
    "positiva": "positive",
    "pos": "positive",
    "neutro": "neutral",
    "neutra": "neutral",
    "neu": "neutral",
    "negativo": "negative",
    "negativa": "negative",
    "neg": "negative",
}
"""How a label may be written; a spreadsheet is filled in either language."""
_HEADINGS = {
    "marca": "brand",
    "etiqueta": "label",
    "sentimiento": "label",
    "id o texto": "id_or_text",
    "idioma": "lang",
    "texto": "text",
}
_IS_ID = re.compile(r"[a-z][a-z0-9_]*:\S+").fullmatch
_QUOTED_FORMULA = re.compile(r"'(?=\s*[=+\-@])")
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One label. `is_id`: `what` has the form of a mention's id, and so is none of a text."""

    line: int
    what: str
    label: Judged
    brand: str
    lang: str | None = None

    @property
    def is_id(self) -> bool:
        """Whether `what` names a mention: `source:id`, without a blank, and no link."""
        return _IS_ID(self.what) is not None and not self.what.startswith(("http:", "https:"))


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that is no label, and why: field, what was found, what would be right."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Blank:
    """A row whose label was left empty: nobody has an opinion on it yet."""

    line: int


def read_labels(document: bytes, name: str, brand: str | None) -> Iterator[LabelRow | Unfit | Blank]:
    """Read a file.

    Args:
        name: of the file, for errors.
        brand: of rows that name none.

    Raises:
        UsageError: it is neither UTF-8 nor a table with the columns that are needed.
    """
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: byte {error.start} is no UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)") from error
    rows = _json_rows(text) if text.lstrip()[:1] == "{" else _csv_rows(text, name)
    for line, row in rows:
        yield row if isinstance(row, Unfit) else labelled(row, line, brand)


def _json_rows(text: str) -> Iterator[tuple[int, dict[str, Any] | Unfit]]:
    for line, written in enumerate(text.split("\n"), start=1):
        if not written.strip():
            continue
        try:
            yield line, msgspec.json.decode(written, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            yield line, Unfit(line, f"no JSON object: {error}")


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, dict[str, Any] | Unfit]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heads = [_HEADINGS.get(head, head) for head in (cell.strip().lower() for cell in next(reader, []))]
    if "label" not in heads or not {"id_or_text", "id", "text"} & set(heads):
        raise UsageError(f"{name}:1: found the columns {', '.join(heads) or 'none'}; {','.join(COLUMNS)} are right")
    line = reader.line_num + 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield line, Unfit(line, str(error))
        else:
            if row is None:
                return
            if row:
                yield line, _matched(line, heads, row)
        line = reader.line_num + 1


def _matched(line: int, heads: list[str], row: list[str]) -> dict[str, Any] | Unfit:
    if len(row) > len(heads) and any(row[len(heads) :]):
        return Unfit(
            line, f"found {len(row)} cells, {len(heads)} as in the first line are right; quote texts with commas"
        )
    return dict(zip(heads, row, strict=False))


def labelled(row: Mapping[str, Any], line: int = 0, brand: str | None = None) -> LabelRow | Unfit | Blank:
    """What a row says; `brand`: of one that names none."""
    for field in ("id_or_text", "id", "text", "label", "brand", "lang"):
        if not isinstance(row.get(field) or "", str):
            return Unfit(line, f"{field}: found {row[field]!r}; a text is right")
    what = str(row.get("id_or_text") or row.get("id") or row.get("text") or "")
    named = str(row.get("brand") or "").strip() or brand
    written = str(row.get("label") or "").strip()
    if not written:
        return Blank(line)
    if not what.strip():
        return Unfit(line, "id_or_text: found nothing; the id of a mention, or a text")
    if not named:
        return Unfit(line, "brand: found nothing; name it in the row or by --brand")
    label = WORDS.get(written.lower())
    if label is None:
        return Unfit(line, f"label: found {written[:40]!r}; {', '.join(JUDGED)} are right")
    return LabelRow(line, scrub(_QUOTED_FORMULA.sub("", what, count=1)).strip(), label, named, row.get("lang") or None)
