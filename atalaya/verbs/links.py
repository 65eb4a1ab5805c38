"""`atalaya links`: which of the brand's pages travel, and who takes them along."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from processors.store.link_reading import StoredLink

app = typer.Typer(rich_markup_mode=None)
COLUMNS = (
    "brand",
    "url",
    "host",
    "own_page",
    "posts",
    "authors",
    "sources",
    "first_at",
    "last_at",
    "own_posts",
    "linkers.handle",
)
_NAMED = 3
"""Linkers that a table names."""


@app.command(epilog="Example: atalaya links --brand lumbre --since 30d")
def links(
    brand: options.BrandName = None,
    every: Annotated[bool, typer.Option("--all", help="Any page that is linked to, not only the brand's own.")] = False,
    since: options.Since = None,
    until: options.Until = None,
    limit: options.Limit = 100,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_jsonl: options.AsJsonl = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """List the brand's pages (hosts in `domains`) that are linked to: how often, by whom, on which networks."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, zone_of
    from processors.store.link_reading import list_links
    from processors.store.people import brands_named, watched

    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    found: list[StoredLink] = []
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        brands = brands_named(connection, brand or watched(connection))
        zone = zone_of(connection, brand)
        for one in brands:
            found += list_links(connection, one, pages=not every, since=start, until=end, limit=limit)
    found.sort(key=lambda link: (-link.posts, link.brand, link.url))
    del found[limit:]
    nameless = [] if every else [one.name for one in brands if not one.domains]
    if nameless:
        typer.echo(f"{', '.join(nameless)}: no `domains` are set, so no page is known as its own; see --all", err=True)
    if form is not None:
        export(found, COLUMNS, form, zone=zone, lang=language(lang))
    elif not found:
        nothing("No link fits.")
    else:
        _show(found, zone)


def _show(found: "list[StoredLink]", zone: str) -> None:
    from atalaya.verbs.showing import table

    heads = ("posts", "authors", "page", "brand", "networks", "first", f"last ({zone})", "who links most")
    table(heads, [_row(link, zone) for link in found], right=(0, 1))
    typer.echo(f"{len(found)} pages", err=True)


def _row(link: "StoredLink", zone: str) -> tuple[str, ...]:
    from zoneinfo import ZoneInfo

    from atalaya.live_list import printable

    who = [f"{one.handle or one.author} {one.posts}" for one in link.linkers[:_NAMED]]
    return (
        f"{link.posts:,}",
        f"{link.authors:,}",
        printable(link.url),
        link.brand,
        ", ".join(link.sources),
        f"{link.first_at.astimezone(ZoneInfo(zone)):%Y-%m-%d}",
        f"{link.last_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}",
        printable(", ".join(who)),
    )
