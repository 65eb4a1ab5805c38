"""What the review counts of mentions, on both databases."""

from datetime import timedelta

from sqlalchemy import event, select

from mentions.records import Finding
from processors.store.findings import encode_findings
from processors.store.opening import Store
from processors.store.responses import MOST_WAITING, responses
from processors.store.review_counts import CONDITIONS, FEW, OWN, counts, few_counts, within
from processors.store.schema import mentions
from tests.store_rows import NOON, mention, person, put, put_people

HOUR = timedelta(hours=1)
DAY = NOON - 24 * HOUR, NOON
QUESTION = encode_findings([Finding("question", ("when",))])


def ask(store: Store) -> None:
    """Eight questions, an hour apart; the third is answered twice, the last after a day; an own post, and praise."""
    asked = [
        mention(
            f"bluesky:q{n}", author_id=f"a{n}", intents=QUESTION, created_at=NOON - (20 - n) * HOUR, label="neutral"
        )
        for n in range(8)
    ]
    own = {"voice": "own", "label": "neutral", "author_id": "lumbre"}
    replies = [
        mention("bluesky:r2", in_reply_to="q2", created_at=NOON - 16 * HOUR, **own),
        mention("bluesky:again", in_reply_to="q2", created_at=NOON - 15 * HOUR, **own),
        mention("bluesky:late", in_reply_to="q7", created_at=NOON + HOUR, **own),
        mention("bluesky:post", created_at=NOON - 10 * HOUR, **own),
    ]
    with store.writing() as connection:
        put(connection, *asked, *replies, mention("bluesky:praise", created_at=NOON - 2 * HOUR, label="positive"))
        put_people(connection, person("a5", followers=9), person("a2", followers=99), person("a6", followers=5))


def test_what_is_asked_is_counted_and_what_waits_is_ranked(store: Store) -> None:
    """Who has most readers is first, then the oldest; what was answered in time is left out, by its first answer."""
    ask(store)
    with store.reading() as connection:
        found = responses(connection, "lumbre", *DAY, ranked=True)
        again = responses(connection, "lumbre", *DAY, asked=8)
    assert (found.asked, found.answered, found.unanswered, found.median, found.visible) == (8, 1, 7, 2.0, True)
    assert found.answered_ids == ("bluesky:q2",)
    assert found.waiting == tuple(f"bluesky:q{n}" for n in (5, 6, 0, 1, 3))
    assert len(found.waiting) == MOST_WAITING
    assert (again.asked, again.unanswered, again.waiting) == (8, 7, ())


def test_the_few_counts_are_those_of_all(store: Store) -> None:
    """What is counted of other brands is what is counted of the reviewed one; each number is its condition's."""
    ask(store)
    with store.reading() as connection:
        whole, few = counts(connection, "lumbre", *DAY), few_counts(connection, "lumbre", *DAY)
        rows = {
            name: len(connection.execute(select(mentions.c.id).where(*within("lumbre", *DAY), condition)).all())
            for name, condition in CONDITIONS.items()
        }
    assert few == {name: whole[name] for name in ("mentions", *FEW)}
    assert {name: whole[name] for name in rows} == rows
    assert (whole["mentions"], whole["own"], whole["asked"], whole["w_positive"]) == (9, 3, 8, 1000)


def test_own_posts_are_found_by_their_index(store: Store) -> None:
    """The statement holds the word of the partial index, and SQLite uses it though nothing was analysed."""
    with store.reading() as connection:

        @event.listens_for(connection, "before_cursor_execute", retval=True)
        def explain(_c: object, _u: object, statement: str, values: object, *_: object) -> tuple[str, object]:
            assert "voice != 'public'" in statement
            return "EXPLAIN QUERY PLAN " * (store.dialect == "sqlite") + statement, values

        query = select(mentions.c.id, mentions.c.created_at, mentions.c.text, mentions.c.url).where(
            *within("lumbre", *DAY), OWN
        )
        cursor = connection.execute(query).cursor
        assert cursor is not None
        if store.dialect == "sqlite":
            said = str(cursor.fetchall())
            assert "ix_mentions_voices (brand=? AND voice=? AND created_at>? AND created_at<?)" in said
