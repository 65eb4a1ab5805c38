"""`atalaya action`: what the team does for a brand, the figure that it is meant to move, and how it ended."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from processors.store.actions import Action, Outcome

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The team's own log: what it does for a brand, and the figure that this is meant to move.",
    epilog='Example: atalaya action add "campaign Navidad" --brand lumbre --from 2026-12-01 --to 2026-12-20 '
    "--for net_sentiment",
)
COLUMNS = (
    "id", "brand", "state", "text", "since", "until", "indicator", "rules", "added_at", "added_by", "closed_at",
    "closed_by", "word",
)  # fmt: skip


@app.command(
    epilog='Example: atalaya action add "answer within two hours" --brand lumbre --from 2026-11-16 --to 2026-11-22 '
    "--for response_share --rule 8"
)
def add(
    text: Annotated[str, typer.Argument(help="What you do, in at most 200 characters.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand that it is for.")],
    indicator: Annotated[str, typer.Option("--for", help="The figure of the review that it is meant to move.")],
    first: Annotated[
        str | None, typer.Option("--from", help="Its first day: 2026-12-01 (default: today, where the brand is).")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Its last day (default: the first).")] = None,
    rule: Annotated[
        list[int] | None,
        typer.Option("--rule", help="Rule of social media optimisation that it serves; 13: an experiment. Repeatable."),
    ] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Write down what you do; the review shows the figure before, during and after it."""
    import uuid

    from atalaya.verbs.telling import who
    from dashboards.review.indicators import check_indicator
    from dashboards.review.periods import span_of
    from processors.store.actions import add_action
    from processors.store.brands import history

    check_indicator(indicator)
    now = options.now()
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        zone = history(connection, brand)[-1].brand.time_zone
        begins = options.day(first, "--from") or options.today(now, zone)
        days = span_of(begins, options.day(last, "--to") or begins, zone)
        action = add_action(
            connection,
            brand,
            text,
            (days.since, days.until),
            indicator,
            rules=rule or (),
            who=who(),
            action_id=uuid.uuid4().hex[:8],
            now=now,
        )
    typer.echo(f"{action.id}: {brand}, {_days(action, zone)}, for {indicator}")


@app.command("list", epilog="Example: atalaya action list --open --brand lumbre")
def list_(
    brand: options.BrandName = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that have not ended.")] = False,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    as_jsonl: options.AsJsonl = False,
    as_csv: options.AsCsv = False,
    as_xlsx: options.AsXlsx = False,
    lang: options.Lang = "en",
) -> None:
    """List actions, those that began last first."""
    from atalaya.verbs.showing import chosen_format, export, language, nothing, table
    from processors.store.actions import list_actions
    from processors.store.people import brands_named

    form = chosen_format(json=as_json, jsonl=as_jsonl, csv=as_csv, xlsx=as_xlsx)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = list_actions(connection, brand, open_only=only_open)
        zones = {one.name: one.time_zone for one in brands_named(connection, sorted({one.brand for one in found}))}
    if form is not None:
        export(found, COLUMNS, form, lang=language(lang))
    elif not found:
        nothing('No action fits; write one down with `atalaya action add "..." --brand BRAND --for INDICATOR`.')
    else:
        table(("days", "brand", "state", "what", "for", "rules", "id"), [_row(one, zones[one.brand]) for one in found])


@app.command(epilog='Example: atalaya action close 3f2a91c0 --done --note "two posts a day"')
def close(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of the action, or the beginning that no other has.")],
    done: Annotated[bool, typer.Option("--done", help="It was done.")] = False,
    dropped: Annotated[bool, typer.Option("--dropped", help="It was given up.")] = False,
    note: Annotated[str | None, typer.Option("--note", help="The closing word.")] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Say how an action ended; said again, the last word counts."""
    import uuid

    from atalaya.live_list import printable
    from atalaya.verbs.telling import who
    from mentions.errors import UsageError
    from processors.store.actions import close_action

    if done == dropped:
        raise UsageError("an action ends in one way: give --done or --dropped")
    outcome: Outcome = "done" if done else "dropped"
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        action = close_action(connection, id_, outcome, note, who=who(), event_id=str(uuid.uuid4()), now=options.now())
    typer.echo(f"{action.id}: {printable(action.text)}: {action.state}")


def _row(action: "Action", zone: str) -> tuple[str, ...]:
    from atalaya.live_list import printable

    ended = f" {action.closed_at:%m-%d}" if action.closed_at else ""
    rules = ", ".join(map(str, action.rules)) or "-"
    text = printable(action.text)
    return _days(action, zone), action.brand, f"{action.state}{ended}", text, action.indicator, rules, action.id


def _days(action: "Action", zone: str) -> str:
    first, last = _ends(action, zone)
    return f"{first}" if first == last else f"{first} to {last}"


def _ends(action: "Action", zone: str) -> tuple[date, date]:
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    place = ZoneInfo(zone)
    return action.since.astimezone(place).date(), (action.until - timedelta(microseconds=1)).astimezone(place).date()
