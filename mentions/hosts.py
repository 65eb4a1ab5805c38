"""The hosts that a post links to: of its links, and of the addresses in its text."""

import re
from collections.abc import Iterator

from mentions.records import Post

HOST_LIMIT = 253
"""Characters of a host name (RFC 1035, 2.3.4, less the root's dot and length); a longer one is no host."""

_AUTHORITY = r"[^\s/?#\\<>\"'(),;!\[\]{}|]+"
_find_in_text = re.compile(rf"(?i)(?:https?://|\bwww\.(?=\w)){_AUTHORITY}").findall
_scheme_of = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//").match
_authority_of = re.compile(_AUTHORITY).match


def hosts_of(post: Post) -> set[str]:
    """Every host that the post links to, as `host_key` writes it. The address of the post itself is none of them."""
    return hosts_in(post.full_text) | set(_hosts_of_links(post))


def hosts_in(text: str) -> set[str]:
    """The hosts of the addresses in `text` that begin with `http://`, `https://` or `www.`."""
    addresses = _find_in_text(text) if "://" in text or "www." in text.lower() else ()
    return {host for address in addresses if (host := _host(address.partition("://")[2] or address))}


def _hosts_of_links(post: Post) -> Iterator[str]:
    for link in post.links:
        scheme = _scheme_of(link)
        authority = _authority_of(link, scheme.end() if scheme else 0)
        if authority and (host := _host(authority[0])):
            yield host


def _host(authority: str) -> str:
    """The host of `user@host:port`; "" when it is none."""
    host = host_key(authority.rpartition("@")[2].partition(":")[0])
    return host if len(host) <= HOST_LIMIT else ""


def host_key(host: str) -> str:
    """A host as it is compared: lower-case, ASCII (`peña.example` -> `xn--pea-8ma.example`), without a final dot."""
    host = host.strip(".").casefold()
    if host.isascii() or len(host) > HOST_LIMIT:
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def domains_of(host: str) -> Iterator[str]:
    """The host and every domain above it: `a.lumbre.example`, `lumbre.example`, `example`."""
    while host:
        yield host
        host = host.partition(".")[2]
