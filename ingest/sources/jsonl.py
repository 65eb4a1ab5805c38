"""One post per line as JSON: the format of files, of `parse` and of the webhook. Pure."""

import json
from datetime import datetime
from typing import NoReturn

import msgspec

from ingest.sources.base import Dropped, Item
from ingest.sources.file_fields import Rules, to_item
from ingest.sources.file_notes import Notes
from ingest.sources.jsonl_plain import plain_post
from ingest.sources.times import TimeReader
from mentions.drops import Drop

MAX_BYTES = 1_000_000
"""Longest line or field of an input; the longest posts that networks allow are some 100 kB."""

_decoder = msgspec.json.Decoder()


def parse_line(
    line: bytes,
    source_default: str = "file",
    received_at: datetime | None = None,
    times: TimeReader | None = None,
    notes: Notes | None = None,
) -> Item:
    """Read one line of at most `MAX_BYTES`. Never raises, whatever the bytes.

    Args:
        line: with or without its end.
        source_default: `source` of a record that names none.
        received_at: aware; None: the record's own time, as in a replay.
        times: how times are read; None: unambiguous forms, UTC where no zone is given.
        notes: counts the fields that were kept out.
    """
    return read_line(line, Rules(source_default, received_at, times or TimeReader()), notes or Notes(), MAX_BYTES)


def read_line(line: bytes, rules: Rules, notes: Notes, max_bytes: int) -> Item:
    """`parse_line` for many lines of one input."""
    if len(line) <= max_bytes and (post := plain_post(line, rules)) is not None:
        return post
    raw = decode(line, max_bytes)
    return raw if isinstance(raw, Dropped) else to_item(raw, rules, notes)


def decode(line: bytes, max_bytes: int = MAX_BYTES) -> dict[str, object] | Dropped:
    """Decode one line to an object, or say why it is none."""
    if len(line) > max_bytes:
        return Dropped(Drop.TOO_LARGE, f"more than {max_bytes:,} bytes in one line")
    try:
        value = _decoder.decode(line)
    except UnicodeDecodeError as error:
        return Dropped(Drop.NOT_JSON, f"byte {error.start + 1} of a text is not UTF-8")
    except RecursionError:
        return Dropped(Drop.NOT_JSON, "nested too deeply")
    except msgspec.DecodeError:
        value = _decode_leniently(line)
    if isinstance(value, (dict, Dropped)):
        return value
    return Dropped(Drop.NOT_JSON, "it is JSON, but one object on each line is right")


def _decode_leniently(line: bytes) -> object:
    """Accept what careless writers make: a byte order mark, raw control characters, half a surrogate pair."""
    text = line.decode("utf-8-sig", "replace")
    if not text.strip():
        return Dropped(Drop.NOT_JSON, "an empty line")
    try:
        return json.loads(text, strict=False, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Dropped(Drop.NOT_JSON, f"{error.msg} at character {error.pos + 1}")
    except (ValueError, RecursionError):
        return Dropped(Drop.NOT_JSON, "a number has too many digits, or it is nested too deeply")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
