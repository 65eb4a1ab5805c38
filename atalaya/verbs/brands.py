"""`atalaya brands`: brands as versioned data."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options, telling

if TYPE_CHECKING:
    from mentions.brands import Brand, BrandVersion
    from mentions.settings_streaming import KafkaSettings
    from processors.store.opening import Store

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, show, change and export brands.",
    epilog="Example: atalaya brands list",
)
Name = Annotated[str, typer.Argument(help="Name of the brand.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept with the version.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


@app.command("list")
def list_brands(store: options.StoreUrl = None, config: options.Config = None, as_json: options.AsJson = False) -> None:
    """List the brands that are watched."""
    from atalaya.verbs.showing import nothing, table
    from processors.store.brands import current

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = current(connection)
    if as_json:
        _print_json(found)
    elif not found:
        nothing("No brand is watched yet; `atalaya brands set NAME --query ...`, or [[brand]] in atalaya.toml.")
    else:
        rows = [(e.brand.name, e.brand.role, str(e.version), e.brand.query, ", ".join(e.brand.accounts)) for e in found]
        table(("name", "role", "version", "query", "accounts"), rows)


@app.command()
def show(name: Name, store: options.StoreUrl = None, config: options.Config = None) -> None:
    """Show the newest definition of a brand, as it stands in TOML."""
    from mentions.brand_toml import brands_to_toml
    from processors.store.brands import history as versions

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        newest = versions(connection, name)[-1]
    typer.echo(f"# version {newest.version}, from {newest.effective_from:%Y-%m-%d %H:%M} UTC, by {newest.changed_by}")
    typer.echo(brands_to_toml([newest.brand]), nl=False)


@app.command()
def history(
    name: Name, store: options.StoreUrl = None, config: options.Config = None, as_json: options.AsJson = False
) -> None:
    """Show every version of a brand: who changed it, when and why."""
    from atalaya.verbs.showing import table
    from processors.store.brands import history as versions

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        found = versions(connection, name)
    if as_json:
        _print_json(found)
        return
    rows = [
        (
            str(entry.version),
            f"{entry.changed_at:%Y-%m-%d %H:%M}",
            entry.changed_by,
            "retired" if entry.retired else entry.brand.query,
            entry.why,
        )
        for entry in found
    ]
    table(("version", "changed (UTC)", "by", "query", "why"), rows)


@app.command()
def export(store: options.StoreUrl = None, config: options.Config = None) -> None:
    """Write all watched brands as TOML, for `import` or a configuration."""
    from mentions.brand_toml import brands_to_toml
    from processors.store.brands import current

    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        typer.echo(brands_to_toml([entry.brand for entry in current(connection)]), nl=False)


@app.command("import")
def import_brands(
    path: Annotated[str, typer.Argument(metavar="FILE", help="TOML with [[brand]] sections; - for standard input.")],
    why: Why = "imported",
    yes: Yes = False,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Take brands from a TOML file; shows first what changed queries would have brought and lost."""
    from mentions.brand_toml import brands_from_toml
    from mentions.errors import Unavailable

    try:
        document = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Unavailable(f"{path}: cannot be read: {error.strerror}") from error
    _change(brands_from_toml(document, path), why, yes, store, config)


@app.command("set")
def set_brand(
    name: Name,
    query: Annotated[str | None, typer.Option("--query", help="Its query; without it the present one stays.")] = None,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="An own account, source:handle; may be given again.")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", help="own, competitor or sector.")] = None,
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="IANA name.")] = None,
    why: Why = "",
    yes: Yes = False,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Make a new version of a brand, or a new brand; running processes take it within 10 s."""
    import msgspec

    from mentions.brands import Brand
    from mentions.errors import UsageError

    given = {"query": query, "accounts": tuple(account) if account else None, "role": role, "time_zone": time_zone}
    changes = {key: value for key, value in given.items() if value is not None}
    before = _present(name, store, config)
    if before is None and query is None:
        raise UsageError(f"there is no brand {name!r} yet; give its --query to make it")
    try:
        brand = msgspec.convert({**(msgspec.structs.asdict(before) if before else {"name": name}), **changes}, Brand)
    except msgspec.ValidationError as error:
        raise UsageError(f"brand {name!r}: {error}") from error
    _change([brand], why, yes, store, config)


@app.command()
def retire(name: Name, why: Why = "", store: options.StoreUrl = None, config: options.Config = None) -> None:
    """Stop watching a brand; what is stored stays."""
    from processors.store.brands import retire as stop_watching

    topic = telling.topic_of(store, config)
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        made = stop_watching(connection, name, who=telling.who(), why=why, now=options.now())
    _tell([made], topic)


@app.command()
def rollback(
    name: Name,
    version: Annotated[int, typer.Argument(help="The version to return to.")],
    why: Why = "",
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Make an old version the newest again."""
    from processors.store.brands import rollback as return_to

    topic = telling.topic_of(store, config)
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        made = return_to(connection, name, version, who=telling.who(), why=why, now=options.now())
    _tell([made], topic)


def _present(name: str, store: str | None, config: Path | None) -> "Brand | None":
    from processors.store.brands import current

    with _opened(store, config) as opened, opened.reading() as connection:
        return next((entry.brand for entry in current(connection) if entry.brand.name == name), None)


def _change(brands: "list[Brand]", why: str, yes: bool, store: str | None, config: Path | None) -> None:
    from atalaya.verbs.dry_run import dry_run
    from mentions.matching import operator_hint, parse_query
    from processors.store.brands import add_version

    topic = telling.topic_of(store, config)
    for brand in brands:
        parse_query(brand.query)
        hint = operator_hint(brand.query)
        if hint and not yes:
            typer.confirm(f"{brand.name}: {hint} Keep the query as it is?", abort=True, err=True)
    with _opened(store, config) as opened:
        for name, change in dry_run(opened, brands, None).items():
            typer.echo(
                f"{name}: on what is stored {change.stay:,} mentions stay, {len(change.come):,} would have come, "
                f"{len(change.go):,} would have gone"
            )
        if not yes and sys.stdin.isatty():
            typer.confirm("Make it so?", abort=True, default=True)
        with opened.writing() as connection:
            made = [add_version(connection, brand, who=telling.who(), why=why, now=options.now()) for brand in brands]
    _tell(made, topic)


def _opened(url: str | None, config: Path | None) -> "Store":
    """The store, made if there is none: a first brand may be set before the first run."""
    from atalaya.config import ensure_folders
    from processors.store.opening import open_store

    settings = options.settings_of(config)
    if url is None:
        ensure_folders(settings)
    return open_store(url if url is not None else settings.store.address())


def _tell(made: "list[BrandVersion]", topic: "KafkaSettings | None") -> None:
    """Say what was made, and publish it for the processes that read brands from Kafka."""
    for version in made:
        word = "retired" if version.retired else f"version {version.version}"
        typer.echo(f"{version.brand.name}: {word}, in effect from {version.effective_from:%Y-%m-%d %H:%M} UTC")
    telling.publish_now(made, topic)


def _print_json(found: "list[BrandVersion]") -> None:
    from atalaya.exports import write_document

    write_document(found, sys.stdout.buffer)
