"""`atalaya thank`: the team said thanks to an author."""

from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya thank bluesky:ana.example --brand lumbre --text 'a reply, and a voucher'")
def thank(
    author: Annotated[str, typer.Argument(metavar="AUTHOR", help="SOURCE:ID, SOURCE:HANDLE or a handle.")],
    brand: Annotated[str | None, typer.Option("--brand", help="For what was said of this brand.")] = None,
    text: Annotated[str, typer.Option("--text", help="How, if that is worth remembering.")] = "",
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Write down that you thanked an author; once a day is enough. `evangelists` shows when it was last."""
    from atalaya.live_list import printable
    from atalaya.verbs.telling import who
    from processors.store.author_words import brand_for, find_author
    from processors.store.author_words import thank as write

    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        found = find_author(connection, author)
        named = brand_for(found, brand)
        fresh = write(connection, found, named, text, who=who(), now=options.now())
    name = printable(found.handle or found.author)
    typer.echo(f"{named}: {name} {'thanked' if fresh else 'was thanked today already'}")
