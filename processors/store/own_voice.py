"""What the brand's own voice does, as far as it is seen, and what others make of its posts.

Windows are half-open, event time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, select

from mentions.brands import Brand
from processors.detection.clusters import AGREEMENT
from processors.detection.sketch import SLOTS, is_known, slots_of_all
from processors.store.chunks import chunks
from processors.store.detail import decode_detail
from processors.store.keys import among
from processors.store.people_facts import on_pages
from processors.store.review_counts import CONDITIONS, NO_SPAM, OWN, PUBLIC, by_voice, within
from processors.store.schema import author_events, link_mentions, mentions

MOST_ANSWERS = 500
"""Own answers that are compared with each other: the last ones of a window."""
REPEATED = timedelta(days=7)
"""How long before a window an own post may be that is repeated in it."""
_M = mentions.c
_OTHER = mentions.alias("other")
_ALIKE = ceil(AGREEMENT * SLOTS)
HONEST = and_(PUBLIC, NO_SPAM)
PRAISE = CONDITIONS["praise"]


class _Own(Struct, frozen=True, gc=False):
    """An own post or reply."""

    id: str
    source: str
    in_reply_to: str | None
    created_at: datetime
    cluster: str | None
    sketch: bytes | None

    @property
    def answered(self) -> str:
        """The id of what it answers."""
        return f"{self.source}:{self.in_reply_to}"


class OwnVoice(Struct, frozen=True, kw_only=True):
    """What a brand's own voice did in a window.

    Attributes:
        ambassadors: those of the brand's ambassadors who spoke of it. quotes: posts by the public, spam out, that
            quote an own post; copies: that repeat an earlier own one. positive, neutral, negative: of both together.
        answers: own replies to others; unlinked: those without a link to the brand's own pages.
        comparable: answers that are long enough to be compared; own_words: those that repeat none before them.
        praise: praise by the public, spam out; thanked: answered by an own account, or its author thanked by the
            team, before the window's end.
    """

    ambassadors: int = 0
    quotes: int = 0
    copies: int = 0
    positive: int = 0
    neutral: int = 0
    negative: int = 0
    answers: int = 0
    unlinked: int = 0
    comparable: int = 0
    own_words: int = 0
    praise: int = 0
    thanked: int = 0


def own_voice(
    connection: Connection, brand: Brand, since: datetime, until: datetime, *, praise: int | None = None
) -> OwnVoice:
    """Read a window. `praise`: how much there was, from who has counted it (`review_counts.counts`)."""
    name, window = brand.name, (since, until)
    posts = _own_posts(connection, name, since - REPEATED, until)
    replies = [post for post in posts if post.in_reply_to is not None and post.created_at >= since]
    answers = _to_others(connection, name, replies)
    quoted = dict(_quotes(connection, name, *window))
    reused = quoted | dict(_copies(connection, name, posts, *window))
    labels = list(reused.values())
    comparable, own_words = _own_words([post.sketch for post in answers if post.sketch is not None])
    return OwnVoice(
        ambassadors=_ambassadors(connection, name, *window),
        quotes=len(quoted),
        copies=len(reused) - len(quoted),
        positive=labels.count("positive"),
        neutral=labels.count("neutral"),
        negative=labels.count("negative"),
        answers=len(answers),
        unlinked=len(answers) - _linking(connection, brand, [post.id for post in answers]),
        comparable=comparable,
        own_words=own_words,
        praise=_number(connection, [*within(name, *window), PRAISE]) if praise is None else praise,
        thanked=_thanked(connection, name, replies, *window),
    )


def answering() -> ColumnElement[bool]:
    """The condition that a mention is an own reply to somebody else: a thread of one's own is none."""
    mine = and_(_OTHER.c.brand == _M.brand, _OTHER.c.id == _M.source + ":" + _M.in_reply_to, _OTHER.c.voice == "own")
    return and_(OWN, _M.in_reply_to.is_not(None), ~select(_OTHER.c.id).where(mine).exists())


def _number(connection: Connection, where: Sequence[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(mentions).where(*where)).scalar_one())


def _ambassadors(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    mine = (*within(brand, since, until), by_voice(_M, "ambassador"), _M.author_id.is_not(None))
    people = select(_M.source, _M.author_id).distinct().where(*mine).subquery()
    return int(connection.execute(select(func.count()).select_from(people)).scalar_one())


def _quotes(connection: Connection, brand: str, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    """The ids and labels of what quotes an own post, whenever that was written."""
    rows = select(_M.id, _M.source, _M.label, _M.detail).where(*within(brand, since, until), HONEST, _M.kind == "quote")
    of: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(rows.where(_M.detail.is_not(None))):
        if quoted := decode_detail(row.detail).quoted_id:
            of.setdefault(f"{row.source}:{quoted}", []).append((row.id, row.label))
    for some in chunks(sorted(of)):
        # not `OWN`: SQLite would walk all own posts of the brand instead of looking up these
        mine = (_M.brand == brand, _M.voice == "own", _M.erased_at.is_(None), _M.id.in_(some))
        for id_ in connection.scalars(select(_M.id).where(*mine)):
            yield from of[id_]


def _own_posts(connection: Connection, brand: str, since: datetime, until: datetime) -> list[_Own]:
    """Own posts and replies, oldest first."""
    columns = (_M.id, _M.source, _M.in_reply_to, _M.created_at, _M.cluster, _M.sketch)
    query = select(*columns).where(*within(brand, since, until), OWN).order_by(_M.created_at, _M.id)
    return [_Own(*row) for row in connection.execute(query)]


def _to_others(connection: Connection, brand: str, replies: Sequence[_Own]) -> list[_Own]:
    """Those that answer somebody else (`answering`)."""
    mine: set[str] = set()
    for some in chunks(sorted({post.answered for post in replies})):
        mine |= set(connection.scalars(select(_M.id).where(_M.brand == brand, _M.voice == "own", _M.id.in_(some))))
    return [post for post in replies if post.answered not in mine]


def _linking(connection: Connection, brand: Brand, ids: Sequence[str]) -> int:
    """How many of these mentions link to one of the brand's own pages."""
    held, found = link_mentions.c, set[str]()
    for some in chunks(ids):
        found |= set(
            connection.scalars(select(held.id).where(held.brand == brand.name, held.id.in_(some), on_pages(brand)))
        )
    return len(found)


def _copies(
    connection: Connection, brand: str, posts: Sequence[_Own], since: datetime, until: datetime
) -> Iterator[tuple[str, str]]:
    """The ids and labels of near-duplicates of an own post that came before them."""
    first: dict[str, datetime] = {}
    for post in posts:
        if post.cluster is not None:
            first.setdefault(post.cluster, post.created_at)
    for some in chunks(sorted(first)):
        mine = (*within(brand, since, until), HONEST, _M.cluster.in_(some))
        for row in connection.execute(select(_M.id, _M.label, _M.cluster, _M.created_at).where(*mine)):
            if row.created_at > first[row.cluster]:
                yield row.id, row.label


def _own_words(sketches: Sequence[bytes]) -> tuple[int, int]:
    """How many answers are long enough to be compared, and how many of them repeat none before them."""
    known = [data for data in sketches if is_known(data)][-MOST_ANSWERS:]
    if not known:
        return 0, 0
    slots = slots_of_all(known)
    repeated = [bool(((slots[:place] == slots[place]).sum(axis=1) >= _ALIKE).any()) for place in range(len(known))]
    return len(known), len(known) - sum(repeated)


def _thanked(connection: Connection, brand: str, replies: Sequence[_Own], since: datetime, until: datetime) -> int:
    """How much of the praise was answered, or its author thanked, before the window's end."""
    last = {post.answered: post.created_at for post in replies}
    e = author_events.c
    thanks = select(e.source, e.author_id, func.max(e.at, type_=e.at.type))
    thanks = thanks.where(e.brand == brand, e.what == "thanked", e.at >= since, e.at < until)
    given = {(row[0], row[1]): row[2] for row in connection.execute(thanks.group_by(e.source, e.author_id))}
    praise = select(_M.id, _M.source, _M.author_id, _M.created_at).where(*within(brand, since, until), PRAISE)
    tries: list[ColumnElement[bool]] = [_M.id.in_(some) for some in chunks(sorted(last))]
    tries += [among((_M.source, _M.author_id), some) for some in chunks(sorted(given))]
    found: set[str] = set()
    for some in tries:
        for row in connection.execute(praise.where(some)):
            words = (last.get(row.id), given.get((row.source, row.author_id)))
            if any(at is not None and at >= row.created_at for at in words):
                found.add(row.id)
    return len(found)
