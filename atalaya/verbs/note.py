"""`atalaya note`: the team's own word beside an author, an alert, a mention or a rule of the scorecard."""

import re
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(rich_markup_mode=None)
_LIKE_AN_ALERT = re.compile("[0-9a-f]{8,16}")  # shorter ones are words, such as cafe


@app.command(
    epilog="Example: atalaya note bluesky:ana.example 'met her at the opening' --brand lumbre; "
    "atalaya note --rule 6 'four guides, none of them about us' --brand lumbre"
)
def note(
    of: Annotated[
        str,
        typer.Argument(metavar="AUTHOR|ALERT|MENTION", help="Its id; of an author also the handle; none with --rule."),
    ],
    text: Annotated[str | None, typer.Argument(help="What is to stand beside it.", show_default=False)] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Needed where it speaks of several.")] = None,
    rule: Annotated[
        int | None, typer.Option("--rule", help="Your own word on this rule of the scorecard, 1 to 16; needs --brand.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="With --rule: the day that it is about (default: today).")
    ] = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
) -> None:
    """Write a note beside an author, an alert, a mention (`explain` shows it) or a rule (the review shows it)."""
    from mentions.errors import UsageError

    if rule is None and text is None:
        raise UsageError(f"what is to stand beside {of!r} is missing: atalaya note {of} 'your words'")
    if rule is None and on is not None:
        raise UsageError("--on goes with --rule: a note beside an author, an alert or a mention is of now")
    with options.store_to_read(config, store) as opened, opened.writing() as connection:
        if rule is not None:
            typer.echo(_on_rule(connection, rule, [of] if text is None else [of, text], brand, on))
            return
        said = text or ""
        done = _on_alert(connection, of, said) or _on_mention(connection, of, said, brand)
        typer.echo(done or _on_author(connection, of, said, brand))


def _on_rule(connection: "Connection", rule: int, words: list[str], brand: str | None, on: str | None) -> str:
    from atalaya.verbs.telling import who
    from mentions.errors import UsageError
    from processors.store.brands import history
    from processors.store.rule_words import say_of_rule

    if brand is None or len(words) != 1:
        example = f"atalaya note --rule {rule} 'your words' --brand BRAND"
        raise UsageError(f"a word on a rule stands alone, and is for one brand: {example}")
    now = options.now()
    day = options.day(on, "--on") or options.today(now, history(connection, brand)[-1].brand.time_zone)
    say_of_rule(connection, brand, rule, words[0], day=day, who=who(), event_id=str(uuid.uuid4()), now=now)
    return f"{brand}: your word on rule {rule}, about {day}"


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
