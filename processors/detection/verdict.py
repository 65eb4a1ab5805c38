"""What near-duplicates by several authors are: coordinated, organic sharing, or the brand's own content. Pure.

Only `coordinated` alerts and costs weight. The other two are told by what can be checked: who posted first, what is a
repost or a quote, and which hosts are linked to.
"""

from collections.abc import Container, Mapping
from functools import cache
from importlib import resources
from typing import Literal

from msgspec import Struct, field

from mentions.hosts import domains_of
from processors.detection.windows import Member

CampaignKind = Literal["coordinated", "organic", "own"]
HOSTS = 20
"""Hosts of a campaign that are counted."""


class Tally(Struct):
    """Counts of a campaign's posts, by what they are. hosts: posts that link to each, the first HOSTS hosts seen."""

    posts: int = 0
    own: int = 0
    shared: int = 0
    articles: int = 0
    hosts: dict[str, int] = field(default_factory=dict)

    def add(self, member: Member) -> None:
        """Count one more."""
        self.posts += 1
        self.own += member.own
        self.shared += member.shared
        self.articles += member.article
        for host in member.hosts:
            if host in self.hosts or len(self.hosts) < HOSTS:
                self.hosts[host] = self.hosts.get(host, 0) + 1


@cache
def publishers() -> frozenset[str]:
    """The hosts of `processors/lists/publishers.txt`."""
    lines = resources.files("processors").joinpath("lists/publishers.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def verdict(tally: Tally, own_first: bool, own_hosts: Container[str], known: Container[str]) -> CampaignKind:
    """Judge a cluster.

    `own`: the brand said it first, or most posts link to the brand's pages. `organic`: it has an article as its
    publisher gave it, or most posts link to one publisher, or are reposts, quotes or answers to the brand itself, as
    where it gives something away for an answer.

    Args:
        own_hosts: of the brand's pages. known: of publishers.
    """
    if own_first or _mostly(tally, own_hosts):
        return "own"
    if tally.articles or 2 * tally.shared > tally.posts or _mostly(tally, known):
        return "organic"
    return "coordinated"


def _mostly(tally: Tally, hosts: Container[str]) -> bool:
    """Whether more than half of the posts link to one of these hosts or its subdomains."""
    by_domain = dict[str, int]()
    for host, posts in tally.hosts.items():
        for domain in domains_of(host):
            if domain in hosts:
                by_domain[domain] = by_domain.get(domain, 0) + posts
    return any(2 * posts > tally.posts for posts in by_domain.values())


def most_linked(hosts: Mapping[str, int]) -> tuple[str, ...]:
    """The hosts, most linked first."""
    return tuple(sorted(hosts, key=lambda host: (-hosts[host], host)))
