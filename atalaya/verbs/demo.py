"""`atalaya demo`: an invented fortnight of two brands through the real pipeline, then live."""

from typing import Annotated

import typer

from atalaya.verbs import options

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="Example: atalaya demo --speed 10")
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the history, with a summary.")] = False,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Days of history.")] = 14,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed tells the same stories.")] = 1,
    speed: Annotated[float, typer.Option("--speed", min=0.1, max=1000, help="How fast the live part runs.")] = 1.0,
    store: options.StoreUrl = None,
    port: Annotated[int | None, typer.Option("--port", help="Of the console and metrics (0: any free one).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No live list in the terminal.")] = False,
) -> None:
    """Watch two invented brands: daily rhythm, a crisis, a spam campaign, a giveaway, conversations, deletions.

    Needs no configuration. The history pours in at once; then it goes on live, with a new crisis in the first minutes.
    """
    from atalaya.demo import demo_clock, demo_plan
    from atalaya.running import run_until_stopped, with_options
    from atalaya.verbs.summaries import print_summary
    from mentions.settings import Settings
    from processors.store.opening import open_store

    plan = demo_plan(with_options(Settings(), None, port), store=store, days=days, seed=seed, once=once)
    run_until_stopped(plan, quiet=quiet, demo=True, clock=demo_clock(speed))
    typer.echo(f"The demo's store: {plan.settings.store.url}", err=True)
    if once:
        with open_store(plan.settings.store.address(), create=False) as opened:
            print_summary(opened, [brand.name for brand in plan.brands], as_json=False)
