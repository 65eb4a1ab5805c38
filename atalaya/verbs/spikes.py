"""`atalaya spikes FILE.csv`: the spike detectors over a file of counts."""

import csv
import math
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from processors.detection.episodes import Sensitivity
    from processors.detection.rows import RowVerdict

app = typer.Typer(rich_markup_mode=None)
HEADER = ("timestamp", "score", "alert", "kind", "severity")


@app.command(epilog="Example: atalaya spikes counts.csv --kind negative --sensitivity quiet")
def spikes(
    path: Annotated[
        str, typer.Argument(metavar="FILE.csv", help="timestamp,value[,negative]: five minutes a row; - reads stdin.")
    ],
    kind: Annotated[Literal["volume", "negative"], typer.Option("--kind", help="What to look for.")] = "volume",
    sensitivity: Annotated[
        Literal["quiet", "normal", "sensitive"],
        typer.Option("--sensitivity", help="How improbable a negative spike has to be: 2.5, 2.0 or 1.5."),
    ] = "normal",
) -> int:
    """Score counts row by row, without looking ahead: timestamp,score,alert,kind,severity. Needs no configuration.

    A row is five minutes, whatever lies between it and the one before. `alert` is 1 on the row that opens one;
    `severity` stands on every row of an open alert. A negative count is a number of authors. Times without a zone
    are UTC.
    """
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(HEADER)
    name = f"{kind}_spike"
    wrong = 0
    for given, verdict in _verdicts(path, kind, sensitivity):
        if verdict is None:
            wrong += 1
            out.writerow((given, "", 0, name, ""))
            continue
        out.writerow((given, f"{verdict.score:.6g}", int(verdict.opens), name, verdict.severity or ""))
    sys.stdout.flush()
    return 4 if wrong else 0


def _verdicts(
    path: str, kind: Literal["volume", "negative"], sensitivity: "Sensitivity"
) -> "Iterator[tuple[str, RowVerdict | None]]":
    """Each row's time as given, with its verdict; None for a row that cannot be used, which is told to stderr."""
    from mentions.clock import tick_of
    from processors.detection.rows import NegativeRows, VolumeRows

    volume, negative = VolumeRows(), NegativeRows(sensitivity)
    for number, (given, row) in enumerate(_rows(path, kind), start=2):
        try:
            tick = tick_of(_time(given))
            total = _count("value", row["value"])
            if kind == "volume":
                yield given, volume.judge(tick, total)
                continue
            negatives = _count("negative", row["negative"])
            if negatives > total:
                raise ValueError(f"negative: found {negatives:g}, which is more than value, {total:g}")
            yield given, negative.judge(tick, total, negatives)
        except ValueError as error:
            print(f"row {number}: {error}", file=sys.stderr)
            yield given, None


def _rows(path: str, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    import io

    from ingest.sources.file_open import open_input, shown_name
    from mentions.errors import UsageError

    with open_input(path) as stream:
        reader = csv.DictReader(io.TextIOWrapper(stream, "utf-8-sig", "replace", newline=""), restval="")
        needed = ["timestamp", "value", *(["negative"] if kind == "negative" else [])]
        names = [name.strip().lower() for name in reader.fieldnames or []]
        missing = [name for name in needed if name not in names]
        if missing:
            raise UsageError(
                f"{shown_name(path)}: found columns {', '.join(names) or 'none'}; {', '.join(needed)} are needed"
            )
        reader.fieldnames = names
        for row in reader:
            yield row["timestamp"].strip(), row


def _time(text: str) -> "datetime":
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"timestamp: found {text!r}; a time such as 2026-11-16T09:00:00Z would be right") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _count(name: str, text: str) -> float:
    try:
        count = float(text)
    except ValueError:
        count = math.nan
    if not 0 <= count < math.inf:
        raise ValueError(f"{name}: found {text!r}; a count of 0 or more would be right")
    return count
