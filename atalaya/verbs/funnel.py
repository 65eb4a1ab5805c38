"""`atalaya funnel`: the answer to "why did I get (n)othing?"."""

from collections.abc import Mapping
from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)
COLUMNS = ("brand", "source", "seen", "matched", "deletions", "erased", "stored", "weighted")


@app.command(epilog="Example: atalaya funnel --brand lumbre --since 24h")
def funnel(
    brand: options.BrandName = None,
    source: Annotated[str | None, typer.Option("--source", help="Only from this source.")] = None,
    since: options.Since = None,
    until: options.Until = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """Follow what came: per brand and source seen, matched, dropped by reason, stored, weighted."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, table
    from mentions.drops import SENTENCES, Drop
    from processors.store.funnel import funnel as follow
    from processors.store.spans import known_span

    form = chosen_format(json=as_json, csv=as_csv, xlsx=as_xlsx)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        rows = follow(connection, *options.window(since, until, known_span(connection)), brands=brand, source=source)
    if form is not None:
        export(rows, COLUMNS, form, lang=language(lang))
        return
    if not rows:
        nothing("No source has been heard yet and no brand is watched: see `atalaya doctor`.")
        return
    table(
        ("brand", "source", "seen", "matched", "dropped", "stored", "weighted"),
        [
            (
                row.brand,
                row.source,
                f"{row.seen:,}",
                f"{row.matched:,}",
                _reasons(row.dropped, row.dropped_later),
                f"{row.stored:,}" + (f" (+{row.erased:,} erased)" if row.erased else ""),
                f"{row.weighted:,.1f}",
            )
            for row in rows
        ],
        right=(2, 3, 5, 6),
    )
    for reason in sorted({reason for row in rows for reason in (*row.dropped, *row.dropped_later)}):
        typer.echo(f"{reason}: {SENTENCES[Drop(reason)]}")


def _reasons(*counts: Mapping[str, int]) -> str:
    together: dict[str, int] = {}
    for entry in counts:
        for reason, count in entry.items():
            together[reason] = together.get(reason, 0) + count
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(together.items(), key=lambda item: -item[1]))
