"""The command line: finds the verb, runs it, and turns every error into a sentence and an exit code.

Each verb is a module of `atalaya.verbs` with a typer `app`; it is imported only when it is called, so that `score` does
not pay for what `run` needs.
"""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from mentions.errors import AtalayaError, UsageError

VERBS = {
    "init": "write a commented atalaya.toml",
    "demo": "watch an invented fortnight of two brands, no configuration needed",
    "run": "watch the configured sources: pipeline, store, console, metrics in one process",
    "ingest": "distributed: the configured sources to Kafka",
    "work": "distributed: one worker of stage score or watch",
    "serve": "distributed: console and metrics over a store that others fill",
    "topics": "create or show the Kafka topics",
    "replay": "run recorded posts through the pipeline in event time",
    "score": "judge the sentiment of texts",
    "spam": "judge how much texts look like spam",
    "spikes": "find spikes of volume or of negatives in a file of counts",
    "match": "say which brands a text matches, and by which clause",
    "parse": "show what a connector makes of raw input",
    "mentions": "list stored mentions",
    "alerts": "list alerts; preview, acknowledge, note, rate them",
    "notify": "test the channels that alerts are told by; mute and unmute",
    "mute": "tell nobody, for a while, of what you know already",
    "campaigns": "the same text by many authors",
    "links": "which of the brand's pages travel, and who links to them",
    "evangelists": "who speaks for a brand: by days, not by posts; lapsed ones too",
    "detractors": "who speaks against a brand, by the same rule",
    "authors": "everybody who speaks of a brand, by reach or loyalty",
    "dashboards": "write or publish the Grafana dashboards, try every question that they ask",
    "explain": "open a figure: formula, inputs, the mentions behind it",
    "action": "the team's own log: what it does, the figure that this is for, how it ended",
    "thank": "write down that you thanked an author",
    "note": "write a note beside an author, an alert, a mention or a rule of the scorecard",
    "summary": "volume and net sentiment, against the period before",
    "review": "what a brand's week was like and why; months, quarters, any days too",
    "funnel": "why did I get (n)othing: seen, matched, dropped, stored",
    "sources": "how the sources are: last word, gaps, counts",
    "brands": "brands as versioned data",
    "label": "correct the sentiment: labels, and what is learned from them",
    "replay-store": "recompute what is derived from the stored mentions, and compare",
    "doctor": "check configuration, disk, store, sources; say what to do",
}
DEBUG = "--debug"
_COMPLETION = ("install_completion", "show_completion")
"""What typer offers with every app; a verb is none of its own, and its help is for its own options."""


class Verbs(TyperGroup):
    """Imports a verb when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All verbs, in the order in which people meet them."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb's own command."""
        if cmd_name not in VERBS:
            return None
        command = typer.main.get_command(import_module(f"atalaya.verbs.{cmd_name.replace('-', '_')}").app)
        command.name = cmd_name
        command.short_help = VERBS[cmd_name]
        command.params = [one for one in command.params if one.name not in _COMPLETION]
        return command


app = typer.Typer(
    cls=Verbs,
    help="Atalaya watches what is said about brands on the open social web.",
    epilog="Add --debug to any verb for a traceback. Exit codes: 0 done, 1 done and the answer is 'no', 2 wrong usage "
    "or configuration, 3 a needed service or file could not be reached, 4 some input could not be used.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"atalaya {version('atalaya')}")
        raise typer.Exit


@app.callback()
def _root(
    show: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Options before the verb."""


def main() -> None:
    """Entry point of the `atalaya` command; always ends by SystemExit."""
    debug = DEBUG in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != DEBUG]
    sys.exit(run(arguments, debug=debug))


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command line; the exit code. With `debug`, errors are raised instead of said."""
    try:
        code = typer.main.get_command(app)(args=arguments, prog_name="atalaya", standalone_mode=False)
        sys.stdout.flush()
    except typer.Exit as leaving:
        return leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except (BrokenPipeError, SystemExit):
        # The reader of our output has seen enough, which typer turns into an exit of its own and is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # keeps Python from complaining at its end
        return 0
    except AtalayaError as error:
        if debug:
            raise
        print(f"atalaya: {error}", file=sys.stderr)
        return error.exit_code
    except TyperException as wrong:  # the command line's own grammar
        at = getattr(wrong, "ctx", None)
        said = wrong.format_message().rstrip(".")
        print(f"atalaya: {said}. See `{at.command_path if at else 'atalaya'} --help`.", file=sys.stderr)
        return UsageError.exit_code
    return code if isinstance(code, int) else 0
