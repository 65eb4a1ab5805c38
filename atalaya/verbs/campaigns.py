"""`atalaya campaigns`: the same text by many authors."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from processors.store.campaign_reading import StoredCampaign

app = typer.Typer(rich_markup_mode=None)
COLUMNS = (
    "brand",
    "kind",
    "opened_at",
    "first_at",
    "last_at",
    "span_minutes",
    "post_count",
    "author_count",
    "domains",
    "sample",
    "first_post",
    "posts",
    "authors",
    "id",
)
_SAMPLE = 100
"""Characters of a text that a table shows."""


@app.command(epilog="Example: atalaya campaigns --brand lumbre --kind coordinated --since 7d")
def campaigns(
    brand: options.BrandName = None,
    kind: Annotated[str | None, typer.Option("--kind", help="coordinated, organic or own.")] = None,
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
    """List texts that many authors posted, the last first; and whether somebody seems to be behind it."""
    from typing import get_args

    from atalaya.verbs.showing import chosen_format, export, language, nothing, zone_of
    from mentions.errors import UsageError
    from processors.detection.verdict import CampaignKind
    from processors.store.campaign_reading import CampaignsWanted, list_campaigns

    if kind is not None and kind not in get_args(CampaignKind):
        raise UsageError(f"--kind {kind}: it is one of {', '.join(get_args(CampaignKind))}")
    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    wanted = CampaignsWanted(brands=tuple(brand) if brand else None, kind=kind, since=start, until=end)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = list_campaigns(connection, wanted, limit=limit)
        zone = zone_of(connection, brand)
    if form is not None:
        export(found, COLUMNS, form, zone=zone, lang=language(lang))
    elif not found:
        nothing("No campaign fits.")
    else:
        _show(found, zone)


def _show(found: "list[StoredCampaign]", zone: str) -> None:
    from atalaya.verbs.showing import table

    heads = (f"opened ({zone})", "brand", "kind", "posts", "authors", "minutes", "domains", "what they say")
    table(heads, [_row(campaign, zone) for campaign in found], right=(3, 4, 5))
    typer.echo(f"{len(found)} campaigns; `--json` gives their ids and posts, `atalaya explain ID` opens one", err=True)


def _row(campaign: "StoredCampaign", zone: str) -> tuple[str, ...]:
    from zoneinfo import ZoneInfo

    from atalaya.live_list import printable

    said = "(deleted at its source)" if campaign.sample is None else " ".join(campaign.sample.split())
    return (
        f"{campaign.opened_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}",
        campaign.brand,
        campaign.kind,
        f"{campaign.post_count:,}",
        f"{campaign.author_count:,}",
        f"{campaign.span_minutes:,.0f}",
        printable(", ".join(campaign.domains[:2])),
        printable(said if len(said) <= _SAMPLE else f"{said[: _SAMPLE - 1]}…"),
    )
