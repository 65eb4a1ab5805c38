"""`atalaya parse SOURCE [FILE]`: what a connector makes of raw input."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ingest.sources.base import Item

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya parse bluesky frames.jsonl")
def parse(
    source: Annotated[
        str, typer.Argument(help="bluesky (one frame a line), rss (one document) or file (JSONL or CSV).")
    ],
    path: Annotated[str, typer.Argument(metavar="[FILE]", help="Raw input; - or nothing for standard input.")] = "-",
    columns: Annotated[str | None, typer.Option("--map", help="For CSV: field=column,...")] = None,
    url: Annotated[str, typer.Option("--url", help="Address of the feed, for rss.")] = "https://feed.example/",
) -> int:
    """Print one JSON line per item: post, deletion, or drop with its reason. Foreign data never stops it."""
    from mentions.errors import UsageError

    readers: dict[str, Callable[[], Iterator[Item]]] = {
        "bluesky": lambda: _frames(path),
        "rss": lambda: _feed(path, url),
        "file": lambda: _posts(path, columns),
    }
    if source not in readers:
        raise UsageError(f"no connector {source!r}; there is {', '.join(readers)}")
    dropped = 0
    for item in readers[source]():
        dropped += _print(item)
    sys.stdout.buffer.flush()
    return 4 if dropped else 0


def _frames(path: str) -> "Iterator[Item]":
    from ingest.sources.bluesky.frames import parse_frame
    from ingest.sources.file_open import open_input

    with open_input(path) as stream:
        for line in stream:
            yield parse_frame(line.rstrip(b"\r\n"), datetime.now(UTC))


def _feed(path: str, url: str) -> "Iterator[Item]":
    from ingest.sources.file_open import open_input
    from ingest.sources.rss.documents import parse_feed

    with open_input(path) as stream:
        yield from parse_feed(stream.read(), url, datetime.now(UTC))


def _posts(path: str, columns: str | None) -> "Iterator[Item]":
    from ingest.sources.csv_columns import parse_map
    from ingest.sources.file_notes import Notes
    from ingest.sources.file_posts import FileOptions, read_posts

    notes = Notes()
    for _, item in read_posts(path, FileOptions(columns=parse_map(columns) if columns else None), notes):
        yield item
    for warning in notes.warnings:
        typer.echo(f"note: {warning}", err=True)


def _print(item: "Item") -> bool:
    """Write an item's line; whether it was dropped for being unusable."""
    import msgspec

    from ingest.sources.base import Dropped
    from mentions.drops import UNUSABLE
    from mentions.records import Deletion

    if isinstance(item, Dropped):
        line = {"kind": "drop", "reason": item.reason.value, "detail": item.detail}
        unusable = item.reason in UNUSABLE
    else:
        fields = msgspec.to_builtins(item)
        fields.pop("record", None)
        kind = "deletion" if isinstance(item, Deletion) else "post"
        post_kind = {} if isinstance(item, Deletion) else {"post_kind": item.kind, "id": item.id}
        line, unusable = {**fields, **post_kind, "kind": kind}, False
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    return unusable
