"""What the brand's own voice does, as far as it is seen, and what others make of its posts.

Windows are half-open, event time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil

import numpy as np
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, select

from mentions.brands import Brand
from mentions.records import FULL_WEIGHT
from processors.detection.clusters import AGREEMENT
from processors.detection.sketch import SLOTS, is_known, slots_of_all
from processors.store.chunks import chunks
from processors.store.detail import decode_detail
from processors.store.findings import has_finding
from processors.store.people_facts import on_pages
from processors.store.review_counts import OWN, PUBLIC, within
from processors.store.schema import author_events, link_mentions, mentions

MOST_ANSWERS = 1_000
"""Own answers that are compared with each other: the last ones of a window."""
REPEATED = timedelta(days=7)
"""How long before a window an own post may be that is repeated in it."""
_M = mentions.c
_OTHER = mentions.alias("other")
_ALIKE = ceil(AGREEMENT * SLOTS)
HONEST = and_(PUBLIC, 2 * _M.text_weight >= FULL_WEIGHT)
"""Of the public, and no spam by its text: copies, which count less because they are copies, are in."""
PRAISE = and_(HONEST, has_finding(_M.intents, "praise"))


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


def own_voice(connection: Connection, brand: Brand, since: datetime, until: datetime) -> OwnVoice:
    """Read a window."""
    name, window = brand.name, (since, until)
    quoted = dict(_quotes(connection, name, *window))
    reused = quoted | dict(_copies(connection, name, *window))
    labels = list(reused.values())
    comparable, own_words = _own_words(connection, name, *window)
    praise, thanked = _praise(connection, name, *window)
    return OwnVoice(
        ambassadors=_ambassadors(connection, name, *window),
        quotes=len(quoted),
        copies=len(reused) - len(quoted),
        positive=labels.count("positive"),
        neutral=labels.count("neutral"),
        negative=labels.count("negative"),
        answers=_number(connection, [*within(name, *window), answering()]),
        unlinked=_number(connection, [*within(name, *window), answering(), ~linked(brand)]),
        comparable=comparable,
        own_words=own_words,
        praise=praise,
        thanked=thanked,
    )


def answering() -> ColumnElement[bool]:
    """The condition that a mention is an own reply to somebody else: a thread of one's own is none."""
    mine = and_(_OTHER.c.brand == _M.brand, _OTHER.c.id == _M.source + ":" + _M.in_reply_to, _OTHER.c.voice == "own")
    return and_(OWN, _M.in_reply_to.is_not(None), ~select(_OTHER.c.id).where(mine).exists())


def linked(brand: Brand) -> ColumnElement[bool]:
    """The condition that a mention links to one of the brand's own pages."""
    held = link_mentions.c
    mine = and_(held.brand == _M.brand, held.id == _M.id, on_pages(brand))
    return select(held.id).where(mine).exists()


def _number(connection: Connection, where: Sequence[ColumnElement[bool]]) -> int:
    return int(connection.execute(select(func.count()).select_from(mentions).where(*where)).scalar_one())


def _ambassadors(connection: Connection, brand: str, since: datetime, until: datetime) -> int:
    mine = (*within(brand, since, until), _M.voice == "ambassador", _M.author_id.is_not(None))
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
        for id_ in connection.scalars(select(_M.id).where(_M.brand == brand, OWN, _M.id.in_(some))):
            yield from of[id_]


def _copies(connection: Connection, brand: str, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
    """The ids and labels of near-duplicates of an own post that came before them."""
    own = select(_M.cluster, func.min(_M.created_at, type_=_M.created_at.type))
    own = own.where(*within(brand, since - REPEATED, until), OWN, _M.cluster.is_not(None)).group_by(_M.cluster)
    first = {row[0]: row[1] for row in connection.execute(own)}
    for some in chunks(sorted(first)):
        mine = (*within(brand, since, until), HONEST, _M.cluster.in_(some))
        for row in connection.execute(select(_M.id, _M.label, _M.cluster, _M.created_at).where(*mine)):
            if row.created_at > first[row.cluster]:
                yield row.id, row.label


def _own_words(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How many answers are long enough to be compared, and how many of them repeat none before them."""
    query = select(_M.sketch).where(*within(brand, since, until), answering(), _M.sketch.is_not(None))
    newest = connection.scalars(query.order_by(_M.created_at.desc(), _M.id.desc()).limit(MOST_ANSWERS)).all()
    known = [bytes(data) for data in reversed(newest) if is_known(bytes(data))]
    if not known:
        return 0, 0
    slots = slots_of_all(known)
    repeated = (((slots[:place] == slots[place]).sum(axis=1) >= _ALIKE).any() for place in range(len(known)))
    return len(known), len(known) - int(np.sum([bool(one) for one in repeated]))


def _praise(connection: Connection, brand: str, since: datetime, until: datetime) -> tuple[int, int]:
    """How much praise there was, and how much of it was answered, or its author thanked, before the window's end."""
    replies = select(_M.source, _M.in_reply_to, func.max(_M.created_at, type_=_M.created_at.type))
    replies = replies.where(*within(brand, since, until), OWN, _M.in_reply_to.is_not(None))
    last = {f"{row[0]}:{row[1]}": row[2] for row in connection.execute(replies.group_by(_M.source, _M.in_reply_to))}
    e = author_events.c
    thanks = select(e.source, e.author_id, func.max(e.at, type_=e.at.type))
    thanks = thanks.where(e.brand == brand, e.what == "thanked", e.at >= since, e.at < until)
    given = {(row[0], row[1]): row[2] for row in connection.execute(thanks.group_by(e.source, e.author_id))}
    found = thanked = 0
    query = select(_M.id, _M.source, _M.author_id, _M.created_at).where(*within(brand, since, until), PRAISE)
    for row in connection.execute(query):
        words = (last.get(row.id), given.get((row.source, row.author_id)))
        found, thanked = found + 1, thanked + any(at is not None and at >= row.created_at for at in words)
    return found, thanked
