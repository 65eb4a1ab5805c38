"""Column types that mean the same on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator, TypeEngine

from mentions.clock import EPOCH

_MICROSECOND = timedelta(microseconds=1)

Key = String().with_variant(String(collation="C"), "postgresql")
"""Text by which rows are found, ordered and merged: compared byte by byte, as SQLite and Python do.

PostgreSQL would otherwise compare by the language of its database, so that `least`, `greatest` and `ORDER BY` gave
other winners than elsewhere.
"""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` in PostgreSQL, whole microseconds since 1970 in SQLite.

    SQLite has no type for time; integers sort, compare and index exactly and cost a third of ISO text.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive times: they would mean another instant on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"naive time {value!r}"
            raise ValueError(msg)
        return value if dialect.name == "postgresql" else (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always hand out UTC, whatever the session's time zone."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return] # psycopg gives a datetime
        microseconds: int = value
        return EPOCH + microseconds * _MICROSECOND


def as_driver(row: Sequence[Any], times: Sequence[int]) -> list[Any]:
    """A row with its times as `processors.store.types.Instant` keeps them in SQLite."""
    values = list(row)
    for place in times:
        moment = values[place]
        if moment is not None:
            values[place] = (moment - EPOCH) // _MICROSECOND
    return values
