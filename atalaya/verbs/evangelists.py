"""`atalaya evangelists`: who speaks for a brand."""

from typing import Annotated

import typer

from atalaya.verbs import options, people_showing

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya evangelists --brand lumbre --json")
def evangelists(
    brand: options.BrandName = None,
    overall: people_showing.Overall = False,
    role: people_showing.RoleName = "public",
    lapsed: Annotated[
        bool | None, typer.Option("--lapsed/--active", help="Only those who fell silent, or only the others.")
    ] = None,
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
    """List who speaks for a brand, by days and not by posts; those who fell silent at the end. docs/people.md."""
    people_showing.list_ranked(
        "evangelist",
        brand=brand,
        overall=overall,
        role=role,
        lapsed=lapsed,
        since=since,
        until=until,
        limit=limit,
        store=store,
        config=config,
        forms={"json": as_json, "jsonl": as_jsonl, "csv": as_csv, "xlsx": as_xlsx},
        lang=lang,
        none="Nobody yet: an evangelist has spoken on three days or more, a week apart. `atalaya authors` lists all.",
    )
