"""`atalaya dashboards publish` and `annotate`: what a Grafana shows, written into it."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from dashboards.grafana.client import GrafanaClient
    from dashboards.grafana.port import Done
    from dashboards.grafana.publishing import Failed, Lang
    from mentions.settings import Settings

Language = Annotated[str | None, typer.Option("--lang", help="en or es (default: language of [grafana]).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only look, and say what would be done.")]
MOST_ALERTS = 10_000
SHOWN = 12
"""Lines of a difference that are shown of one dashboard."""


def publish(
    dry_run: DryRun = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show where Grafana has something else.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what was saved by hand, and write passwords again.")
    ] = False,
    lang: Language = None,
    config: options.Config = None,
) -> int:
    """Publish data sources, folder and dashboards of one language to the Grafana of [grafana]; again, nothing changes.

    A dashboard that somebody saved in Grafana since is left as it is: exit 1.
    """
    from dashboards.grafana.publishing import publish, sources_of

    settings = options.settings_of(config)
    sources, left = sources_of(settings.grafana, settings.store)
    for source in sources:
        if source.password is not None:
            source.password.reveal()  # a file that cannot be read is told before anything is written
    told: list[str] = []
    with _grafana(settings, force=force, dry_run=dry_run) as grafana:
        spoken = _spoken(lang, settings)
        console = settings.notify.public_url
        for one in publish(grafana, spoken, sources=sources, folder=settings.grafana.folder, console=console):
            told.append(_state(one))
            _tell_done(one, diff=diff, dry_run=dry_run)
    for sentence in left:
        typer.echo(f"note: {sentence}", err=True)
    return _sum_up(told, dry_run=dry_run)


def annotate(
    since: Annotated[
        str, typer.Option("--since", help="Alerts that were open, actions that ran from then on: 2026-11-16, 7d, 12h.")
    ] = "7d",
    brand: options.BrandName = None,
    dry_run: DryRun = False,
    lang: Language = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> int:
    """Set alerts and actions as annotations in the Grafana of [grafana], from begin to end; none ever stands twice."""
    from dashboards.grafana.marking import action_marks, alert_marks
    from processors.store.actions import actions_between
    from processors.store.alert_reading import AlertsWanted, list_alerts

    settings = options.settings_of(config)
    spoken = _spoken(lang, settings)
    now = options.now()
    start = options.moment(since, "--since", now) or now
    names = tuple(brand) if brand else None
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        alerts = list_alerts(connection, AlertsWanted(brands=names, open_from=start), limit=MOST_ALERTS)
        actions = actions_between(connection, start, now, names)
    if len(alerts) == MOST_ALERTS:
        typer.echo(f"note: only the {MOST_ALERTS} alerts that opened last; ask for fewer by --since", err=True)
    marks = [*alert_marks(reversed(alerts), spoken, settings.notify.public_url), *action_marks(actions, spoken)]
    told: list[str] = []
    with _grafana(settings, dry_run=dry_run) as grafana:
        for mark in marks:
            done = grafana.annotate(mark)
            told.append(done.state)
            _tell_done(done, diff=False, dry_run=dry_run)
    return _sum_up(told, dry_run=dry_run)


def _grafana(settings: "Settings", *, force: bool = False, dry_run: bool = False) -> "GrafanaClient":
    """The Grafana of the configuration.

    Raises:
        UsageError: the configuration names none, or no token.
    """
    from dashboards.grafana.client import GrafanaClient
    from mentions.errors import UsageError

    named = settings.grafana
    where = settings.file or "no atalaya.toml"
    if named.url is None:
        raise UsageError(f"{where}: grafana.url: it is missing; write the address of Grafana below [grafana]")
    if named.token is None:
        raise UsageError(
            f"{where}: grafana.token: it is missing; set ATALAYA_GRAFANA_TOKEN to the token of a service account, or "
            'write token = "file:PATH" below [grafana]'
        )
    return GrafanaClient(
        named.url, named.token.reveal(), named.organisation,
        force=force, dry_run=dry_run, tell=lambda sentence: typer.echo(sentence, err=True),
    )  # fmt: skip


def _spoken(lang: str | None, settings: "Settings") -> "Lang":
    from atalaya.verbs.showing import language

    return settings.grafana.language if lang is None else language(lang)


def _state(one: "Done | Failed") -> str:
    from dashboards.grafana.port import Done

    return one.state if isinstance(one, Done) else "refused"


def _tell_done(one: "Done | Failed", *, diff: bool, dry_run: bool) -> None:
    from dashboards.grafana.port import Done

    if not isinstance(one, Done):
        typer.echo(f"REFUSED    {one.error}")
        return
    would = dry_run and one.state in ("created", "changed")
    state = f"would be {one.state}" if would else one.state.upper() if one.state == "edited" else one.state
    note = f": {one.note}" if one.note else ""
    typer.echo(f"{state:<10} {one.kind} {one.name}{note}")
    for line in one.changes[:SHOWN] if diff else ():
        typer.echo(f"           {line}")
    if diff and len(one.changes) > SHOWN:
        typer.echo(f"           and {len(one.changes) - SHOWN} more")


def _sum_up(told: list[str], *, dry_run: bool) -> int:
    from collections import Counter

    counts = Counter(told)
    would = "would be " if dry_run else ""
    said = [f"{counts[state]} {would}{state}" for state in ("created", "changed") if counts[state]]
    said += [f"{counts[state]} {state}" for state in ("unchanged", "kept", "edited", "refused") if counts[state]]
    nothing = "" if counts["created"] + counts["changed"] else "; nothing was written"
    typer.echo(f"{', '.join(said) or 'nothing to publish'}{'' if dry_run else nothing}")
    if counts["edited"]:
        typer.echo("Somebody saved what is EDITED in Grafana: look by --diff, then --force overwrites it.", err=True)
    return 1 if counts["edited"] or counts["refused"] else 0
