"""`atalaya note`: the team's own word beside an author, an alert or a mention."""

import re
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(rich_markup_mode=None)
_LIKE_AN_ALERT = re.compile("[0-9a-f]{8,16}")  # shorter ones are words, such as cafe


@app.command(epilog="Example: atalaya note bluesky:ana.example 'met her at the opening' --brand lumbre")
def note(
    of: Annotated[str, typer.Argument(metavar="AUTHOR|ALERT|MENTION", help="Its id; of an author also the handle.")],
    text: Annotated[str, typer.Argument(help="What is to stand beside it.")],
    brand: Annotated[str | None, typer.Option("--brand", help="Needed where it speaks of several.")] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Write a note beside an author, an alert or a mention; `explain` shows it."""
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        done = _on_alert(connection, of, text) or _on_mention(connection, of, text, brand)
        typer.echo(done or _on_author(connection, of, text, brand))


def _on_alert(connection: "Connection", of: str, text: str) -> str | None:
    from atalaya.verbs.telling import who
    from mentions.errors import UsageError
    from processors.store.alert_reading import find_alert
    from processors.store.alert_words import note_alert

    if not _LIKE_AN_ALERT.fullmatch(of):
        return None
    try:
        alert = find_alert(connection, of)
    except UsageError:
        return None
    alert = note_alert(connection, alert.id, text, who=who(), event_id=str(uuid.uuid4()), now=options.now())
    return f"alert {alert.id}: {len(alert.notes)} notes"


def _on_mention(connection: "Connection", of: str, text: str, brand: str | None) -> str | None:
    from atalaya.verbs.telling import who
    from mentions.errors import UsageError
    from processors.store.reading import find_mentions
    from processors.store.work import add_note

    found = find_mentions(connection, of, brand)
    if not found:
        return None
    if len(found) > 1:
        names = ", ".join(mention.brand for mention in found)
        raise UsageError(f"{of} speaks of {names}; say which by --brand")
    named = found[0].brand
    add_note(connection, named, of, text, who=who(), event_id=str(uuid.uuid4()), now=options.now())
    return f"{named}: noted beside the mention {of}"


def _on_author(connection: "Connection", of: str, text: str, brand: str | None) -> str:
    from atalaya.live_list import printable
    from atalaya.verbs.telling import who
    from processors.store.author_words import brand_for, find_author, note_author

    author = find_author(connection, of)
    named = brand_for(author, brand)
    note_author(connection, author, named, text, who=who(), event_id=str(uuid.uuid4()), now=options.now())
    return f"{named}: noted beside {printable(author.handle or author.author)}"
