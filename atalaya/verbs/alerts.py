"""`atalaya alerts`: what was alerted, what people said of it, what the present settings would have told."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options
from atalaya.verbs.telling import who

if TYPE_CHECKING:
    from processors.notifying.previewing import WouldTell
    from processors.store.alert_reading import StoredAlert, StoredStep
    from processors.store.alert_words import Precision

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="Of the alert, or the beginning of it that no other has.")]
_ALL = 1_000_000
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
PREVIEW_COLUMNS = ("at", "channel", "brand", "kind", "severity", "step", "alert")


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
    from processors.store.alert_words import precision

    if kind is not None and kind not in get_args(AlertKind):
        raise UsageError(f"--kind {kind}: it is one of {', '.join(get_args(AlertKind))}")
    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    names = tuple(brand) if brand else None
    wanted = AlertsWanted(brands=names, kind=kind, open=True if only_open else None, since=start, until=end)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = list_alerts(connection, wanted, limit=limit)
        rated = precision(connection, wanted) if form is None else []
    if form is not None:
        export(found, COLUMNS, form, lang=language(lang))
        return
    _show(found)
    _show_precision(rated)


@app.command(epilog="Example: atalaya alerts show 3f2a91c0")
def show(id_: Id, store: options.StoreUrl = None, config: options.Config = None, lang: options.Lang = "en") -> None:
    """Show what people are told of an alert, as it is now, with its steps, deliveries and notes."""
    from atalaya.live_list import printable
    from atalaya.verbs.showing import language, table
    from processors.notifying.messages import compose
    from processors.notifying.telling import Voice, telling
    from processors.store.alert_reading import find_alert, steps_of

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        alert = find_alert(connection, id_)
        steps = steps_of(connection, alert.id)
        found = telling(connection, alert, steps, steps[-1], [], Voice(lang=language(lang)), options.now())
    message = compose(found)
    typer.echo(f"{message.title}\n\n{message.body}\n")
    typer.echo(f"id {alert.id}   story {alert.subject or '-'}{'   historic' if alert.historic else ''}")
    heads = ("when (UTC)", "step", "severity", "score", "told")
    table(heads, [_step_row(step, alert) for step in steps], right=(3,))
    for note in alert.notes:
        typer.echo(f"{note.at:%Y-%m-%d %H:%M} {note.who}: {printable(note.text)}")


@app.command(epilog="Example: atalaya alerts preview --since 30d")
def preview(
    since: options.Since = "30d",
    until: options.Until = None,
    brand: options.BrandName = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_jsonl: options.AsJsonl = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """Say what the channels, as they are configured now, would have been told of the stored alerts."""
    from msgspec import structs

    from atalaya.routes import routing_of
    from atalaya.verbs.showing import chosen_format, export, language
    from processors.notifying.previewing import preview as follow
    from processors.store.alert_reading import AlertsWanted, list_alerts, steps_of
    from processors.store.alerting import occasion_of

    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    end = options.moment(until, "--until", options.now()) or options.now()
    start = options.moment(since, "--since", end)
    routes = routing_of(options.settings_of(config))
    if not routes:
        typer.echo("No channel is configured: nobody would have been told. See [[channel]] in atalaya.toml.", err=True)
    wanted = AlertsWanted(brands=tuple(brand) if brand else None, since=start, until=end)
    found = []
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        for alert in list_alerts(connection, wanted, limit=_ALL):
            occasion = occasion_of(structs.asdict(alert), "open", alert.opened_at)
            found += follow(alert, steps_of(connection, alert.id), occasion, routes)
    found.sort(key=lambda one: (one.at, one.channel, one.alert))
    if form is not None:
        export(found, PREVIEW_COLUMNS, form, lang=language(lang))
        return
    _show_preview(found, max((end - (start or end)).days, 1), [route.channel for route in routes])


@app.command(epilog="Example: atalaya alerts ack 3f2a91c0")
def ack(id_: Id, store: options.StoreUrl = None, config: options.Config = None) -> None:
    """Say that you have seen an alert and look after it."""
    from processors.store.alert_words import acknowledge

    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        alert = acknowledge(connection, id_, who=who(), event_id=_event_id(), now=options.now())
    typer.echo(f"{alert.id}: seen by {alert.acknowledged_by}")


@app.command(epilog='Example: atalaya alerts note 3f2a91c0 "The supplier was told"')
def note(
    id_: Id,
    text: Annotated[str, typer.Argument(help="What is to stand beside the alert.")],
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Write a note beside an alert."""
    from processors.store.alert_words import note_alert

    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        alert = note_alert(connection, id_, text, who=who(), event_id=_event_id(), now=options.now())
    typer.echo(f"{alert.id}: {len(alert.notes)} notes")


@app.command(epilog="Example: atalaya alerts rate 3f2a91c0 useful")
def rate(
    id_: Id,
    rating: Annotated[str, typer.Argument(help="useful, false (nothing was the matter) or late.")],
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Say what an alert was worth; shows the precision of all that were rated."""
    from processors.store.alert_reading import AlertsWanted
    from processors.store.alert_words import precision
    from processors.store.alert_words import rate as say

    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        alert = say(connection, id_, rating, who=who(), event_id=_event_id(), now=options.now())
        rated = precision(connection, AlertsWanted())
    typer.echo(f"{alert.id}: {alert.rating}")
    _show_precision(rated)


@app.command(epilog="Example: atalaya alerts precision --since 90d")
def precision(
    since: options.Since = None,
    until: options.Until = None,
    brand: options.BrandName = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    lang: options.Lang = "en",
) -> None:
    """Say how people found the alerts of each kind: useful ones of those rated."""
    from atalaya.verbs.showing import export, language, nothing, table
    from processors.store.alert_reading import AlertsWanted
    from processors.store.alert_words import precision as read

    end = options.moment(until, "--until", options.now())
    start = options.moment(since, "--since", end or options.now())
    wanted = AlertsWanted(brands=tuple(brand) if brand else None, since=start, until=end)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = read(connection, wanted)
    if as_json:
        export([_precision_row(one) for one in found], ("kind",), "json", lang=language(lang))
        return
    if not found[-1].rated:
        nothing("No alert has been rated yet; `atalaya alerts rate ID useful|false|late`.")
        return
    heads = ("kind", "alerts", "rated", "useful", "false", "late", "precision")
    rows = [(o.kind, str(o.alerts), str(o.rated), str(o.useful), str(o.false), str(o.late), _share(o)) for o in found]
    table(heads, rows, right=(1, 2, 3, 4, 5, 6))


def _precision_row(one: "Precision") -> "dict[str, object]":
    import msgspec

    return {**msgspec.structs.asdict(one), "precision": one.share}


def _share(one: "Precision") -> str:
    return "-" if one.share is None else f"{one.share:.0%}"


def _show_precision(found: "list[Precision]") -> None:
    whole = found[-1] if found else None
    if whole is not None and whole.rated:
        typer.echo(f"{whole.useful} of {whole.rated} rated alerts were useful ({_share(whole)})", err=True)


def _show_preview(found: "list[WouldTell]", days: int, channels: list[str]) -> None:
    from atalaya.verbs.showing import table

    heads = ("when (UTC)", "channel", "brand", "kind", "severity", "step", "alert")
    rows = [(f"{o.at:%Y-%m-%d %H:%M}", o.channel, o.brand, o.kind, o.severity, o.step, o.alert) for o in found]
    if rows:
        table(heads, rows)
    for channel in channels:
        count = sum(one.channel == channel for one in found)
        typer.echo(f"{channel}: {count} messages in {days} days ({count / days:.1f} a day)", err=True)


def _step_row(step: "StoredStep", alert: "StoredAlert") -> tuple[str, ...]:
    told = ", ".join(f"{one.channel} ({one.state})" for one in alert.deliveries if one.step == step.number)
    return f"{step.at:%Y-%m-%d %H:%M}", step.step, step.severity, f"{step.score:.1f}", told or "nobody"


def _event_id() -> str:
    import uuid

    return str(uuid.uuid4())


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
    muted = bool(alert.deliveries) and alert.deliveries[-1].state == "muted"
    marks = (("historic", alert.historic), ("muted", muted), ("acknowledged", alert.acknowledged_at))
    extra = [word for word, on in marks if on]
    told = sorted({told.channel for told in alert.deliveries if told.ok})
    failed = sorted({told.channel for told in alert.deliveries if told.ok is False} - set(told))
    all_told = [*told, *(f"{channel} (failed)" for channel in failed)]
    return (
        f"{alert.opened_at:%Y-%m-%d %H:%M}",
        alert.brand,
        alert.kind,
        alert.severity,
        f"{alert.score:.1f}",
        ", ".join([state, *extra, *([alert.rating] if alert.rating else [])]),
        ", ".join(all_told) or "nobody",
        alert.id,
    )
