"""What a changed query would bring and lose on the stored mentions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from atalaya.live_list import printable
from atalaya.verbs import options
from mentions.brands import Brand
from mentions.conversation import BrandMatcher
from mentions.records import Author, Post
from processors.store.opening import Store, open_store
from processors.store.reading import Position, StoredMention, Wanted, list_mentions

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PAGE = 1000
_EXAMPLES = 5
_BY_CONVERSATION = ("own", "reply_to_own", "quotes_own", "tags_own", "reply_to_mention")


@dataclass(slots=True)
class Change:
    """For one brand: stored mentions of others that its query now matches, and its own that it no longer does."""

    come: list[StoredMention] = field(default_factory=list)
    go: list[StoredMention] = field(default_factory=list)
    stay: int = 0


def dry_run(store: Store, brands: Sequence[Brand], since: datetime | None) -> dict[str, Change]:
    """Try queries on everything stored since then. What no brand matched was never stored and cannot be tried."""
    matcher = BrandMatcher([(brand, 1) for brand in brands])
    changes = {brand.name: Change() for brand in brands}
    stored: dict[str, set[str]] = {}
    with store.reading() as connection:
        for mention in _all(connection, since):
            stored.setdefault(mention.id, set()).add(mention.brand)
        seen: set[tuple[str, str]] = set()
        for mention in _all(connection, since):
            hits = {hit.brand for hit in matcher.hits(_post(mention), lambda _: frozenset())}
            for name, change in changes.items():
                if (name, mention.id) not in seen:
                    seen.add((name, mention.id))
                    _sort(change, mention, was=name in stored[mention.id], now=name in hits)
    return changes


def _sort(change: Change, mention: StoredMention, *, was: bool, now: bool) -> None:
    if was and not now and mention.why not in _BY_CONVERSATION:
        change.go.append(mention)
    elif now and not was:
        change.come.append(mention)
    else:
        change.stay += was


def _all(connection: "Connection", since: datetime | None) -> Iterator[StoredMention]:
    after: Position | None = None
    while page := list_mentions(connection, Wanted(since=since), limit=_PAGE, after=after):
        yield from (mention for mention in page if not mention.erased)
        after = Position.of(page[-1])


def _post(mention: StoredMention) -> Post:
    return Post(
        source=mention.source,
        native_id=mention.id.partition(":")[2],
        author=mention.author or Author(id=""),
        title=mention.title,
        text=mention.text or "",
        created_at=mention.created_at,
        received_at=mention.received_at,
        lang=mention.lang,
        links=mention.links,
    )


def print_dry_run(address: str, brands: Sequence[Brand], since: str | None) -> None:
    """Say for each brand what would come and go, with examples."""
    start = options.moment(since, "--since", options.now())
    with open_store(address, create=False) as store:
        changes = dry_run(store, brands, start)
    for name, change in changes.items():
        typer.echo(f"{name}: {change.stay:,} stay, {len(change.come):,} would come, {len(change.go):,} would go")
        for sign, mentions in (("+", change.come), ("-", change.go)):
            for mention in mentions[:_EXAMPLES]:
                typer.echo(f"  {sign} {mention.created_at:%Y-%m-%d} {printable(mention.text or '')[:100]}")
    typer.echo(
        "Only what some brand matched was ever stored; a wider query brings more than this from now on.", err=True
    )
