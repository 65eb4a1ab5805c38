"""SQL of answers to what was erased: they keep their words, and no longer say whom they answered.

An answer may belong to another brand than what it answers, and so to another partition; only the one that erases knows
who is meant. So this, alone of all that a deletion does, reaches the mentions of every brand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, and_, bindparam, or_, select, update

from processors.erasure import names_nobody, without_names
from processors.store.chunks import chunks
from processors.store.corrections import full_text, text_key
from processors.store.detail import decode_detail, encode_detail
from processors.store.schema import labels, mentions
from processors.store.tombstones import Hashes

PostKey = tuple[str, str]
"""Source and native id."""
_REFERENCES = ("in_reply_to", "root_id")


@dataclass(frozen=True, slots=True)
class Words:
    """What a person is called; either may be unknown."""

    handle: str | None
    name: str | None


def hash_references(connection: Connection, hashes: Hashes, erased: Iterable[PostKey]) -> None:
    """Let answers point at the hash of each erased post."""
    posts = [
        {"of": source, "native": native_id, "hashed": hashes.erased_id(source, native_id)}
        for source, native_id in sorted(set(erased))
    ]
    for name in _REFERENCES if posts else ():
        column = mentions.c[name]
        connection.execute(
            update(mentions)
            .where(column == bindparam("native"), mentions.c.source == bindparam("of"))
            .values({name: bindparam("hashed")}),
            posts,
        )


def forget_names(connection: Connection, hashes: Hashes, people: Mapping[PostKey, Words]) -> None:
    """Take the author of each erased post out of the answers to it, which point at its hash already."""
    words = {hashes.erased_id(*post): known for post, known in people.items()}
    for chunk in chunks(sorted(words)):
        for reply in _answers(connection, chunk):
            named = [words[reference] for name in _REFERENCES if (reference := getattr(reply, name)) in words]
            changed = _without(reply, named)
            if changed:
                mine = (mentions.c.brand == reply.brand, mentions.c.id == reply.id)
                connection.execute(update(mentions).where(*mine).values(changed))
                _forget_in_labels(connection, reply, changed)


def _forget_in_labels(connection: Connection, reply: Any, changed: Mapping[str, object]) -> None:
    """A label's copy of an answer's text, or of the same words labelled bare, changes with it."""
    before = full_text(reply.title, reply.text)
    after = full_text(changed.get("title", reply.title), changed.get("text", reply.text))
    if before != after:
        mine = and_(labels.c.brand == reply.brand, labels.c.text_key == reply.id)
        copies = or_(mine, labels.c.text_key.in_({text_key(before), text_key(reply.text or "")}))
        connection.execute(update(labels).where(copies, labels.c.text.is_not(None)).values(text=after))


def _answers(connection: Connection, hashed: Sequence[str]) -> Sequence[Any]:
    columns = ("brand", "id", "title", "text", "detail", *_REFERENCES)
    answers = or_(*(mentions.c[name].in_(hashed) for name in _REFERENCES))
    query = select(*(mentions.c[name] for name in columns)).where(answers).order_by(mentions.c.id, mentions.c.brand)
    # held, for what is written back is made of what was read, and other partitions may take other names out of it
    return connection.execute(query.with_for_update()).all()


def _without(reply: Any, named: Sequence[Words]) -> dict[str, object]:
    """The columns of an answer that change."""
    handles = [words.handle for words in named if words.handle]
    names = [words.name for words in named if words.name]
    changed: dict[str, object] = {
        column: plain
        for column in ("title", "text")
        if (plain := without_names(getattr(reply, column), handles, names)) != getattr(reply, column)
    }
    detail = decode_detail(reply.detail)
    links = tuple(link for link in detail.links if names_nobody(link, handles, names))
    if links != detail.links:
        changed["detail"] = encode_detail(structs.replace(detail, links=links))
    return changed
