"""`atalaya mentions`: stored mentions, newest first."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from mentions.records import Label
    from processors.store.reading import StoredMention

app = typer.Typer(rich_markup_mode=None)
COLUMNS = (
    "brand",
    "created_at",
    "source",
    "author.handle",
    "author.name",
    "label",
    "score",
    "weight",
    "lang",
    "intents.name",
    "aspects.name",
    "title",
    "text",
    "url",
    "kind",
    "voice",
    "impact.influence",
    "impact.engagement",
    "why",
    "id",
)


@app.command(epilog="Example: atalaya mentions --brand lumbre --label negative --since 24h")
def mentions(
    brand: options.BrandName = None,
    source: Annotated[str | None, typer.Option("--source", help="Only from this source.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="positive, neutral, negative or unjudged.")] = None,
    intent: Annotated[
        str | None, typer.Option("--intent", help="question, complaint, request, purchase, praise or support.")
    ] = None,
    aspect: Annotated[
        str | None, typer.Option("--aspect", help="About this: price, delivery, ..., or an aspect of the brand's own.")
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
    """List stored mentions, newest first. What was deleted at its source is listed without its text."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, table, zone_of
    from mentions.errors import UsageError
    from mentions.records import LABELS
    from processors.intents import INTENTS
    from processors.store.reading import Wanted, list_mentions

    if label is not None and label not in LABELS:
        raise UsageError(f"--label {label}: it is one of {', '.join(LABELS)}")
    if intent is not None and intent not in INTENTS:
        raise UsageError(f"--intent {intent}: it is one of {', '.join(INTENTS)}")
    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    found = []
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        names: list[str | None] = [*brand] if brand else [None]
        for name in names:
            wanted = Wanted(
                brand=name, source=source, label=label, intent=intent, aspect=aspect, since=start, until=end
            )
            found += list_mentions(connection, wanted, limit=limit)
        zone = zone_of(connection, brand)
    found.sort(key=lambda mention: (mention.created_at, mention.id, mention.brand), reverse=True)
    found = found[:limit]
    if form is not None:
        export(found, COLUMNS, form, zone=zone, lang=language(lang))
        return
    if not found:
        nothing("No mention fits. `atalaya funnel` says why.")
        return
    table(
        ("created", "brand", "source", "sentiment", "lang", "what was said"), [_row(mention, zone) for mention in found]
    )
    typer.echo(f"{len(found)} mentions; times of {zone}", err=True)


def _row(mention: "StoredMention", zone: str) -> tuple[str, ...]:
    from zoneinfo import ZoneInfo

    from atalaya.live_list import SIGNS, printable

    author = mention.author
    who = "" if author is None else author.handle or author.name or author.id
    text = "(deleted at its source)" if mention.erased else " ".join(filter(None, (mention.title, mention.text)))
    sign = "" if mention.label is None else f"{SIGNS[cast('Label', mention.label)]} {mention.label}"
    created = f"{mention.created_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    return created, mention.brand, mention.source, sign, mention.lang, printable(f"{who}: {text}" if who else text)
