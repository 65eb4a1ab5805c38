"""Asks a store in PostgreSQL every question of every table, as Grafana's data source does, for each of its brands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dashboards.grafana.answers import Answer, answer, left_open
from dashboards.grafana.questions import Question
from mentions.errors import UsageError
from processors.store.engines import engine_for, reading_engine
from processors.store.failures import explained
from processors.store.targets import target_of

SPAN = timedelta(days=7)
"""The time range that is filled in: up to now."""
NEARBY = 30
"""Characters of a statement that are shown from the place of an error on."""
_OF_STATEMENT = ("22", "42", "25006", "57014")
"""What PostgreSQL says (SQLSTATE) of data, of words and rights, of writing, and of what takes too long."""


def ask_store(address: str, asked: Iterable[Question], now: datetime) -> Iterator[Answer]:
    """Ask what is of the store among some questions; nothing is written, and no table is changed.

    Args:
        address: a PostgreSQL URL; the user of Grafana's data source shows whether that one may read.

    Raises:
        UsageError: it is no PostgreSQL URL, or its database holds no store.
        StoreUnavailable: it does not answer.
    """
    target = target_of(address)
    if target.dialect != "postgresql":
        raise UsageError(f"tables are asked of PostgreSQL; found {target.place}; write postgresql://USER@HOST/DATABASE")
    engine = engine_for(target)
    # Statements are sent as they stand: a % in them is no place for a value.
    reading = reading_engine(engine).execution_options(no_parameters=True)
    try:
        with explained(target.place):
            with reading.begin() as connection:
                brands = _brands(connection, target.place)
            for question in asked:
                if question.of == "store":
                    with reading.connect() as connection:
                        yield _asked(connection, question, brands, now)
    finally:
        engine.dispose()


def filled(statement: str, brand: str, now: datetime) -> str:
    """A statement with Grafana's macros and variables filled in, for one brand."""
    since, until = (f"'{moment:%Y-%m-%dT%H:%M:%SZ}'" for moment in (now - SPAN, now))
    quoted = "'" + brand.replace("'", "''") + "'"
    statement = re.sub(r"\$__timeFilter\(([^()]+)\)", rf"\1 BETWEEN {since} AND {until}", statement)
    for name, value in (("$__timeFrom()", since), ("$__timeTo()", until), ("${brand:sqlstring}", quoted)):
        statement = statement.replace(name, value)
    return statement


def _brands(connection: Connection, place: str) -> Sequence[str]:
    try:
        return connection.exec_driver_sql("SELECT DISTINCT name FROM brands ORDER BY name").scalars().all() or [""]
    except DBAPIError as error:
        if _state(error)[:2] != "42":
            raise
        raise UsageError(f"{place} is no store that this user may read: {_said(error)}") from error


def _asked(connection: Connection, question: Question, brands: Sequence[str], now: datetime) -> Answer:
    """Ask for each brand; the rows of all count."""
    rows, statement = 0, question.text
    for brand in brands:
        statement = filled(question.text, brand, now)
        if unknown := left_open(statement):
            return answer(question, statement, error=unknown)
        try:
            rows += len(connection.exec_driver_sql(statement).all())
        except DBAPIError as error:
            if not _is_of_statement(error):
                raise
            return answer(question, statement, error=f"{_said(error)}{_place(error, statement)}")
    return answer(question, statement, found=rows)


def _is_of_statement(error: DBAPIError) -> bool:
    """Whether the statement is wrong, and not the server."""
    return _state(error).startswith(_OF_STATEMENT)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _said(error: DBAPIError) -> str:
    return str(error.orig).partition("\n")[0]


def _place(error: DBAPIError, statement: str) -> str:
    """Where in the statement, as PostgreSQL tells it: the character, from 1, and what stands there."""
    position = getattr(getattr(error.orig, "diag", None), "statement_position", None)
    if position is None:
        return ""
    start = int(position)
    return f" at character {start}: {statement[start - 1 : start - 1 + NEARBY]!r}"
