"""Records to bytes and back: JSON with a tag that names record and version (`"record":"mention.v1"`).

A changed meaning is a new tag, never a changed old one; `tests/unit/test_codec.py` keeps the bytes of version 1.
"""

from typing import Any

import msgspec

from mentions.errors import CorruptRecord
from mentions.records import Event


class UnknownRecord(msgspec.Struct, frozen=True):
    """A well-formed record of a kind or version that this build does not know: to be skipped and counted."""

    tag: str


class _Tag(msgspec.Struct):
    record: str


# A few kilobytes of brackets exhaust the stack; they are bad data like any other.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_tag_decoder = msgspec.json.Decoder(_Tag)
_NUL = rb"\u0000"
KNOWN_TAGS = frozenset(
    str(msgspec.inspect.type_info(kind).tag)  # type: ignore[attr-defined] # every member of Event is a tagged Struct
    for kind in Event.__args__
)


def encode(event: Event) -> bytes:
    """Write a record as one line of JSON in UTF-8; what no database can hold becomes U+FFFD (`scrub`).

    >>> encode(Deletion(source="x", native_id="1", at=..., why="deleted"))
    b'{"record":"deletion.v1",...}'
    """
    return scrub_json(event, Event)


def scrub_json(record: msgspec.Struct, kind: Any) -> bytes:
    """Write a record of the tagged union `kind`, scrubbed only where it must be."""
    try:
        payload = _encoder.encode(record)
        if _NUL not in payload:
            return payload
    except UnicodeEncodeError:
        pass
    return _encoder.encode(msgspec.convert(_scrub(msgspec.to_builtins(record)), kind))


def decode(payload: bytes) -> Event | UnknownRecord:
    """Read one record.

    Returns:
        The record, or `UnknownRecord` when its tag is not ours.

    Raises:
        CorruptRecord: the bytes are not JSON, or a record of a known kind breaks its own schema.
    """
    try:
        return _decoder.decode(payload)
    except _UNREADABLE as error:
        tag = tag_of(payload)
        if tag is not None and tag not in KNOWN_TAGS:
            return UnknownRecord(tag)
        raise CorruptRecord(str(error)) from error


def tag_of(payload: bytes) -> str | None:
    """The tag of a record that may otherwise be unreadable; None when it has none."""
    try:
        return _tag_decoder.decode(payload).record
    except _UNREADABLE:
        return None


def scrub(text: str) -> str:
    """Replace by U+FFFD what no UTF-8 holds (lone surrogates) and what PostgreSQL refuses in a text (NUL)."""
    if text.isascii() and "\0" not in text:
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
    return text.replace("\0", "\ufffd")


def _scrub(value: object) -> object:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {_scrub(key): _scrub(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrub(item) for item in value]
    return value
