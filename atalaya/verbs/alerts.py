"""`atalaya alerts`: what was alerted, what people said of it, what the present settings would have told."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from processors.store.alert_reading import StoredAlert

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
COLUMNS = (
    "id",
    "brand",
    "kind",
    "severity",
    "opened_at",
    "closed_at",
    "score",
    "historic",
    "acknowledged_at",
    "acknowledged_by",
    "rating",
)


@app.callback(epilog="Example: atalaya alerts --brand lumbre --since 7d")
def alerts(
    context: typer.Context,
    brand: options.BrandName = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind, such as negative_spike.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not over.")] = False,
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
    """List alerts, the last opened first; who was told, and how people found them."""
    if context.invoked_subcommand is not None:
        return
    from typing import get_args

    from atalaya.verbs.showing import chosen_format, export, language
    from mentions.errors import UsageError
    from mentions.records import AlertKind
    from processors.store.alert_reading import AlertsWanted, list_alerts

    if kind is not None and kind not in get_args(AlertKind):
        raise UsageError(f"--kind {kind}: it is one of {', '.join(get_args(AlertKind))}")
    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    names = tuple(brand) if brand else None
    wanted = AlertsWanted(brands=names, kind=kind, open=True if only_open else None, since=start, until=end)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = list_alerts(connection, wanted, limit=limit)
    if form is not None:
        export(found, COLUMNS, form, lang=language(lang))
        return
    _show(found)


def _show(found: "list[StoredAlert]") -> None:
    from atalaya.verbs.showing import nothing, table

    if not found:
        nothing("No alert fits.")
        return
    heads = ("opened (UTC)", "brand", "kind", "severity", "score", "state", "told", "id")
    table(heads, [_row(alert) for alert in found], right=(4,))
    typer.echo(f"{len(found)} alerts", err=True)


def _row(alert: "StoredAlert") -> tuple[str, ...]:
    state = "open" if alert.closed_at is None else f"closed {alert.closed_at:%m-%d %H:%M}"
    extra = [word for word, on in (("historic", alert.historic), ("acknowledged", alert.acknowledged_at)) if on]
    told = sorted({told.channel for told in alert.deliveries if told.ok})
    failed = sorted({told.channel for told in alert.deliveries if told.ok is False} - set(told))
    who = [*told, *(f"{channel} (failed)" for channel in failed)]
    return (
        f"{alert.opened_at:%Y-%m-%d %H:%M}",
        alert.brand,
        alert.kind,
        alert.severity,
        f"{alert.score:.1f}",
        ", ".join([state, *extra, *([alert.rating] if alert.rating else [])]),
        ", ".join(who) or "nobody",
        alert.id,
    )
