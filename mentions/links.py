"""The links of a post in one form each, so that two links to one page are one."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

from mentions.hosts import HOST_LIMIT, host_key
from mentions.records import Post

MOST_LINKS = 20
"""Links of a post that are looked at: a wall of links is no readership."""
LONGEST = 2_000
"""Characters of a link; longer ones are addresses of nothing that people share."""
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|igshid?|mc_[ce]id|ref_src|ref_url|s_cid|yclid|_hsenc|_hsmi)\Z"
)
_find_in_text = re.compile(r"(?i)\bhttps?://[^\s<>\"'`\\^{}|]+").findall
_TRAILING = ".,;:!?)]»”’…"


def links_of(post: Post) -> list[tuple[str, str]]:
    """Each page that a post links to, once, as (address, host): those of its links, then those in its text."""
    return links_of_parts(post.links, post.full_text)


def links_of_parts(links: Iterable[str], text: str) -> list[tuple[str, str]]:
    """The same of a stored post, whose links and text are read apart."""
    given = [*links, *_in_text(text)][:MOST_LINKS]
    return list(dict.fromkeys(found for link in given if (found := canonical(link))))


def addresses(post: Post) -> tuple[str, ...]:
    """The links of a post as written, each page once: those that its network tells, then those in its text."""
    if "://" not in post.text:
        return post.links
    told = {canonical(link) for link in post.links}
    found = {page: link for link in _in_text(post.full_text) if (page := canonical(link)) and page not in told}
    return (*post.links, *found.values())


def _in_text(text: str) -> Iterator[str]:
    if "://" in text:
        for link in _find_in_text(text):
            yield link.rstrip(_TRAILING)


@lru_cache(maxsize=512)  # each link is asked for when its mention is judged, stored and folded
def canonical(link: str) -> tuple[str, str] | None:
    """The address without scheme, `www.`, fragment and tracking parameters, and its host; None: it is no web address.

    >>> canonical("https://WWW.Lumbre.example/pan/?utm_source=x&id=3#top")
    ('lumbre.example/pan?id=3', 'lumbre.example')
    """
    if len(link) > LONGEST:
        return None
    try:
        parts = urlsplit(link.strip())
        host = host_key(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or len(host) > HOST_LIMIT:
        return None
    host = host.removeprefix("www.")
    query = [(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(key)]
    path = parts.path.rstrip("/")
    return f"{host}{path}?{urlencode(query)}" if query else f"{host}{path}", host
