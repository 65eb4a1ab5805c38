"""`atalaya dashboards`: the Grafana dashboards, written, tried and published."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atalaya.verbs import options
from atalaya.verbs.publishing import annotate, publish

if TYPE_CHECKING:
    from dashboards.grafana.answers import Answer

_UNASKED = "note: tables were not asked; write --postgres URL to ask the store"
_UNSEEN = "note: charts and rules were not asked; write --prometheus URL to ask Prometheus"

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
    prometheus: Annotated[str | None, typer.Option("--prometheus", metavar="URL", help="Ask this Prometheus.")] = None,
    postgres: Annotated[
        str | None, typer.Option("--postgres", metavar="URL", help="Ask this store (default: a configured PostgreSQL).")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse an excuse that was not needed too, as the tests do of the demo.")
    ] = False,
    as_json: options.AsJson = False,
    config: options.Config = None,
) -> int:
    """Ask every question of every panel, picker and rule: of a Prometheus that scrapes Atalaya, and of its store.

    Exit 1 when one is refused, or finds nothing where something must be; where nothing need be, it says why.
    """
    from atalaya.exports import write_document
    from dashboards.grafana.asking import ask
    from dashboards.grafana.asking_store import ask_store
    from dashboards.grafana.excuses import stale
    from dashboards.grafana.questions import questions
    from mentions.errors import UsageError

    asked = list(questions())
    store = postgres or _configured_postgres(config)
    if prometheus is None and store is None:
        raise UsageError("nobody to ask: write --prometheus URL, --postgres URL, or both")
    answers = list(ask(prometheus, asked)) if prometheus else []
    answers += ask_store(store, asked, options.now()) if store else []
    gone = list(stale(asked)) if strict else []
    if as_json:
        write_document(answers, sys.stdout.buffer)
    else:
        _tell(answers, strict=strict)
    for sentence in (*gone, *(() if store else (_UNASKED,)), *(() if prometheus else (_UNSEEN,))):
        typer.echo(sentence, err=True)
    return 1 if gone or any(_is_wrong(one, strict=strict) for one in answers) else 0


app.command(epilog="Example: atalaya dashboards publish --dry-run --diff")(publish)
app.command(epilog="Example: atalaya dashboards annotate --since 7d")(annotate)


def _configured_postgres(config: Path | None) -> str | None:
    address = options.settings_of(config).store.address()
    return address if address.startswith("postgres") else None


def _is_wrong(answer: "Answer", *, strict: bool) -> bool:
    return not answer.ok or (strict and answer.needless)


def _tell(answers: "list[Answer]", *, strict: bool) -> None:
    """What is wrong, each with its text; then what found nothing and is well, together by reason."""
    wrong = [answer for answer in answers if _is_wrong(answer, strict=strict)]
    for answer in wrong:
        said = answer.error or "nothing; something must be there"
        if answer.ok:
            said = f"{answer.found} found, though it is excused: {answer.may_be_empty}; take it off the list"
        place = ", ".join(part for part in (answer.board, answer.panel, answer.line) if part)
        typer.echo(f"FAIL {place}: {said}\n     {answer.asked}")
    excused: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.ok and not answer.found:
            excused.setdefault(answer.may_be_empty or "", []).append(answer)
    for reason, found in excused.items():
        panels = dict.fromkeys(f"{answer.board}, {answer.panel}" for answer in found)
        typer.echo(f"ok   {len(found)} found nothing: {reason}\n     {'; '.join(panels)}")
    typer.echo(f"{len(answers)} questions, {len(wrong)} without the answer that must be there")
