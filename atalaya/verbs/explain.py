"""`atalaya explain`: the formula behind a figure, what went into it, and the mentions that it comes from."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from atalaya.headings import Lang
    from processors.store.receipts import Receipt

app = typer.Typer(rich_markup_mode=None)
_LIKE_AN_ALERT = re.compile("[0-9a-f]{8,16}")  # shorter ones are words, such as cafe


@app.command(epilog="Example: atalaya explain evangelist:lumbre/ana.example --lang es")
def explain(
    of: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Of a mention, an alert, a campaign; evangelist:BRAND/WHO, detractor:BRAND/WHO, by handle or as "
            "SOURCE/ID; or a figure of a review, review:BRAND/PERIOD/NAME.",
        ),
    ],
    brand: Annotated[str | None, typer.Option("--brand", help="Of a mention that speaks of several.")] = None,
    until: options.Until = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
    lang: Annotated[str, typer.Option("--lang", help="en or es.")] = "en",
) -> None:
    """Open a figure: its formula, its inputs, its reasons, and the mentions behind it."""
    import sys

    from atalaya.exports import write_document
    from atalaya.verbs.receipt_showing import happened, show
    from atalaya.verbs.showing import language

    now, tongue = options.now(), language(lang)
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        receipt = _find(connection, of, brand, options.moment(until, "--until", now) or now, config, tongue)
        told = happened(connection, receipt, now, tongue)
    if as_json:
        write_document(receipt, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        show(receipt, told, tongue)


def _find(
    connection: "Connection", of: str, brand: str | None, until: "datetime", config: "Path | None", lang: "Lang"
) -> "Receipt":
    from mentions.errors import UsageError
    from processors.store import receipts

    kind, _, name = of.partition(":")
    if kind in ("evangelist", "detractor"):
        whom = _by_id(connection, name)
        return receipts.person_receipt(connection, "evangelist" if kind == "evangelist" else "detractor", whom, until)
    if kind == "campaign":
        return receipts.campaign_receipt(connection, of)
    if kind == "review":
        from dashboards.review.opening import figure_receipt

        return figure_receipt(connection, of, max_delay=options.delays(config), lang=lang)
    found = receipts.mention_receipts(connection, of, brand)
    if len(found) > 1:
        names = ", ".join(receipt.brand for receipt in found)
        raise UsageError(f"{of} speaks of {names}; say which by --brand")
    if found:
        return found[0]
    if _LIKE_AN_ALERT.fullmatch(of):
        return receipts.alert_receipt(connection, of)
    raise UsageError(
        f"found {of!r}; give the id of a mention, an alert or a campaign, as their lists show it, or "
        "evangelist:BRAND/WHO"
    )


def _by_id(connection: "Connection", name: str) -> str:
    """Turn `BRAND/HANDLE`, as lists show people, into `BRAND/SOURCE/ID`."""
    from processors.store.author_words import find_author

    brand, _, who = name.partition("/")
    if not who or "/" in who:
        return name
    found = find_author(connection, who)
    return f"{brand}/{found.source}/{found.author}"
