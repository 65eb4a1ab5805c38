"""`atalaya replay FILE...`: recorded posts through the pipeline in event time."""

import os
from pathlib import Path
from typing import Annotated

import typer

from atalaya.verbs import options
from mentions.brands import Brand
from mentions.errors import UsageError

app = typer.Typer(rich_markup_mode=None)
STDIN = "-"


@app.command(epilog='Example: atalaya replay tweets.csv --brand "lumbre=@lumbre" --map text=text,created_at=date')
def replay(
    files: Annotated[list[str], typer.Argument(help="JSONL or CSV, plain, .gz or .zst; - for standard input.")],
    brand: Annotated[
        list[str] | None,
        typer.Option("--brand", help="NAME=QUERY instead of the configured brands; may be given again."),
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--map", help="For CSV: field=column,... (text=text,author.id=name,created_at=date).")
    ] = None,
    store: options.StoreUrl = None,
    time_format: Annotated[
        str | None,
        typer.Option("--time-format", help="day-first, month-first or a strptime pattern (default: found out)."),
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Of times that name none (default: UTC).")
    ] = None,
    late: Annotated[
        bool,
        typer.Option("--late", help="Add posts older than what the store has judged: they count, and cast no vote."),
    ] = False,
    summary: Annotated[bool, typer.Option("--summary/--no-summary", help="Print the summary at the end.")] = True,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> int:
    """Run recorded posts through the pipeline, in order of event time, into a store.

    Posts are taken at their word: old ones are neither clamped nor purged. A replay that was cut off goes on where it
    stopped; one that was finished says 'nothing new'. The default store is a new SQLite file beside the first input.
    """
    from atalaya import config as configuration
    from atalaya.collecting import collect_seldom
    from atalaya.replay import Request
    from atalaya.replay import replay as run
    from atalaya.verbs.replaying import Progress, report
    from ingest.sources.csv_columns import parse_map
    from ingest.sources.file_posts import FileOptions
    from processors.store.opening import open_store

    settings = configuration.load(config, os.environ, Path.cwd())
    brands = tuple(map(named_brand, brand)) if brand else settings.brands
    if not brands:
        raise UsageError("no brand to look for; give --brand NAME=QUERY, or a configuration with [[brand]]")
    request = Request(
        inputs=tuple(files),
        brands=brands,
        options=FileOptions(
            columns=parse_map(columns) if columns else None, time_format=time_format, time_zone=time_zone
        ),
        settings=settings,
        late=late,
    )
    collect_seldom()
    address = store or default_store(files[0])
    with open_store(address) as opened, Progress() as progress:
        outcome = run(request, opened, progress.tell)
        progress.stop()
        report(outcome, opened, [entry.name for entry in brands], summary=summary, as_json=as_json)
    return 4 if outcome.dropped else 0


def named_brand(text: str) -> Brand:
    """Read NAME=QUERY.

    Raises:
        UsageError: there is no name or no query, or the query is wrong.
    """
    from mentions.matching import parse_query

    name, equals, query = text.partition("=")
    if not equals or not name.strip() or not query.strip():
        raise UsageError(f'--brand {text}: write NAME=QUERY, such as --brand "lumbre=lumbre OR @lumbre"')
    parse_query(query)
    return Brand(name=name.strip(), query=query.strip())


def default_store(first: str) -> str:
    """A SQLite file beside the input, or in the current folder when that cannot be written."""
    path = Path("standard-input" if first == STDIN else first)
    beside = path.with_name(f"{path.name}.atalaya.sqlite")
    if first == STDIN or not os.access(path.parent, os.W_OK):
        beside = Path(beside.name)
        typer.echo(f"The store is {beside.resolve()}", err=True)
    return str(beside)
