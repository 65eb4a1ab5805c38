"""`atalaya sources`: how every source is."""

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)
COLUMNS = ("source", "shard", "class", "last_at", "complete_until", "holds", "seen", "matched", "completeness")


@app.command(epilog="Example: atalaya sources --since 24h")
def sources(
    since: options.Since = None,
    until: options.Until = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """Say of each source its last word, what it counted, its gaps, and how much of the window it saw."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, table
    from processors.store.coverage import sources as heard
    from processors.store.spans import heard_span

    form = chosen_format(json=as_json, csv=as_csv, xlsx=as_xlsx)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        start, end = options.window(since, until, heard_span(connection))
        rows = heard(connection, start, end, options.delays(config))
    if form is not None:
        export(rows, COLUMNS, form, lang=language(lang))
        return
    if not rows:
        nothing("No source has been heard yet; `atalaya doctor` looks at each.")
        return
    table(
        ("source", "shard", "class", "last word (UTC)", "complete until", "seen", "matched", "gaps", "completeness"),
        [
            (
                row.source,
                row.shard,
                row.source_class,
                f"{row.last_at:%Y-%m-%d %H:%M:%S}",
                f"{row.complete_until:%Y-%m-%d %H:%M:%S}" if row.complete_until else "-",
                f"{row.seen:,}",
                f"{row.matched:,}",
                "; ".join(f"{gap.start:%m-%d %H:%M} to {gap.end:%m-%d %H:%M} ({gap.why})" for gap in row.gaps)
                or "none",
                "-" if row.completeness is None else f"{row.completeness:.0%}",
            )
            for row in rows
        ],
        right=(5, 6, 8),
    )
