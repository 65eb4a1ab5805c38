"""Who posted what in a cluster during this hour and the last. Pure; bounded like `clusters`, and rebuilt like it.

Each hour keeps its own lists, so that they follow from its mentions alone. Of an hour: the newest `POSTS` posts and
`AUTHORS` authors of a cluster, and the clusters that were added to last, `MOST_CLUSTERS` with `MOST_POSTS` posts.
"""

from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from processors.detection.clusters import TICKS

POSTS, AUTHORS = 32, 32
MOST_CLUSTERS, MOST_POSTS = 1 << 14, 1 << 16


class Member(Struct, gc=False):
    """A mention in a cluster.

    Attributes:
        at: event time. weight: after the fold, thousandths.
        votes: whether its author counts: not the brand's own voice, and not late.
        own: in the brand's own voice. shared: a repost, a quote or an answer to the brand.
        article: as its publisher gave it. hosts: that it links to.
    """

    key: str
    author: str
    at: datetime
    weight: int
    votes: bool
    own: bool
    shared: bool
    article: bool
    hosts: tuple[str, ...]


@dataclass(slots=True)
class Window:
    """One cluster in one hour. authors: when each voted last, the latest last."""

    authors: dict[str, datetime] = field(default_factory=dict)
    posts: list[Member] = field(default_factory=list)


@dataclass(slots=True)
class Hour:
    """All clusters of one hour; the ones added to last stand last. posts: of all."""

    windows: dict[str, Window] = field(default_factory=dict)
    posts: int = 0

    def add(self, cluster: str, member: Member, when: datetime) -> None:
        """Take in one; the oldest make room."""
        window = self.windows.pop(cluster, None) or Window()
        self.windows[cluster] = window
        window.posts.append(member)
        self.posts += 1
        if len(window.posts) > POSTS:
            del window.posts[0]
            self.posts -= 1
        if member.votes:
            window.authors.pop(member.author, None)
            window.authors[member.author] = when
            if len(window.authors) > AUTHORS:
                del window.authors[next(iter(window.authors))]
        while len(self.windows) > MOST_CLUSTERS or self.posts > MOST_POSTS:
            oldest = next(iter(self.windows))
            self.posts -= len(self.windows.pop(oldest).posts)


@dataclass(slots=True)
class Windows:
    """Those of one brand. hour: the present one, in hours since 1970."""

    hour: int = -(2**40)
    current: Hour = field(default_factory=Hour)
    last: Hour = field(default_factory=Hour)

    def add(self, tick: int, cluster: str, member: Member, when: datetime) -> None:
        """Take in the next mention, of fold tick `tick`; `when` it counts as said: within that tick."""
        hour = tick // TICKS
        if hour > self.hour:
            self.last = self.current if hour == self.hour + 1 else Hour()
            self.current, self.hour = Hour(), hour
        self.current.add(cluster, member, when)

    def posts(self, cluster: str) -> list[Member]:
        """The cluster's posts of two hours, as far as they are kept; the oldest first."""
        return [post for hour in (self.last, self.current) for post in _window(hour, cluster).posts]

    def authors(self, cluster: str, after: datetime) -> int:
        """Distinct authors who voted after that moment, which lies within the last hour; at most 2 x AUTHORS."""
        now = _window(self.current, cluster).authors
        found = {author for author, when in now.items() if when > after}
        for author, when in reversed(_window(self.last, cluster).authors.items()):
            if when <= after:
                break
            found.add(author)
        return len(found)


_NONE = Window()


def _window(hour: Hour, cluster: str) -> Window:
    return hour.windows.get(cluster, _NONE)
