"""Rows by many keys at once, on both databases."""

from sqlalchemy import select, text

from processors.store.keys import among
from processors.store.opening import Store, open_store
from processors.store.schema import mentions
from tests.store_rows import mention, put


def test_rows_are_found_by_whole_keys(store: Store) -> None:
    """Of all combinations of the parts of several keys only the keys themselves are found."""
    rows = [mention(f"rss:{number}", brand=brand) for number in range(4) for brand in ("lumbre", "nubira")]
    wanted = [("lumbre", "rss:1"), ("nubira", "rss:2"), ("nubira", "rss:9")]
    columns = (mentions.c.brand, mentions.c.id)
    with store.writing() as connection:
        put(connection, *rows)
        found = connection.execute(select(*columns).where(among(columns, wanted))).all()
    assert sorted(map(tuple, found)) == wanted[:2]


def test_sqlite_looks_keys_up_instead_of_reading_the_whole_table() -> None:
    """SQLite finds rows by a list of keys through the primary key; a list of pairs alone would read every row."""
    keys = "(id, brand) IN (VALUES ('rss:1', 'lumbre'), ('rss:2', 'nubira'))"
    lists = "id IN ('rss:1', 'rss:2') AND brand IN ('lumbre', 'nubira')"
    with open_store(":memory:") as store, store.reading() as connection:
        plans = [
            str(connection.execute(text(f"EXPLAIN QUERY PLAN SELECT * FROM mentions WHERE {where}")).all())
            for where in (keys, f"{lists} AND {keys}")
        ]
        columns = (mentions.c.brand, mentions.c.id)
        built = str(among(columns, [("lumbre", "rss:1")]))
    assert "SCAN mentions" in plans[0]
    assert "SEARCH mentions USING INDEX sqlite_autoindex_mentions_1 (id=? AND brand=?)" in plans[1]
    assert built.count(" IN ") == 3
