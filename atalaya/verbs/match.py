"""`atalaya match [TEXT...]`: which brands a text matches, and by which clause."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from atalaya.verbs.records_in import TextRecord, Unusable
    from mentions.conversation import BrandMatcher

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog='Example: atalaya match "Qué rico el pan de Lumbre" --brand "lumbre=lumbre NOT receta"')
def match(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts; without any, one per line of standard input.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read posts as in a file for replay, one a line; only text is needed.")
    ] = False,
    brand: Annotated[
        list[str] | None,
        typer.Option("--brand", help="NAME=QUERY instead of the configured brands; may be given again."),
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Try the queries on the stored mentions: what would come, what would go.")
    ] = False,
    since: options.Since = "7d",
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> int:
    """Say which brands each text matches, and by which clause of their queries."""
    from atalaya import config as configuration
    from atalaya.verbs.records_in import answer
    from atalaya.verbs.records_in import texts as read
    from atalaya.verbs.replay import named_brand
    from mentions.conversation import BrandMatcher
    from mentions.errors import UsageError

    settings = configuration.load(config, os.environ, Path.cwd())
    brands = tuple(map(named_brand, brand)) if brand else settings.brands
    if not brands:
        raise UsageError("no brand to match; give --brand NAME=QUERY, or a configuration with [[brand]]")
    if stored:
        from atalaya.verbs.dry_run import print_dry_run

        print_dry_run(store or settings.store.address(), brands, since)
        return 0
    matcher = BrandMatcher([(entry, 1) for entry in brands])
    return answer(read(texts, jsonl=jsonl), lambda record: _matches(matcher, record), sys.stdout.buffer)


def _matches(matcher: "BrandMatcher", record: "TextRecord") -> "dict[str, object] | Unusable":
    from atalaya.verbs.records_in import Unusable
    from ingest.sources.base import Dropped
    from ingest.sources.file_fields import Rules, to_item
    from ingest.sources.file_notes import Notes
    from mentions.records import Post

    # a query does not look at the time, so a text without one is as good as a post
    fields = {"created_at": "1970-01-01T00:00:00Z", **(record.fields or {}), "text": record.text}
    item = to_item(fields, Rules(), Notes())
    if not isinstance(item, Post):
        why = f"{item.reason}: {item.detail}" if isinstance(item, Dropped) else "is a deletion, not a post"
        return Unusable(record.line, why, record.id)
    hits = matcher.hits(item, lambda _: frozenset())
    return {"id": record.id, "matches": [{"brand": hit.brand, "why": hit.why} for hit in hits]}
