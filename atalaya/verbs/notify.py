"""`atalaya notify`: tests of the channels, and mutes."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options
from atalaya.verbs.telling import who

if TYPE_CHECKING:
    from datetime import datetime

    from mentions.settings import Settings
    from mentions.settings_channels import AnyChannel

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Test the channels that alerts are told by; mute what you know already.",
    epilog="Example: atalaya notify test",
)
MuteBrand = Annotated[str | None, typer.Option("--brand", help="Alerts of this brand.")]
MuteKind = Annotated[str | None, typer.Option("--kind", help="Alerts of this kind, such as negative_spike.")]
MuteTerm = Annotated[str | None, typer.Option("--term", help="Alerts whose explanation holds this term.")]
MuteStory = Annotated[str | None, typer.Option("--story", help="Alerts on this story (see `alerts show`).")]
MuteFor = Annotated[str | None, typer.Option("--for", help="How long: 30m, 12h, 7d, 2w.")]
MuteUntil = Annotated[str | None, typer.Option("--until", help="Or until when: 2026-11-16, 2026-11-16T09:00Z.")]
MuteWhy = Annotated[str, typer.Option("--why", help="The reason, kept with the mute.")]


@app.command("test", epilog="Example: atalaya notify test --channel mail")
def try_channels(
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only this channel; may be given again.")
    ] = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Send a test through each channel; exit code 1 when one did not take it."""
    from mentions.errors import UsageError

    settings = options.settings_of(config)
    known = {one.name: one for one in settings.channels}
    unknown = [name for name in channel or () if name not in known]
    if unknown:
        raise UsageError(f"no channel is called {unknown[0]}; configured: {', '.join(known) or 'none'}")
    if not known:
        raise UsageError("no channel is configured; write a [[channel]] in atalaya.toml")
    results = {name: _try(settings, one) for name, one in known.items() if not channel or name in channel}
    if as_json:
        rows = [{"channel": name, "ok": error is None, "error": error} for name, error in results.items()]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for name, error in results.items():
            typer.echo(f"{name}: {'sent' if error is None else f'NOT sent: {error}'}")
    if any(results.values()):
        raise typer.Exit(1)


@app.command(epilog="Example: atalaya notify mute --brand lumbre --term retraso --for 12h --why 'known outage'")
def mute(
    brand: MuteBrand = None,
    kind: MuteKind = None,
    term: MuteTerm = None,
    story: MuteStory = None,
    lasting: MuteFor = None,
    until: MuteUntil = None,
    why: MuteWhy = "",
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Tell nobody, for a while, of alerts that fit all that is given; they are stored and shown all the same."""
    import uuid

    from mentions.errors import UsageError
    from processors.store.alert_words import mute as silence

    now = options.now()
    if (lasting is None) == (until is None):
        raise UsageError("say for how long: --for 12h, or --until 2026-11-16T09:00Z")
    if not any((brand, kind, term, story)):
        raise UsageError("say what: --brand, --kind, --term or --story")
    end = options.moment(until, "--until", now) if lasting is None else _end_of(lasting, now)
    if end is None:
        raise UsageError(f"found {lasting!r}; write a span such as 30m, 12h or 7d")
    mute_id = uuid.uuid4().hex[:8]
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        silence(
            connection, mute_id=mute_id, until=end, who=who(), why=why, now=now,
            brand=brand, kind=kind, term=term, story=story,
        )  # fmt: skip
    typer.echo(f"{mute_id}: muted until {end:%Y-%m-%d %H:%M} UTC")


@app.command()
def mutes(store: options.StoreUrl = None, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """List what is muted."""
    from atalaya.verbs.showing import export, nothing, table
    from processors.store.alert_words import list_mutes

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = list_mutes(connection, options.now())
    if as_json:
        export(found, (), "json")
    elif not found:
        nothing("Nothing is muted.")
    else:
        heads = ("id", "brand", "kind", "term", "story", "until (UTC)", "by", "why")
        parts = [[m.mute_id, m.brand or "all", m.kind or "all", m.term or "all", m.story or "all"] for m in found]
        ends = [[f"{m.until:%Y-%m-%d %H:%M}", m.who, m.why] for m in found]
        table(heads, [[*part, *end] for part, end in zip(parts, ends, strict=True)])


@app.command()
def unmute(
    mute_id: Annotated[str, typer.Argument(metavar="ID", help="Of the mute (see `notify mutes`).")],
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """End a mute now."""
    from processors.store.alert_words import unmute as end

    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        end(connection, mute_id, options.now())
    typer.echo(f"{mute_id}: ended")


def _end_of(span: str, now: "datetime") -> "datetime | None":
    """When a span that begins now ends; None: it is no span."""
    if not span[:-1].isdigit():
        return None
    begin = options.moment(span, "--for", now)
    return None if begin is None else now + (now - begin)


def _try(settings: "Settings", channel: "AnyChannel") -> str | None:
    """Send a test; why it was not taken, None: it was."""
    import uuid

    from atalaya.notifying import sender_of
    from mentions.errors import AtalayaError
    from processors.notifying.messages import trial_message
    from processors.notifying.sending import Parcel

    key = f"test-{uuid.uuid4().hex[:16]}-{channel.name}"
    message = trial_message(channel.name, channel.language)
    try:
        sender_of(channel).send(Parcel(message=message, key=key, thread=key, at=options.now()))
    except AtalayaError as error:
        return str(error)
    return None
