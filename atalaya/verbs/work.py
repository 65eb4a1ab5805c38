"""`atalaya work score` and `atalaya work watch`: one worker of a distributed stage."""

from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from atalaya.working import StageName

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Run one worker of a distributed stage.",
    epilog="Example: atalaya work score",
)

Port = Annotated[
    int | None, typer.Option("--metrics-port", help="Of this worker's metrics (0: any free one, told at the start).")
]
AcceptGap = Annotated[
    bool,
    typer.Option(
        "--accept-gap", help="Go on where the topic begins now, although records before it were never processed."
    ),
]


@app.command(epilog="Example: atalaya work score --metrics-port 9108")
def score(config: options.Config = None, metrics_port: Port = None, accept_gap: AcceptGap = False) -> None:
    """Judge what ingest sends: raw topic to scored topic. Needs Kafka, no store. As many as there are partitions."""
    _work("score", config, None, metrics_port, accept_gap)


@app.command(epilog="Example: atalaya work watch --metrics-port 9109")
def watch(
    config: options.Config = None,
    store: options.StoreUrl = None,
    metrics_port: Port = None,
    accept_gap: AcceptGap = False,
) -> None:
    """Keep the store up with what was judged: scored topic to store. As many as there are partitions."""
    _work("watch", config, store, metrics_port, accept_gap)


def _work(stage: "StageName", config: options.Config, store: str | None, port: int | None, accept_gap: bool) -> None:
    from atalaya.collecting import collect_seldom
    from atalaya.logs import configure
    from atalaya.running import with_options
    from atalaya.working import Job, work

    settings = with_options(options.settings_of(config), store, metrics_port=port)
    configure(settings.log.format, settings.log.level, role=stage)
    collect_seldom()
    host = settings.metrics.host
    work(
        Job(stage=stage, settings=settings, accept_gap=accept_gap),
        ready=lambda taken: typer.echo(f"{stage}: metrics at http://{host}:{taken}/metrics", err=True),
    )
