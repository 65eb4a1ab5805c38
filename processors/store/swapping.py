"""SQL of putting recomputed rows in the place of those that differ, unless a worker wrote meanwhile."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Connection, delete, func, or_, select, text, update

from mentions.errors import Unavailable
from processors.store.schema import brand_state, mentions, progress
from processors.store.shadows import Shadow
from processors.store.upserts import insert


class Seen(Struct, frozen=True):
    """What tells whether mentions changed: every batch moves a row of `progress`; erasing and purging move a count."""

    progress: frozenset[tuple[object, ...]]
    mentions: int
    erased: int


def seen(connection: Connection) -> Seen:
    """As this transaction sees it."""
    erased = select(func.count()).select_from(mentions).where(mentions.c.erased_at.is_not(None))
    return Seen(
        progress=frozenset(tuple(row) for row in connection.execute(select(progress))),
        mentions=connection.execute(select(func.count()).select_from(mentions)).scalar_one(),
        erased=connection.execute(erased).scalar_one(),
    )


def put_in_place(connection: Connection, before: Seen, wrong: Sequence[Shadow], place: str) -> None:
    """Let derived tables hold what their shadows hold; workers that remember something else must load it anew.

    Args:
        before: what was seen where the shadows were filled.
        wrong: the tables with rows that differ.
        place: the store's name for people.

    Raises:
        Unavailable: something was written since.
    """
    if connection.dialect.name == "postgresql":
        # A batch begins with its row of `progress`: those under way end first, those to come wait. SQLite has one
        # writer anyway.
        connection.execute(text("LOCK TABLE progress IN SHARE ROW EXCLUSIVE MODE"))
    if seen(connection) != before:
        raise Unavailable(
            f"the store {place} was written to while its tables were recomputed, so nothing was put in place; stop "
            "its workers first (`atalaya run`, `work watch`, a replay), then try again"
        )
    for shadow in wrong:
        if shadow.whole:
            _remove_surplus(connection, shadow)
            _put_rows(connection, shadow)
        else:
            _put_columns(connection, shadow)
    connection.execute(update(brand_state).values(rev=brand_state.c.rev + 1))


def _remove_surplus(connection: Connection, shadow: Shadow) -> None:
    recomputed = select(shadow.shadow.c[shadow.keys[0]]).where(shadow.same_row()).exists()
    connection.execute(delete(shadow.stored).where(~recomputed))


def _put_rows(connection: Connection, shadow: Shadow) -> None:
    joined = shadow.shadow.outerjoin(shadow.stored, shadow.same_row())
    missing = shadow.stored.c[shadow.keys[0]].is_(None)
    names = (*shadow.keys, *shadow.columns)
    rows = select(*(shadow.shadow.c[name] for name in names)).select_from(joined).where(or_(missing, shadow.differs()))
    statement = insert(connection, shadow.stored).from_select(names, rows)
    changed = {name: statement.excluded[name] for name in shadow.columns}
    connection.execute(statement.on_conflict_do_update(index_elements=list(shadow.keys), set_=changed))


def _put_columns(connection: Connection, shadow: Shadow) -> None:
    values = {name: shadow.shadow.c[name] for name in shadow.columns}
    connection.execute(update(shadow.stored).where(shadow.same_row(), shadow.differs(), *shadow.mine).values(values))
