"""`atalaya serve`: console and metrics over a store that other processes fill."""

from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya serve --store postgresql://atalaya@db.example/atalaya --metrics-port 9108")
def serve(
    config: options.Config = None,
    store: options.StoreUrl = None,
    port: Annotated[int | None, typer.Option("--port", help="Of the console (0: any free one).")] = None,
    metrics_port: Annotated[
        int | None, typer.Option("--metrics-port", help="Of metrics and health (0: any free one, told at the start).")
    ] = None,
) -> None:
    """Serve the console and the metrics of a store until SIGTERM or Ctrl-C; makes the store if there is none.

    With Kafka configured it also publishes the store's brands there, for `ingest` and `work`.
    """
    import asyncio

    from atalaya.config import ensure_folders
    from atalaya.logs import configure
    from atalaya.running import with_options
    from atalaya.serving import ServeRun

    settings = with_options(options.settings_of(config), store, port, metrics_port)
    ensure_folders(settings, outbox=False)
    configure(settings.log.format, settings.log.level, role="serve")
    asyncio.run(ServeRun(settings).run())
