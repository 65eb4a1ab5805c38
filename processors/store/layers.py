"""Layers and which of them is in use: what was learned from a brand's labels, kept version by version."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, func, select

from mentions.codec import scrub
from mentions.errors import UsageError
from mentions.layers import BASE, BrandLayer, Layer
from processors.store.numbered import add_numbered
from processors.store.schema import layer_choices, layers

NEVER_SEEN = -1
"""The marker of a process that has not loaded any layer yet."""


class LayerVersion(Struct, frozen=True, kw_only=True):
    """One version of a brand's layer, without its weights.

    Attributes:
        evaluation: macro-F1 without and with it by cross-validation, as it was measured before it was written.
    """

    brand: str
    version: int
    engine_version: str
    trained_at: datetime
    trained_by: str
    labels: int
    evaluation: dict[str, Any]


class Choice(Struct, frozen=True, kw_only=True):
    """Which version a brand is judged with from `at` on; `BASE`: the engine alone."""

    brand: str
    rev: int
    version: int
    at: datetime
    who: str
    why: str


def add_layer(
    connection: Connection,
    brand: str,
    layer: Layer,
    *,
    engine_version: str,
    labels: int,
    evaluation: dict[str, Any],
    who: str,
    now: datetime,
) -> int:
    """Keep a layer under the brand's next version, which is returned; nothing is judged with it yet."""
    values = {
        "engine_version": engine_version,
        "trained_at": now,
        "trained_by": scrub(who),
        "labels": labels,
        "evaluation": msgspec.json.encode(evaluation).decode(),
        "weights": msgspec.json.encode(layer).decode(),
    }
    return add_numbered(connection, layers, "version", {"brand": brand}, values)


def use_layer(connection: Connection, brand: str, version: int, *, who: str, why: str, now: datetime) -> Choice:
    """Judge a brand with this version from now on; the same again is no new choice.

    Raises:
        UsageError: the brand has no such version.
    """
    if version != BASE and version not in {entry.version for entry in layer_versions(connection, brand)}:
        msg = f"brand {brand!r} has no layer {version}; see `atalaya label versions --brand {brand}`"
        raise UsageError(msg)
    newest = next(iter(choices(connection, brand)), None)
    if newest is not None and newest.version == version:
        return newest
    values = {"version": version, "at": now, "who": scrub(who), "why": scrub(why)}
    rev = add_numbered(connection, layer_choices, "rev", {"brand": brand}, values)
    return Choice(brand=brand, rev=rev, version=version, at=now, who=scrub(who), why=scrub(why))


def layer_versions(connection: Connection, brand: str | None = None) -> list[LayerVersion]:
    """Read all versions of one brand or of all, oldest first."""
    query = select(*(column for column in layers.c if column.name != "weights"))
    query = query.order_by(layers.c.brand, layers.c.version)
    if brand is not None:
        query = query.where(layers.c.brand == brand)
    rows = connection.execute(query).mappings()
    return [LayerVersion(**{**row, "evaluation": msgspec.json.decode(row["evaluation"])}) for row in rows]


def choices(connection: Connection, brand: str) -> list[Choice]:
    """Read what a brand was judged with, the present choice first."""
    query = select(layer_choices).where(layer_choices.c.brand == brand).order_by(layer_choices.c.rev.desc())
    return [Choice(**row) for row in connection.execute(query).mappings()]


def layers_in_use(connection: Connection) -> list[BrandLayer]:
    """Read what each brand is judged with now; a brand that never had a layer is left out."""
    last = select(layer_choices.c.brand, func.max(layer_choices.c.rev).label("rev")).group_by(layer_choices.c.brand)
    newest = last.subquery()
    choice = layer_choices.join(
        newest, and_(layer_choices.c.brand == newest.c.brand, layer_choices.c.rev == newest.c.rev)
    )
    kept = and_(layers.c.brand == layer_choices.c.brand, layers.c.version == layer_choices.c.version)
    columns = (layer_choices.c.brand, layer_choices.c.version, layer_choices.c.at)
    query = select(*columns, layers.c.engine_version, layers.c.weights).select_from(choice.outerjoin(layers, kept))
    return [_in_use(row) for row in connection.execute(query.order_by(layer_choices.c.brand))]


def changed_since(connection: Connection, marker: int) -> int | None:
    """Look whether anything was chosen since `marker` was given out: the new marker, or None. Cheap; for polling."""
    now = connection.execute(select(func.count()).select_from(layer_choices)).scalar_one()
    return None if now == marker else now


def _in_use(row: Any) -> BrandLayer:
    layer = msgspec.json.decode(row.weights, type=Layer) if row.weights else Layer()
    return BrandLayer(
        brand=row.brand,
        version=row.version,
        engine_version=row.engine_version or "",
        changed_at=row.at,
        layer=layer,
    )


def brands_with_layers(connection: Connection) -> Sequence[str]:
    """Names of the brands that ever had a layer."""
    return connection.execute(select(layers.c.brand).distinct().order_by(layers.c.brand)).scalars().all()
