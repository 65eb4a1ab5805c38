"""`atalaya run`: every configured source, the pipeline, the store, console and metrics in one process."""

from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)
UNCONFIGURED = """\
No brand is configured yet, so this is the demo: two invented brands and an invented public.
To watch your own:  {atalaya} init --brand yourbrand   then edit atalaya.toml and start again.
"""


@app.command(epilog="Example: atalaya run -c atalaya.toml")
def run(
    config: options.Config = None,
    store: options.StoreUrl = None,
    port: Annotated[int | None, typer.Option("--port", help="Of the console and metrics (0: any free one).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No live list in the terminal.")] = False,
) -> None:
    """Watch the configured sources until Ctrl-C, which drains what was received.

    With no brand configured it shows the demo stream and says how to configure one.
    """
    from atalaya.clock import SystemClock
    from atalaya.collecting import collect_seldom
    from atalaya.config import ensure_folders
    from atalaya.demo import demo_plan
    from atalaya.running import configured_plan, run_until_stopped, with_options

    settings = with_options(options.settings_of(config), store, port)
    collect_seldom()
    if settings.configured:
        ensure_folders(settings)
        clock = SystemClock()
        run_until_stopped(configured_plan(settings, clock), quiet=quiet, clock=clock)
        return
    typer.echo(UNCONFIGURED.format(atalaya=options.called()), err=True)
    run_until_stopped(demo_plan(settings, store=store), quiet=quiet, demo=True)
