"""Whether what an alert is about rises at other brands too: perhaps it is the whole sector.

Looked up whenever an alert is read, and never stored: what other brands had heard by then depends on the run.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from mentions.folding import fold
from processors.detection.terms import terms_in
from processors.store.alert_reading import StoredAlert
from processors.store.brands import current
from processors.store.schema import mentions

SPIKES = ("negative_spike", "volume_spike")
TOP_TERMS = 3
"""Of the explanation; the further ones are common to many a story."""
RISES = 3
"""Authors of another brand's posts who must use one of these terms, and twice as many as in the same span before."""
LEAST_BRANDS = 2
MOST_BRANDS, MOST_POSTS = 50, 500
BEFORE, AFTER = timedelta(hours=2), timedelta(hours=1)


def rising_elsewhere(connection: Connection, alert: StoredAlert) -> tuple[str, ...]:
    """Other brands at which the alert's first terms rise in the hours around its opening; empty unless two do.

    Posts that speak of the alert's own brand too are no news of another one. At most `MOST_BRANDS` brands by name are
    looked at, and of each its first `MOST_POSTS` posts of a span.
    """
    terms = frozenset(_first_terms(alert)) if alert.kind in SPIKES else frozenset()
    if not terms:
        return ()
    others = sorted(version.brand.name for version in current(connection) if version.brand.name != alert.brand)
    start, end = alert.opened_at - BEFORE, alert.opened_at + AFTER
    found = []
    for brand in others[:MOST_BRANDS]:
        now = _authors(connection, alert, brand, terms, (start, end))
        if now >= RISES and now >= 2 * _authors(connection, alert, brand, terms, (start - (end - start), start)):
            found.append(brand)
    return tuple(found) if len(found) >= LEAST_BRANDS else ()


def _first_terms(alert: StoredAlert) -> Iterable[str]:
    listed = alert.explanation.get("terms")
    for term in (listed if isinstance(listed, list) else [])[:TOP_TERMS]:
        if isinstance(term, dict) and isinstance(term.get("term"), str):
            yield fold(term["term"])


def _authors(
    connection: Connection, alert: StoredAlert, brand: str, terms: frozenset[str], span: tuple[datetime, datetime]
) -> int:
    """How many authors of a brand's posts of a span use one of the terms."""
    posts = connection.execute(_posts(alert, brand, span))
    return len(
        {
            (post.source, post.author_id)
            for post in posts
            if not terms.isdisjoint(terms_in(f"{post.title or ''}\n{post.text or ''}", post.lang))
        }
    )


def _posts(alert: StoredAlert, brand: str, span: tuple[datetime, datetime]) -> Any:
    """Those of the public, for a spike of negatives the negative ones alone."""
    columns, ours = mentions.c, mentions.alias("ours")
    also_ours = select(ours.c.id).where(ours.c.id == columns.id, ours.c.brand == alert.brand).exists()
    query = (
        select(columns.source, columns.author_id, columns.title, columns.text, columns.lang)
        .where(columns.brand == brand, columns.created_at >= span[0], columns.created_at < span[1])
        .where(columns.author_id.is_not(None), columns.voice != "own", ~also_ours)
        .order_by(columns.created_at, columns.id)
        .limit(MOST_POSTS)
    )
    return query if alert.kind == "volume_spike" else query.where(columns.label == "negative")
