"""Which brands a post belongs to: those whose query it matches, and those whose conversation it is part of.

A post belongs to a brand's conversation when one of the brand's own accounts wrote it, when it replies to, quotes or
tags one, or when it replies to a mention that matched. No state: what was seen before is asked of the caller.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import timedelta

from mentions.brands import Brand
from mentions.errors import QueryError, UsageError
from mentions.folding import fold
from mentions.matching import Matcher, Query, parse_query
from mentions.query_terms import account_key
from mentions.records import Hit, Post
from mentions.tokens import Tokens

REMEMBERED = timedelta(days=7)
"""How long after a mention a reply to it still belongs to its brands: what `Seen` has to know."""

Seen = Callable[[str], Collection[str] | None]
"""Native id of a post on the same source -> brands that it was a mention of within `REMEMBERED`; `dict.get` will do."""

AuthorOf = Callable[[str], str | None]
"""Native id of a post -> id of its author, where the one tells the other."""


def author_of_at_uri(native_id: str) -> str | None:
    """The author of a post on Bluesky: `at://did/collection/rkey` -> `did`."""
    scheme, _, rest = native_id.partition("://")
    author = rest.partition("/")[0]
    return author if scheme == "at" and author.startswith("did:") else None


class Accounts:
    """Whose account it is.

    Args:
        accounts: brand and account (`source:handle` or `source:id`, case and a leading `@` ignored).
        ids: the network's id of an account that is given by handle, keyed as the account is given.

    Raises:
        UsageError: an account has no source or no name.
    """

    def __init__(self, accounts: Iterable[tuple[str, str]], ids: Mapping[str, str]) -> None:
        self._owners: dict[tuple[str, str], tuple[str, ...]] = {}
        self._handles: dict[tuple[str, str], tuple[str, ...]] = {}
        self.sources: set[str] = set()
        for brand, account in accounts:
            source, _, name = account.partition(":")
            if not source or not name.lstrip("@"):
                raise UsageError(f"brand {brand}: account {account!r} must be source:handle or source:id")
            self._add(brand, source, name)
            if account in ids:
                self._add(brand, source, ids[account])

    def _add(self, brand: str, source: str, name: str) -> None:
        self.sources.add(source)
        for table, key in ((self._owners, account_key(name)), (self._handles, fold(name.lstrip("@")))):
            owners = table.get((source, key), ())
            table[source, key] = owners if brand in owners else (*owners, brand)

    def owners(self, source: str, name: str | None) -> tuple[str, ...]:
        """The brands that the account with this id or handle speaks for."""
        return self._owners.get((source, account_key(name)), ()) if name else ()

    def tagged(self, source: str, text: str) -> Iterator[str]:
        """The brands of which `text` mentions an account; a longer handle that begins with one is another account."""
        if "@" in text or "＠" in text:
            for handle in Tokens(text).handles():
                yield from self._handles.get((source, handle), ())


class BrandMatcher:
    """All brands in one version each, asked together; made anew when a brand changes.

    Args:
        brands: each with its version.
        authors: for a source whose native ids tell their author: how (Bluesky: `author_of_at_uri`).
        ids: the network's id of an own account that is given by handle (`bluesky:lumbre.example` -> `did:plc:...`).

    Raises:
        QueryError: a brand's query cannot be used; the message names the brand.
        UsageError: two brands share a name, or an account is malformed.
    """

    def __init__(
        self,
        brands: Iterable[tuple[Brand, int]],
        authors: Mapping[str, AuthorOf] | None = None,
        ids: Mapping[str, str] | None = None,
    ) -> None:
        self._versions: dict[str, int] = {}
        queries: dict[str, Query] = {}
        accounts: list[tuple[str, str]] = []
        for brand, version in brands:
            if brand.name in queries:
                raise UsageError(f"brand {brand.name} is given twice; one version of each can be matched")
            self._versions[brand.name] = version
            queries[brand.name] = _parse(brand)
            accounts += ((brand.name, account) for account in brand.accounts)
        self._matcher = Matcher(queries)
        self._accounts = Accounts(accounts, ids or {})
        self._authors = authors or {}

    def hits(self, post: Post, seen: Seen = lambda _: ()) -> tuple[Hit, ...]:
        """One hit for each brand that `post` belongs to, by name.

        `why` is the clause of the query that matched; without one the first of `own`, `reply_to_own`, `quotes_own`,
        `tags_own`, `reply_to_mention` that holds.
        """
        why = dict(self._matcher.match(post))
        for brand, rule in self._conversation(post, seen):
            why.setdefault(brand, rule)
        return tuple(Hit(brand, self._versions[brand], why[brand]) for brand in sorted(why) if brand in self._versions)

    def _conversation(self, post: Post, seen: Seen) -> Iterator[tuple[str, str]]:
        if post.source in self._accounts.sources:
            yield from self._own_accounts(post)
        for native_id in _above(post):
            yield from ((brand, "reply_to_mention") for brand in seen(native_id) or ())

    def _own_accounts(self, post: Post) -> Iterator[tuple[str, str]]:
        source, owners = post.source, self._accounts.owners
        for name in (post.author.id, post.author.handle):
            yield from ((brand, "own") for brand in owners(source, name))
        author_of = self._authors.get(source)
        if author_of is not None:
            for native_id in _above(post):
                yield from ((brand, "reply_to_own") for brand in owners(source, author_of(native_id)))
            if post.quoted_id:
                yield from ((brand, "quotes_own") for brand in owners(source, author_of(post.quoted_id)))
        yield from ((brand, "tags_own") for brand in self._accounts.tagged(source, post.full_text))


def _above(post: Post) -> Iterator[str]:
    """The posts that it replies to: the one directly above it and the first of the thread."""
    if post.in_reply_to:
        yield post.in_reply_to
    if post.root_id and post.root_id != post.in_reply_to:
        yield post.root_id


def _parse(brand: Brand) -> Query:
    try:
        return parse_query(brand.query)
    except QueryError as error:
        raise QueryError(f"brand {brand.name}: {error.message}", error.query, error.position) from None
