"""`atalaya detractors`: who speaks against a brand."""

import typer

from atalaya.verbs import options, people_showing

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya detractors --brand lumbre --json")
def detractors(
    brand: options.BrandName = None,
    overall: people_showing.Overall = False,
    role: people_showing.RoleName = "public",
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
    """List who speaks against a brand, by the same rule. A list of people, made only when it is asked for."""
    people_showing.list_ranked(
        "detractor",
        brand=brand,
        overall=overall,
        role=role,
        lapsed=None,
        since=since,
        until=until,
        limit=limit,
        store=store,
        config=config,
        forms={"json": as_json, "jsonl": as_jsonl, "csv": as_csv, "xlsx": as_xlsx},
        lang=lang,
        none="Nobody. What waits for an answer: `atalaya mentions --label negative`.",
    )
