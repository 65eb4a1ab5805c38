"""Texts and records as `score`, `match` and `spam` take them: arguments, lines, or JSON Lines on standard input."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from ingest.sources.base import Dropped
from ingest.sources.jsonl import decode
from mentions.codec import scrub


@dataclass(frozen=True, slots=True)
class TextRecord:
    """One text to look at. `id` is echoed as it was given; `fields` are all the record's own."""

    text: str
    line: int = 0
    id: Any = None
    lang: str | None = None
    brand: str | None = None
    fields: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """A line that is no such record, and why."""

    line: int
    why: str
    id: Any = None


def texts(
    arguments: Iterable[str] | None, *, jsonl: bool, stdin: BinaryIO | None = None
) -> Iterator[TextRecord | Unusable]:
    """One item per argument; without arguments one per line of standard input."""
    if arguments:
        yield from (TextRecord(scrub(text)) for text in arguments)
        return
    for number, line in enumerate(stdin or sys.stdin.buffer, start=1):
        if jsonl:
            yield _record(number, line)
        else:
            yield TextRecord(line.rstrip(b"\r\n").decode("utf-8", "replace"), number)


def _record(number: int, line: bytes) -> TextRecord | Unusable:
    raw = decode(line)
    if isinstance(raw, Dropped):
        return Unusable(number, f"{raw.reason}: {raw.detail}" if raw.detail else str(raw.reason))
    text = raw.get("text")
    if not isinstance(text, str):
        return Unusable(
            number, "text: found nothing; a text is needed" if text is None else "text: is no text", raw.get("id")
        )
    lang, brand = raw.get("lang"), raw.get("brand")
    return TextRecord(
        text=scrub(text),
        line=number,
        id=raw.get("id"),
        lang=lang if isinstance(lang, str) and lang else None,
        brand=brand if isinstance(brand, str) else None,
        fields=raw,
    )


def answer(
    items: Iterable[TextRecord | Unusable], judge: Callable[[TextRecord], object], out: BinaryIO | None = None
) -> int:
    """Write one JSON line per item; the exit code: 4 when some could not be used.

    Args:
        judge: makes the line of a text, or says why the text cannot be used after all.
    """
    stream = out or sys.stdout.buffer
    at_once = sys.stdout.isatty()
    unusable = 0
    for item in items:
        result: object = item if isinstance(item, Unusable) else judge(item)
        if isinstance(result, Unusable):
            unusable += 1
            print(f"line {result.line}: {result.why}", file=sys.stderr)
            result = {"id": result.id, "error": result.why}
        stream.write(_line(result))
        if at_once:
            stream.flush()
    stream.flush()
    return 4 if unusable else 0


def _line(result: object) -> bytes:
    try:
        return msgspec.json.encode(result) + b"\n"
    except UnicodeEncodeError:  # an id with half a surrogate pair
        return msgspec.json.encode(_scrubbed(result)) + b"\n"


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    return value
