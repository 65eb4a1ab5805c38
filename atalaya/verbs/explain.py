"""`atalaya explain`: the formula behind a figure, what went into it, and the mentions that it comes from."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from processors.store.receipts import Receipt

app = typer.Typer(rich_markup_mode=None)
_LIKE_AN_ALERT = re.compile("[0-9a-f]{8,16}")  # shorter ones are words, such as cafe


@app.command(epilog="Example: atalaya explain evangelist:lumbre/bluesky/did:plc:ana")
def explain(
    of: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="Of a mention, an alert, a campaign; evangelist:BRAND/SOURCE/ID, detractor:BRAND/SOURCE/ID; or a "
            "figure of a review, review:BRAND/PERIOD/NAME.",
        ),
    ],
    brand: Annotated[str | None, typer.Option("--brand", help="Of a mention that speaks of several.")] = None,
    until: options.Until = None,
    store: options.StoreUrl = None,
    config: options.Config = None,
    as_json: options.AsJson = False,
) -> None:
    """Open a figure: its formula, its inputs, its reasons, and the mentions behind it."""
    import sys

    from atalaya.exports import write_document

    now = options.now()
    with options.store_to_read(config, store) as opened, opened.reading() as connection:
        receipt = _find(connection, of, brand, options.moment(until, "--until", now) or now, config)
    if as_json:
        write_document(receipt, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        _show(receipt)


def _find(connection: "Connection", of: str, brand: str | None, until: "datetime", config: "Path | None") -> "Receipt":
    from mentions.errors import UsageError
    from processors.store import receipts

    kind, _, name = of.partition(":")
    if kind in ("evangelist", "detractor"):
        return receipts.person_receipt(connection, "evangelist" if kind == "evangelist" else "detractor", name, until)
    if kind == "campaign":
        return receipts.campaign_receipt(connection, of)
    if kind == "review":
        from dashboards.review.opening import figure_receipt

        return figure_receipt(connection, of, max_delay=options.delays(config))
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
        "evangelist:BRAND/SOURCE/ID"
    )


def _show(receipt: "Receipt") -> None:
    typer.echo(
        f"{receipt.kind} {receipt.id} of {receipt.brand}" + (f", version {receipt.version}" if receipt.version else "")
    )
    typer.echo("\nHow it is made")
    for line in receipt.formula:
        typer.echo(f"  {line}")
    _pairs("What went in, and what came out", receipt.inputs)
    for name, reasons in receipt.reasons.items():
        _pairs(f"Reasons: {name}", {reason.term: f"{reason.weight:+.3f}" for reason in reasons})
    _pairs("Evidence", receipt.evidence or {})
    _pairs("Explanation", receipt.explanation or {})
    _show_steps(receipt)
    _show_mentions(receipt)
    _show_words(receipt)


def _pairs(title: str, values: dict[str, Any]) -> None:
    from atalaya.live_list import printable
    from atalaya.verbs.showing import builtins_of

    if not values:
        return
    typer.echo(f"\n{title}")
    wide = max(map(len, values))
    for name, value in values.items():
        plain: Any = builtins_of(value) if hasattr(value, "__struct_fields__") else value
        if name == "days":
            plain = [f"{day['day']} {_VOTES[day['vote']]}" for day in plain]
        typer.echo(f"  {printable(name).ljust(wide)}  {printable(_text(plain))}")


_VOTES = {1: "+", 0: "=", -1: "-", None: "no vote"}


def _text(value: Any) -> str:
    from datetime import datetime

    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case dict():
            return ", ".join(f"{key} {_text(item)}" for key, item in value.items()) or "-"
        case list() | tuple():
            return "; ".join(map(_text, value)) or "-"
    return str(value)


def _show_steps(receipt: "Receipt") -> None:
    from atalaya.verbs.showing import table

    if receipt.steps:
        rows = [(f"{s.at:%Y-%m-%d %H:%M}", s.step, s.severity, f"{s.score:.2f}") for s in receipt.steps]
        typer.echo("\nSteps")
        table(("when (UTC)", "step", "severity", "score"), rows, right=(3,))


def _show_mentions(receipt: "Receipt") -> None:
    from atalaya.live_list import printable
    from atalaya.verbs.showing import table

    if not receipt.mentions:
        return
    typer.echo("\nMentions behind it")
    rows = [
        (
            f"{quote.created_at:%Y-%m-%d %H:%M}",
            "" if quote.score is None else f"{quote.score:+.2f}",
            "" if quote.weight is None else f"{quote.weight:.2f}",
            printable(quote.author or ""),
            printable("(deleted at its source)" if quote.text is None else " ".join(quote.text.split())),
            quote.id,
        )
        for quote in receipt.mentions
    ]
    table(("when (UTC)", "score", "weight", "who", "what was said", "id"), rows, right=(1, 2))


def _show_words(receipt: "Receipt") -> None:
    from atalaya.live_list import printable

    if receipt.words:
        typer.echo("\nWhat people wrote")
    for word in receipt.words:
        said = word.what if word.text is None else f"{word.what}: {word.text}"
        typer.echo(printable(f"  {word.at:%Y-%m-%d %H:%M} {word.who} {said}"))
