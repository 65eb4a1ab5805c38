"""`atalaya authors`: everybody who speaks of a brand, by reach or by loyalty."""

from typing import Annotated

import typer

from atalaya.verbs import options, people_showing

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya authors --brand lumbre --sort reach --role media")
def authors(
    sort: Annotated[str, typer.Option("--sort", help="reach (followers) or loyalty (days on one side).")] = "loyalty",
    brand: options.BrandName = None,
    overall: people_showing.Overall = False,
    role: people_showing.RoleName = "any",
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
    """List all authors of half a year by reach or loyalty; media, paid and staff apart. docs/people.md."""
    from mentions.errors import UsageError

    if sort not in ("reach", "loyalty"):
        raise UsageError(f"--sort {sort}: it is reach or loyalty")
    people_showing.list_ranked(
        "reach" if sort == "reach" else "loyalty",
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
        none="Nobody yet: authors are counted when their minute is over. `atalaya funnel` says what came.",
    )
