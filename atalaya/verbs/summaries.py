"""The summary as a table for people or as one JSON document; shared by `summary` and `replay`."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from processors.store.opening import Store
    from processors.store.summaries import BrandSummary, Summary


def print_summary(store: "Store", brands: Sequence[str] | None, *, as_json: bool) -> None:
    """Sum up all that a store holds of these brands."""
    from processors.store.summaries import span, summary

    with store.reading() as connection:
        whole = span(connection, brands)
        if whole is None:
            typer.echo("The store holds no mention of these brands.", err=True)
            return
        found = summary(connection, *whole, brands=brands)
    show(found, as_json=as_json)


def show(found: "Summary", *, as_json: bool) -> None:
    """Print a summary."""
    from atalaya.exports import write_document
    from atalaya.verbs.showing import table

    if as_json:
        write_document(found, sys.stdout.buffer)
        return
    typer.echo(f"{_when(found.since)} to {_when(found.until)} UTC")
    heads = ("brand", "mentions", "before", "pos", "neu", "neg", "unjudged", "net", "n", "95 %", "seen")
    table(heads, [_row(entry) for entry in found.brands], right=range(1, 11))
    total = sum(entry.mentions for entry in found.brands)
    if len(found.brands) > 1:
        typer.echo(f"{total:,} mentions of {len(found.brands)} brands")
    if any(not entry.shown for entry in found.brands):
        typer.echo("Net sentiment is shown from 30 positive and negative mentions on.")


def _row(entry: "BrandSummary") -> tuple[str, ...]:
    shown = entry.shown and entry.net_sentiment is not None and entry.interval is not None
    low, high = entry.interval or (0.0, 0.0)
    return (
        entry.brand,
        f"{entry.mentions:,}",
        f"{entry.previous.mentions:,}" if entry.previous.comparable else "-",
        *(f"{count:,}" for count in (entry.positive, entry.neutral, entry.negative, entry.unjudged)),
        f"{entry.net_sentiment:+.2f}" if shown else "-",
        f"{entry.n:,}",
        f"{low:+.2f}..{high:+.2f}" if shown else "-",
        "-" if entry.completeness is None else f"{entry.completeness:.0%}",
    )


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
