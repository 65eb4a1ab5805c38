"""Labels and layers between files and the store: what is taken, what is listed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from atalaya.label_files import Blank, LabelRow, Unfit
from mentions.errors import UsageError
from mentions.layers import BASE
from processors.sentiment.engines import WITHOUT_PROBABILITIES
from processors.store.corrections import correct_mention, correct_text, corrections
from processors.store.layers import choices, layer_versions
from processors.store.reading import StoredMention, Wanted, list_mentions
from processors.store.stored_brands import stored_brands

LOOKED_THROUGH = 5_000
"""Newest mentions of a brand among which the doubtful ones are sought."""
LABELLED: tuple[str, ...] = ("id_or_text", "label", "brand", "lang", "at", "who", "text")
TO_LABEL: tuple[str, ...] = ("id_or_text", "label", "brand", "guess", "certainty", "lang", "created_at", "text")


@dataclass(slots=True)
class Taken:
    """What came of rows. `labels`: taken, by brand; `blank`: rows left empty."""

    labels: Counter[str] = field(default_factory=Counter)
    unfit: list[Unfit] = field(default_factory=list)
    blank: int = 0


class ShownVersion(Struct, frozen=True):
    """A layer as people read of it. `state`: `in use`, `not used`, or `retrain` where the engine has changed."""

    brand: str
    version: int
    state: str
    engine_version: str
    trained_at: datetime
    trained_by: str
    labels: int
    before: float
    after: float
    evaluation: dict[str, Any]


def take_labels(
    connection: Connection, rows: Iterable[LabelRow | Unfit | Blank], *, who: str, via: str, now: datetime
) -> Taken:
    """Write labels; a row that cannot be used stops no other."""
    from processors.store.brands import all_versions

    taken, known = Taken(), {entry.brand.name for entry in all_versions(connection)}
    for row in rows:
        match row:
            case Blank():
                taken.blank += 1
            case Unfit():
                taken.unfit.append(row)
            case LabelRow() if row.brand not in known:
                names = ", ".join(sorted(known)) or "none yet"
                taken.unfit.append(Unfit(row.line, f"brand: found {row.brand!r}; known: {names}"))
            case LabelRow():
                _take(connection, row, taken, who, via, now)
    return taken


def _take(connection: Connection, row: LabelRow, taken: Taken, who: str, via: str, now: datetime) -> None:
    try:
        if row.is_id:
            correct_mention(connection, row.brand, row.what, row.label, who=who, now=now, via=via)
        else:
            correct_text(connection, row.brand, row.what, row.label, who=who, now=now, lang=row.lang, via=via)
    except UsageError as error:
        taken.unfit.append(Unfit(row.line, f"id_or_text: {error}"))
    else:
        taken.labels[row.brand] += 1


def labels_as_rows(connection: Connection, brand: str | None) -> list[dict[str, Any]]:
    """Every label, as `import` takes it; not those on texts that were no mentions and are erased."""
    return [
        {
            "id_or_text": entry.text if entry.text_key.startswith("sha256:") else entry.text_key,
            "label": entry.label,
            "brand": entry.brand,
            "lang": entry.lang,
            "at": entry.at,
            "who": entry.who,
            "text": entry.text,
        }
        for entry in corrections(connection, None if brand is None else [brand])
        if entry.text is not None or not entry.text_key.startswith("sha256:")
    ]


def doubtful_mentions(
    connection: Connection, brand: str | None, since: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """Public mentions without a label, among the newest, those first of which the engine was least certain."""
    names = stored_brands(connection) if brand is None else [brand]
    labelled = {(entry.brand, entry.text_key) for entry in corrections(connection, names)}
    found = [
        (certainty, mention)
        for name in names
        for mention in list_mentions(connection, Wanted(brand=name, voice="public", since=since), limit=LOOKED_THROUGH)
        if (mention.brand, mention.id) not in labelled and (certainty := _certainty(mention)) is not None
    ]
    found.sort(key=lambda item: item[0])
    return [
        {
            "id_or_text": mention.id,
            "label": "",
            "brand": mention.brand,
            "guess": mention.label,
            "certainty": round(certainty, 3),
            "lang": mention.lang,
            "created_at": mention.created_at,
            "text": " ".join(filter(None, (mention.title, mention.text))),
        }
        for certainty, mention in found[:limit]
    ]


def _certainty(mention: StoredMention) -> float | None:
    """By how much the likeliest label leads, 0..1; None: there is nothing to be certain of."""
    if mention.erased or mention.label is None or (mention.label == "unjudged" and mention.p is None):
        return None
    if mention.p is not None and not mention.engine_version.startswith(WITHOUT_PROBABILITIES):
        *_, second, first = sorted(mention.p)
        return first - second
    return abs(abs(mention.score or 0.0) - 0.05)


def shown_versions(connection: Connection, brand: str | None, engine_version: str) -> list[ShownVersion]:
    """All layers, with what became of them under the engine of now."""
    found = layer_versions(connection, brand)
    used = {name: newest.version for name in {e.brand for e in found} for newest in choices(connection, name)[:1]}
    return [
        ShownVersion(
            entry.brand,
            entry.version,
            _state(entry.version == used.get(entry.brand, BASE), entry.engine_version == engine_version),
            entry.engine_version,
            entry.trained_at,
            entry.trained_by,
            entry.labels,
            entry.evaluation["before"],
            entry.evaluation["after"],
            entry.evaluation,
        )
        for entry in found
    ]


def _state(is_chosen: bool, fits: bool) -> str:
    if not is_chosen:
        return "not used"
    return "in use" if fits else "retrain"


def version_number(text: str) -> int:
    """Read `base` or the number of a layer.

    Raises:
        UsageError: it is neither.
    """
    if text == "base":
        return BASE
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise UsageError(f"found version {text!r}; the number of a layer is right, or `base`")
