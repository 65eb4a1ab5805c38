"""`atalaya ingest`: sources, outbox and the sender to Kafka, in one process of its own."""

from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME", help="Only these sources, by type (rss), name (press) or both (rss/press); none: all."
    ),
]


@app.command(epilog="Example: atalaya ingest bluesky --metrics-port 9108")
def ingest(
    names: Names = None,
    config: options.Config = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Of metrics and health (0: any free one, told at the start).")
    ] = None,
) -> None:
    """Read the configured sources and send what concerns a brand to Kafka, until SIGTERM or Ctrl-C, which drains.

    It knows the brands from Kafka, where `atalaya serve` and `atalaya brands` publish them, and opens no store. One
    process owns one outbox; a source belongs to one process.
    """
    import asyncio

    from atalaya.clock import SystemClock
    from atalaya.config import ensure_folders
    from atalaya.ingesting import IngestPlan, IngestRun
    from atalaya.logs import configure
    from atalaya.running import with_options
    from atalaya.sources import chosen, introducers, sources_of
    from mentions.errors import UsageError

    settings = with_options(chosen(options.settings_of(config), names or ()), metrics_port=metrics_port)
    if not settings.kafka.servers:
        raise UsageError(
            "`atalaya ingest` needs Kafka: write servers below [kafka], or set ATALAYA_KAFKA_SERVERS; "
            "`atalaya run` does everything in one process, without it"
        )
    sources = sources_of(settings)
    ensure_folders(settings, store=False)
    configure(settings.log.format, settings.log.level, role="ingest")
    clock = SystemClock()
    plan = IngestPlan(settings=settings, sources=sources, introduce=introducers(settings.sources, clock))
    asyncio.run(IngestRun(plan, clock=clock).run())
