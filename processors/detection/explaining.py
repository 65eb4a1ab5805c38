"""Why an alert opened, in facts that can be opened: terms, posts that hold them, sources, copies, links. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from msgspec import Struct, to_builtins

from processors.detection.terms import LEAST, MOST_TERMS, Term, excess_terms, terms_in

MOST_LINKS, QUOTES = 3, 3


class Document(Struct, frozen=True, gc=False):
    """A post as explaining needs it. `author` and `cluster` are keys; `text` is empty once erased."""

    id: str
    author: str
    text: str
    lang: str
    source: str
    created_at: datetime
    cluster: str | None = None
    links: tuple[str, ...] = ()
    weight: int = 1000


class Compared(Struct, frozen=True, gc=False):
    """What the same hour brought at other times: negatives and all mentions; None where nothing is known."""

    negatives: int
    total: int


class Explanation(Struct, frozen=True, gc=False, kw_only=True):
    """What is told of an alert. Shares are in [0, 1]; `mentions` are ids of posts, never their text.

    Attributes:
        largest_cluster_share: of the posts that are one text. possible_campaign: at least a third are.
        new_authors: share of the authors who were never heard before.
    """

    terms: tuple[Term, ...]
    mentions: tuple[str, ...]
    posts: int
    authors: int
    sources: Mapping[str, int]
    languages: Mapping[str, int]
    largest_cluster_share: float
    possible_campaign: bool
    new_authors: float
    links: tuple[tuple[str, int], ...] = ()
    day_before: Compared | None = None
    week_before: Compared | None = None

    def plain(self) -> dict[str, object]:
        """As a JSON object; a term's `excess` is how many posts more than expected hold it."""
        built: dict[str, object] = to_builtins(self)
        built["terms"] = [
            {"term": t.term, "posts": t.posts, "expected": t.expected, "excess": round(t.posts - t.expected, 1)}
            for t in self.terms
        ]
        built["links"] = [{"url": url, "posts": posts} for url, posts in self.links]
        return built


CAMPAIGN_SHARE = 1 / 3


def explain(
    spike: Sequence[Document],
    before: Sequence[Document],
    *,
    masked: Set[str] = frozenset(),
    known_authors: Set[str] = frozenset(),
    day_before: Compared | None = None,
    week_before: Compared | None = None,
) -> Explanation:
    """Explain the posts of a spike by what tells them from earlier ones.

    Args:
        spike: the posts that voted, since the onset. before: earlier posts of the brand, of any label.
        masked: the brand's own names, which say nothing. known_authors: keys of those heard before the onset.
    """
    voices = _one_per_voice(spike)
    now = [terms_in(post.text, post.lang, masked) for post in voices]
    terms = excess_terms(now, [terms_in(post.text, post.lang, masked) for post in _one_per_voice(before)])
    authors = {post.author for post in spike}
    clusters = Counter(post.cluster for post in spike if post.cluster is not None)
    largest = max(clusters.values(), default=0) / len(spike) if spike else 0.0
    links = Counter(link for post in spike for link in dict.fromkeys(post.links))
    return Explanation(
        terms=tuple(terms[:MOST_TERMS]),
        mentions=covering(voices, now, terms),
        posts=len(spike),
        authors=len(authors),
        sources=_counted(post.source for post in spike),
        languages=_counted(post.lang for post in spike),
        largest_cluster_share=round(largest, 3),
        possible_campaign=largest >= CAMPAIGN_SHARE and max(clusters.values(), default=0) >= LEAST,
        new_authors=round(len(authors - known_authors) / len(authors), 3) if authors else 0.0,
        links=tuple(sorted(links.items(), key=lambda item: (-item[1], item[0]))[:MOST_LINKS]),
        day_before=day_before,
        week_before=week_before,
    )


def covering(posts: Sequence[Document], said: Sequence[Mapping[str, str]], terms: Sequence[Term]) -> tuple[str, ...]:
    """Ids of a few posts by different authors that hold most of the terms between them; the earliest of equals."""
    wanted = {term.term: term.score for term in terms}
    held = [frozenset(wanted.keys() & set(words.values())) for words in said]
    chosen: list[int] = []
    left = set(wanted)
    order = sorted(range(len(posts)), key=lambda place: (posts[place].created_at, posts[place].id))
    while len(chosen) < QUOTES:
        open_ = [place for place in order if place not in chosen and posts[place].text]
        open_ = [place for place in open_ if posts[place].author not in {posts[one].author for one in chosen}]
        if not open_:
            break
        best = max(open_, key=lambda place: (sum(wanted[t] for t in held[place] & left), len(held[place])))
        chosen.append(best)
        left -= held[best]
        left = left or set(wanted)
    return tuple(posts[place].id for place in chosen)


def _one_per_voice(posts: Sequence[Document]) -> list[Document]:
    """The first of each author and of each cluster: a text that many copy is one text."""
    seen: set[str] = set()
    found = []
    for post in sorted(posts, key=lambda post: (post.created_at, post.id)):
        voices = {f"a:{post.author}", f"c:{post.cluster or post.id}"}
        if seen.isdisjoint(voices):
            found.append(post)
        seen |= voices
    return found


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
