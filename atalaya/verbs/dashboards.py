"""`atalaya dashboards`: the Grafana dashboards, written, tried and published."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options
from atalaya.verbs.publishing import annotate, publish

if TYPE_CHECKING:
    from dashboards.grafana.asking import Answer

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Write the Grafana dashboards, try every question that they ask, publish them.",
    epilog="Example: atalaya dashboards build -o dashboards/generated",
)


@app.command(epilog="Example: atalaya dashboards build -o /etc/grafana/atalaya")
def build(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write to, one folder a language in it.")],
) -> None:
    """Write every dashboard in English and Spanish; files that are there are replaced."""
    from dashboards.grafana.building import write

    for path in write(out):
        typer.echo(f"written: {path}")


@app.command(epilog="Example: atalaya dashboards check --prometheus http://127.0.0.1:9090")
def check(
    prometheus: Annotated[str, typer.Option("--prometheus", metavar="URL", help="The address of Prometheus.")],
    as_json: options.AsJson = False,
) -> int:
    """Ask a Prometheus that scrapes Atalaya every question of every panel.

    Exit 1 when one is refused, or finds nothing where something must be; where nothing need be, it says why.
    """
    from atalaya.exports import write_document
    from dashboards.grafana.asking import ask

    answers = list(ask(prometheus))
    if as_json:
        write_document(answers, sys.stdout.buffer)
    else:
        _tell(answers)
    return 0 if all(answer.ok for answer in answers) else 1


app.command(epilog="Example: atalaya dashboards publish --dry-run --diff")(publish)
app.command(epilog="Example: atalaya dashboards annotate --since 7d")(annotate)


def _tell(answers: "list[Answer]") -> None:
    for answer in answers:
        if answer.error is None and answer.series:
            continue
        said = answer.error or f"nothing; {answer.may_be_empty or 'something must be there'}"
        sign = "ok  " if answer.ok else "FAIL"
        typer.echo(f"{sign} {answer.board}, {answer.panel}: {said}\n     {answer.expr}")
    wrong = sum(not answer.ok for answer in answers)
    typer.echo(f"{len(answers)} questions, {wrong} without the answer that must be there")
