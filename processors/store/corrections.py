"""People's corrections of a label: what they say of a mention, or of a text that is not stored."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct, structs
from sqlalchemy import Connection, select

from mentions.codec import scrub
from mentions.errors import UsageError
from processors.store.numbered import add_numbered
from processors.store.schema import label_events, labels, mentions
from processors.store.upserts import insert

Judged = Literal["positive", "neutral", "negative"]
JUDGED: tuple[Judged, ...] = get_args(Judged)
_COLUMNS = (labels.c.brand, labels.c.text_key, labels.c.label, labels.c.text, labels.c.at, labels.c.who)
_OPTIONAL = (labels.c.lang, labels.c.via)


class Correction(Struct, frozen=True, kw_only=True):
    """What a person says that a text feels about a brand; one for each (brand, text), the last one counts.

    Attributes:
        text_key: a mention's id, or `text_key()` of a text that is no mention.
        text: as it stood then; None once erased, and for a mention whose text was not there.
        lang: of the text, ISO 639-1; None where nobody said. via: how it was written (a file's name, `add`).
    """

    brand: str
    text_key: str
    label: Judged
    text: str | None
    at: datetime
    who: str
    lang: str | None = None
    via: str | None = None


def text_key(text: str) -> str:
    """Name a text that is no stored mention: `sha256:` and 64 hex digits of its UTF-8."""
    return f"sha256:{hashlib.sha256(scrub(text).encode()).hexdigest()}"


def full_text(title: object, text: object) -> str:
    """What a label is about: the title, if any, and the text; as `mentions.records.Post.full_text`."""
    return f"{title}\n{text or ''}" if title else f"{text or ''}"


def correct_mention(
    connection: Connection, brand: str, id_: str, label: str, *, who: str, now: datetime, via: str | None = None
) -> Correction:
    """Say what a stored mention feels, with its text as it is stored now.

    Raises:
        UsageError: no such mention, or another label than positive, neutral, negative.
    """
    column = mentions.c
    stored = select(column.title, column.text, column.lang).where(column.brand == brand, column.id == id_)
    found = connection.execute(stored).first()
    if found is None:
        msg = f"brand {brand!r} has no mention {id_!r}"
        raise UsageError(msg)
    text = None if found.text is None and not found.title else full_text(found.title, found.text)
    correction = _correction(brand, id_, label, text, who, now)
    return _put(connection, structs.replace(correction, lang=found.lang, via=via and scrub(via)))


def correct_text(
    connection: Connection,
    brand: str,
    text: str,
    label: str,
    *,
    who: str,
    now: datetime,
    lang: str | None = None,
    via: str | None = None,
) -> Correction:
    """Say what a text feels about a brand, whether or not it was ever a mention.

    Raises:
        UsageError: another label than positive, neutral, negative, or an empty text.
    """
    text = scrub(text)
    if not text.strip():
        msg = "the text is empty; give the words that the label is for"
        raise UsageError(msg)
    correction = _correction(brand, text_key(text), label, text, who, now)
    return _put(connection, structs.replace(correction, lang=lang and scrub(lang), via=via and scrub(via)))


def corrections(connection: Connection, brands: Sequence[str] | None = None) -> list[Correction]:
    """Read all corrections, or those of some brands, in order of brand and key."""
    chosen = select(*_COLUMNS, *_OPTIONAL).order_by(labels.c.brand, labels.c.text_key)
    if brands is not None:
        chosen = chosen.where(labels.c.brand.in_(brands))
    return [Correction(**row) for row in connection.execute(chosen).mappings()]


def label_history(connection: Connection, brand: str, key: str) -> list[Correction]:
    """Read every label that a text was ever given, oldest first; without text and language."""
    column = label_events.c
    query = select(column.brand, column.text_key, column.label, column.at, column.who, column.via)
    query = query.where(column.brand == brand, column.text_key == key).order_by(column.rev)
    return [Correction(**row, text=None) for row in connection.execute(query).mappings()]


def _correction(brand: str, key: str, label: str, text: str | None, who: str, now: datetime) -> Correction:
    known = next((judged for judged in JUDGED if judged == label), None)
    if known is None:
        msg = f"found label {label!r}; allowed: {', '.join(JUDGED)}"
        raise UsageError(msg)
    return Correction(brand=brand, text_key=key, label=known, text=text, at=now, who=scrub(who))


def _put(connection: Connection, correction: Correction) -> Correction:
    """The last word on the text, and one line more of its history unless it says what the last line says."""
    row = structs.asdict(correction)
    statement = insert(connection, labels)
    connection.execute(statement.on_conflict_do_update(index_elements=["brand", "text_key"], set_=row), row)
    before = label_history(connection, correction.brand, correction.text_key)
    if not before or before[-1].label != correction.label:
        key = {"brand": correction.brand, "text_key": correction.text_key}
        said = {name: row[name] for name in ("label", "at", "who", "via")}
        add_numbered(connection, label_events, "rev", key, said)
    return correction
