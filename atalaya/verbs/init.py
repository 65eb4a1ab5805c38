"""`atalaya init [DIR]`: a commented atalaya.toml."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya init --brand lumbre --yes")
def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write it (default: here).")] = Path(),
    brand: Annotated[str | None, typer.Option("--brand", help="Name of your brand; asked for on a terminal.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: for scripts.")] = False,
) -> None:
    """Write a commented atalaya.toml for a first brand; never overwrites one."""
    from atalaya.config import NAME
    from atalaya.template import render
    from mentions.errors import Unavailable, UsageError

    path = folder / NAME
    if path.exists():
        raise UsageError(f"{path} is there already and stays as it is; edit it, or name another folder")
    asks = sys.stdin.isatty() and not yes
    if brand is None and asks:
        brand = typer.prompt("Name of your brand (empty: none yet)", default="", show_default=False).strip() or None
    text = render(brand, _asked_sources() if asks else ("bluesky",))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}") from error
    where = "" if folder == Path() else f" -c {path}"
    typer.echo(f"Wrote {path}. Look through it, then: {options.called()} run{where}")


def _asked_sources() -> list[str]:
    """Which kinds of sources to begin with."""
    from mentions.settings_sources import SOURCES

    while True:
        answer = typer.prompt(f"Sources to read, of {', '.join(SOURCES)}", default="bluesky")
        chosen = [name.strip() for name in answer.split(",") if name.strip()]
        unknown = [name for name in chosen if name not in SOURCES]
        if chosen and not unknown:
            return chosen
        typer.echo(f"There is no source {', '.join(unknown) or 'of no name'}.")
