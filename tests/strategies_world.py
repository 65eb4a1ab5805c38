"""Hypothesis strategies for small worlds: who wrote what about two brands, what was deleted, and how it was delivered.

Everything that a network does to a log is drawn: order within the allowance, repeats, late heartbeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mentions.records import Author, Deletion, Event, Heartbeat, Hit, Mention, Post
from processors.ticks import TimeRules
from tests.playing import OWN_ACCOUNT, a_beat, at

ALLOWANCE = 300
RULES = TimeRules(timedelta(seconds=ALLOWANCE))
SPAN = 1500
"""Seconds in which everything is written: several ticks, several buckets, and more than the allowance."""
_EVENING = 4 * 3600
"""Late enough for the traces of what was erased to go."""

_authors = st.builds(
    Author,
    id=st.sampled_from(["ana", "bea", OWN_ACCOUNT]),
    handle=st.sampled_from([None, "uno.example", "dos.example"]),
    name=st.sampled_from([None, "Uno"]),
    followers=st.sampled_from([None, 7]),
)
_brands = st.sampled_from([("lumbre",), ("nubira",), ("lumbre", "nubira")])


@dataclass(frozen=True)
class World:
    """What happened, and one way in which it reached the log.

    Attributes:
        orderly: every post once, in order of event time, each deletion behind what it deletes, one heartbeat.
        delivered: the same as a network may give it.
        sizes: how `delivered` is cut into batches.
    """

    posts: tuple[Post, ...]
    orderly: tuple[Event, ...]
    delivered: tuple[Event, ...]
    sizes: tuple[int, ...]


@st.composite
def _posts(draw: DrawFn) -> list[Post]:
    posts: list[Post] = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([None, *posts]))
        source = parent.source if parent else draw(st.sampled_from(["bluesky", "file"]))
        seconds = 50 * draw(st.integers(0, SPAN // 50))  # so that several are of one instant
        posts.append(
            Post(
                source=source,
                native_id=str(number),
                author=draw(_authors),
                text=draw(st.sampled_from(["bien", "mal", "¿?", "ni fu ni fa 🍞"])),
                created_at=at(seconds),
                received_at=at(seconds),
                lang=draw(st.sampled_from(["es", "en", None])),
                in_reply_to=parent.native_id if parent else None,
                root_id=posts[0].native_id if parent and posts[0].source == source else None,
            )
        )
    return posts


@st.composite
def _deletion(draw: DrawFn, posts: Sequence[Post]) -> Deletion:
    """Of one post, or of its author, at or after the time of the post."""
    post = draw(st.sampled_from(posts))
    when = post.created_at + timedelta(seconds=draw(st.integers(0, SPAN)))
    if draw(st.booleans()):
        return Deletion(source=post.source, author_id=post.author.id, at=when, why="account deleted")
    return Deletion(source=post.source, native_id=post.native_id, at=when, why="deleted")


def _target(deletion: Deletion) -> tuple[str, str | None, str | None]:
    """An account is deleted once: of several times only the last is remembered, in case its owner comes back."""
    return deletion.source, deletion.native_id, deletion.author_id


def _about(deletion: Deletion, post: Post) -> bool:
    if deletion.source != post.source:
        return False
    return post.native_id == deletion.native_id or post.author.id == deletion.author_id


Timed = tuple[float, int, Event]
"""When it reaches the log, what comes first at the same instant, and the record."""


@st.composite
def worlds(draw: DrawFn, deletions: int = 0, *, deleted_first: bool = False) -> World:
    """A world with up to so many deletions.

    Args:
        deleted_first: whether a deletion may reach the log before what it deletes.
    """
    posts = draw(_posts())
    mentions = [Mention(post, tuple(Hit(name, 1, name) for name in draw(_brands))) for post in posts]
    deleted = draw(st.lists(_deletion(posts), max_size=deletions, unique_by=_target))
    evening = draw(st.booleans())
    arrivals = [_arrival(draw, mention) for mention in mentions]
    arrivals += [_repeat(draw, draw(st.sampled_from(arrivals))) for _ in range(draw(st.integers(0, 4)))]
    for deletion in deleted:
        behind = max(when for when, _, event in arrivals if isinstance(event, Mention) and _about(deletion, event.post))
        earliest = 0 if deleted_first else behind
        removal: Timed = (earliest + draw(st.integers(0, 2 * SPAN)), 1, deletion)
        arrivals += [removal, *(_repeat(draw, removal) for _ in range(draw(st.integers(0, 1))))]
    beats = draw(st.lists(st.integers(0, SPAN + ALLOWANCE), max_size=6))
    arrivals += [(float(when), 2, a_beat(when)) for when in beats]
    arrivals += [_repeat(draw, draw(st.sampled_from(arrivals))) for _ in range(draw(st.integers(0, 3)))]
    last = _last_beats(evening)
    delivered = [event for _, _, event in sorted(arrivals, key=lambda timed: timed[:2])]
    orderly = sorted(mentions, key=lambda mention: (mention.post.created_at, mention.post.id))
    return World(
        posts=tuple(posts),
        orderly=(*orderly, *sorted(deleted, key=lambda deletion: deletion.at), *last),
        delivered=(*delivered, *last),
        sizes=tuple(draw(st.lists(st.integers(1, 6), max_size=12))),
    )


def _arrival(draw: DrawFn, mention: Mention) -> Timed:
    """Within the allowance of its event time, which is what a heartbeat behind it will say is complete."""
    seconds = (mention.post.created_at - at(0)).total_seconds()
    return seconds + draw(st.integers(0, ALLOWANCE)), 0, mention


def _repeat(draw: DrawFn, timed: Timed) -> Timed:
    """The same record again, later."""
    when, rank, event = timed
    return when + draw(st.integers(0, 2 * SPAN)), rank, event


def _last_beats(evening: bool) -> tuple[Heartbeat, ...]:
    night = SPAN + 2 * ALLOWANCE + 60
    return (a_beat(night), a_beat(_EVENING + night)) if evening else (a_beat(night),)


crash_points: SearchStrategy[list[int]] = st.lists(st.integers(0, 30), max_size=4)
"""At which statement of each of the first batches the process dies."""
