"""What a replay shows while it works and when it is done."""

import sys
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from atalaya.replay import Outcome
from atalaya.verbs.summaries import print_summary
from mentions.drops import SENTENCES, Drop
from processors.store.opening import Store

_WORDS = {
    "reading": "Reading",
    "ordering": "Ordering and matching",
    "judging": "Judging and storing",
    "recomputing": "Recomputing",
    "comparing": "Comparing tables",
    "trying": "Cross-validating",
}


class Progress:
    """Bars on standard error, one per phase; silent when that is no terminal."""

    def __init__(self) -> None:
        self._bars = Bars(
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Leave the bars as they are and free the terminal."""
        self._bars.stop()

    def tell(self, phase: str, done: int, total: int | None) -> None:
        """Show how far a phase is."""
        if phase not in self._tasks:
            self._tasks[phase] = self._bars.add_task(_WORDS[phase], total=total, rate="")
        task = self._tasks[phase]
        speed = self._bars.tasks[task].speed
        self._bars.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")


def report(outcome: Outcome, store: Store, brands: list[str], *, summary: bool, as_json: bool) -> None:
    """Say what came of it: warnings and counts to standard error, the summary to standard output."""
    for warning in outcome.notes.warnings:
        typer.echo(f"note: {warning}", err=True)
    for name, count in outcome.notes.unknown.most_common(10):
        typer.echo(f"note: the field {name} has no place in a post and was kept out ({count:,} times)", err=True)
    for reason, count in sorted(outcome.dropped.items()):
        typer.echo(f"unusable: {count:,} x {reason}: {SENTENCES[Drop(reason)]}", err=True)
    if outcome.nothing_new:
        typer.echo(f"Nothing new: this input is in {store.place} already.", err=True)
    else:
        late = f", {outcome.late:,} of them too late to be judged in order" if outcome.late else ""
        erased = f", {outcome.erased:,} erased by deletions" if outcome.erased else ""
        typer.echo(
            f"{outcome.items:,} posts read, {outcome.new:,} new mentions{late}{erased}; store: {store.place}", err=True
        )
    if summary:
        print_summary(store, brands, as_json=as_json)
