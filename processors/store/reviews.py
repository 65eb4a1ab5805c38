"""SQL of published reviews: figures frozen as they were, and what happened to their period since."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from mentions.codec import scrub
from processors.store.review_counts import within
from processors.store.schema import mentions, reviews
from processors.store.upserts import insert

_decode = msgspec.json.Decoder(dict[str, float | None]).decode


class StoredReview(Struct, frozen=True, kw_only=True):
    """What was published of a brand's period. `figures`: number by figure's name, None where it was not shown."""

    brand: str
    period: str
    at: datetime
    who: str
    format: str
    figures: Mapping[str, float | None]


def publish(
    connection: Connection,
    brand: str,
    period: str,
    figures: Mapping[str, float | None],
    *,
    format_: str,
    who: str,
    now: datetime,
) -> bool:
    """Freeze figures; False: that period was published before, and stays as it was."""
    row = {
        "brand": brand,
        "period": period,
        "at": now,
        "who": scrub(who),
        "format": format_,
        "figures": msgspec.json.encode(figures).decode(),
    }
    statement = insert(connection, reviews).on_conflict_do_nothing().returning(reviews.c.brand)
    return connection.execute(statement, row).first() is not None


def published(connection: Connection, brand: str, period: str) -> StoredReview | None:
    """Read what was published; None: nothing was."""
    query = select(reviews).where(reviews.c.brand == brand, reviews.c.period == period)
    row = connection.execute(query).first()
    return None if row is None else StoredReview(**{**row._mapping, "figures": _decode(row.figures)})


def last_published(connection: Connection) -> datetime | None:
    """When a review was published last; None: none ever was."""
    return connection.execute(select(func.max(reviews.c.at))).scalar()


def since_then(connection: Connection, brand: str, since: datetime, until: datetime, at: datetime) -> tuple[int, int]:
    """Of the mentions of [since, until), how many were stored, and how many erased, after `at`."""
    m = mentions.c
    mine = within(brand, since, until)
    stored = select(func.count()).where(*mine, m.stored_at > at)
    gone = select(func.count()).where(*mine, m.erased_at > at)
    return int(connection.execute(stored).scalar_one()), int(connection.execute(gone).scalar_one())
