"""`atalaya summary`: volume and net sentiment of each brand, against the period before."""

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)
COLUMNS = ("brand", "mentions", "positive", "neutral", "negative", "unjudged", "n", "net_sentiment", "unjudged_share")


@app.command(epilog="Example: atalaya summary --since 7d --brand lumbre")
def summary(
    brand: options.BrandName = None,
    since: options.Since = None,
    until: options.Until = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """Sum up the public's mentions: by source, language and day in JSON, one row a brand otherwise.

    Without --since all that is stored. Net sentiment is (positive - negative) / (positive + negative).
    """
    from atalaya.verbs.showing import chosen_format, export, language
    from atalaya.verbs.summaries import show
    from processors.store.summaries import span
    from processors.store.summaries import summary as sum_up

    form = chosen_format(json=as_json, csv=as_csv, xlsx=as_xlsx)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        start, end = options.window(since, until, span(connection, brand))
        found = sum_up(connection, start, end, brands=brand, max_delay=options.delays(config))
    if form in ("csv", "xlsx"):
        export(found.brands, COLUMNS, form, lang=language(lang))
    else:
        show(found, as_json=as_json)
