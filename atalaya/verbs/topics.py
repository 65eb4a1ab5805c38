"""`atalaya topics`: the Kafka topics of the distributed runtime."""

import sys
from typing import TYPE_CHECKING

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from ingest.kafka.topics import TopicReport

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Create the Kafka topics, or show them.",
    epilog="Example: atalaya topics ensure",
)
_SPANS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


@app.command(epilog="Example: atalaya topics ensure -c atalaya.toml")
def ensure(config: options.Config = None, as_json: options.AsJson = False) -> None:
    """Create what is missing and put our settings back; says what was changed, and changes nothing the second time.

    Partitions are never changed. Other partitions than [kafka] says: exit 2, and nothing was changed.
    """
    from ingest.kafka.topics import TopicAdmin

    with TopicAdmin(options.settings_of(config).kafka) as admin:
        _tell(admin.ensure(), as_json)


@app.command(epilog="Example: atalaya topics show --json")
def show(config: options.Config = None, as_json: options.AsJson = False) -> int:
    """Show each topic as it is; exit 1 when one is missing or wrong."""
    from ingest.kafka.topics import TopicAdmin

    with TopicAdmin(options.settings_of(config).kafka) as admin:
        reports = admin.show()
    _tell(reports, as_json)
    return 1 if any(report.faults for report in reports) else 0


def _tell(reports: "list[TopicReport]", as_json: bool) -> None:
    from atalaya.exports import write_document
    from atalaya.verbs.showing import table

    if as_json:
        write_document(reports, sys.stdout.buffer)
        return
    heads = ("topic", "partitions", "copies", "retention", "kept", "largest record", "records", "state")
    table(heads, map(_row, reports), right=(1, 2, 6))
    for report in reports:
        for word, sentences in (("changed", report.changes), ("WRONG", report.faults), ("note", report.notes)):
            for sentence in sentences:
                typer.echo(f"{word:<8} {report.name}: {sentence}")


def _row(report: "TopicReport") -> tuple[str, ...]:
    kept = {"delete": "by age", "compact": "last of each key"}.get(report.kept or "", report.kept or "-")
    return (
        report.name,
        _number(report.partitions),
        _number(report.replication),
        _span(report.retention_ms),
        kept,
        "-" if report.max_bytes is None else f"{report.max_bytes / 2**20:.3g} MiB",
        _number(report.records),
        report.state,
    )


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _span(milliseconds: int | None) -> str:
    """In the largest unit that gives a whole number."""
    if milliseconds is None:
        return "-"
    if milliseconds < 0:
        return "for ever"
    for size, unit in _SPANS:
        if milliseconds % size == 0:
            count = milliseconds // size
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    return f"{milliseconds:,} ms"
