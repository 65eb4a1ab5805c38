"""`atalaya review`: what a brand's week (or month, quarter, any days) was like, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from dashboards.review.model import Review
    from dashboards.review.values import Lang, Period
    from processors.store.opening import Store

app = typer.Typer(rich_markup_mode=None)
FORMATS = ("html", "md", "json")


@app.command(epilog="Example: atalaya review --brand lumbre --week 2026-W47 --lang es -o review.html")
def review(
    week: Annotated[str | None, typer.Option("--week", help="An ISO week: 2026-W47.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="2026-11.")] = None,
    quarter: Annotated[str | None, typer.Option("--quarter", help="2026-Q4.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="A first day: 2026-11-16.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="A last day, inclusive (default: --from).")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Needed where several of role own are watched.")] = None,
    lang: options.Lang = "en",
    form: Annotated[str | None, typer.Option("--format", help="html, md or json (default: by -o, else md).")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write there instead of on the screen.")] = None,
    board: Annotated[bool, typer.Option("--board", help="Of html: one page for a board.")] = False,
    charts: Annotated[Path | None, typer.Option("--charts", help="A folder for each chart as a picture too.")] = None,
    detractors: Annotated[bool, typer.Option("--detractors", help="Name detractors too.")] = False,
    freeze: Annotated[
        bool, typer.Option("--publish", help="Freeze its figures: later reviews of the period show what differs.")
    ] = False,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Review a brand's last complete week, or another period: what changed and why, figures, people, data quality.

    Every figure opens by `atalaya explain ID`. docs/review.md.
    """
    import sys

    from atalaya.collecting import collect_seldom
    from atalaya.verbs.showing import language

    collect_seldom()

    chosen, spoken = _format(form, output), language(lang)
    asked = {"--week": week, "--month": month, "--quarter": quarter, "--from": first}
    with options.store_to_read(config, store) as opened:
        with opened.reading() as connection:
            name = brand_of(connection, brand)
            period = _period(connection, name, asked, last)
            made = made_of(connection, name, period, config, name_detractors=detractors)
        if freeze:
            made = _frozen(opened, made)
    if charts is not None:
        draw(made, spoken, charts)
    document = rendered(made, chosen, spoken, board=board)
    if output is None:
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
    else:
        _write(output, document)


def made_of(
    connection: "Connection", brand: str, period: "Period", config: Path | None, *, name_detractors: bool = False
) -> "Review":
    """Read and build."""
    from dashboards.review.building import build
    from dashboards.review.gathering import gather
    from dashboards.review.publishing import with_published

    delays = options.delays(config)
    made = build(gather(connection, brand, period, max_delay=delays, name_detractors=name_detractors))
    return with_published(connection, made)


def _frozen(store: "Store", made: "Review") -> "Review":
    """Publish, unless the period was published before; the review with what is published."""
    from atalaya.verbs.telling import who
    from dashboards.review.publishing import publish, with_published
    from mentions.errors import UsageError

    now = options.now()
    if now < made.period.until:
        raise UsageError(f"{made.period.name} is not over yet; publish it afterwards")
    with store.writing() as connection:
        fresh = publish(connection, made, who=who(), now=now)
        typer.echo(f"{made.brand}, {made.period.name}: {'published' if fresh else 'was published before'}", err=True)
        return with_published(connection, made)


def rendered(made: "Review", form: str, lang: "Lang", *, board: bool = False) -> bytes:
    """The bytes of a format; the same review gives the same bytes."""
    if form == "json":
        import msgspec

        return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"
    if form == "md":
        from dashboards.review.markdown import render as markdown

        return markdown(made, lang).encode()
    from dashboards.review.html import render

    return render(made, lang, board=board).encode()


def draw(made: "Review", lang: "Lang", folder: Path) -> None:
    """Write each chart as a PNG of 1920 by 1080 into a folder, which is made when it is missing."""
    from dashboards.review.pictures import chart_files

    for name, picture in chart_files(made, lang).items():
        path = folder / name
        _write(path, picture)
        typer.echo(f"written: {path}", err=True)


def brand_of(connection: "Connection", brand: str | None) -> str:
    """The brand asked for, or the only one of role own.

    Raises:
        UsageError: there is no such brand, or there are several and none was named.
    """
    from mentions.errors import UsageError
    from processors.store.brands import current, history

    if brand is not None:
        return history(connection, brand)[-1].brand.name
    own = [entry.brand.name for entry in current(connection) if entry.brand.role == "own"]
    if len(own) == 1:
        return own[0]
    raise UsageError(f"say of which brand by --brand: {', '.join(own)}" if own else "no brand of role own is watched")


def _period(connection: "Connection", brand: str, asked: dict[str, str | None], last: str | None) -> "Period":
    from dashboards.review.periods import last_week, named, span_of
    from mentions.errors import UsageError
    from processors.store.brands import history

    zone = history(connection, brand)[-1].brand.time_zone
    given = {option: value for option, value in asked.items() if value is not None}
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other; give one")
    if last is not None and "--from" not in given:
        raise UsageError("--to needs --from, the first day")
    if first := given.get("--from"):
        return span_of(_day(first, "--from"), _day(last or first, "--to"), zone)
    kinds = {"--week": "week", "--month": "month", "--quarter": "quarter"}
    for option, value in given.items():
        period = named(value, zone)
        if period.kind != kinds[option]:
            raise UsageError(f"{option} {value}: that is a {period.kind}; write it as --{period.kind}")
        return period
    return last_week(options.now(), zone)


def _day(text: str, option: str) -> "date":
    from datetime import date

    from mentions.errors import UsageError

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: write a day, such as 2026-11-16") from None


def _format(form: str | None, output: Path | None) -> str:
    from mentions.errors import UsageError

    suffix = "" if output is None else output.suffix.lower().removeprefix(".")
    chosen = form or {"htm": "html", "markdown": "md"}.get(suffix, suffix) or "md"
    if chosen not in FORMATS:
        raise UsageError(f"found format {chosen!r}; give --format html, md or json")
    return chosen


def _write(path: Path, document: bytes) -> None:
    from mentions.errors import Unavailable

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
