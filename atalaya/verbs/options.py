"""Options that several verbs share, so that they read the same everywhere."""

import os
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mentions.settings import Settings
    from processors.store.opening import Store

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Configuration file (default: ./atalaya.toml, then $ATALAYA_CONFIG)."),
]
StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store", help="Store URL instead of the configured one; a relative SQLite path starts at the current folder."
    ),
]
BrandName = Annotated[list[str] | None, typer.Option("--brand", help="Only this brand; may be given again.")]
Since = Annotated[
    str | None,
    typer.Option("--since", help="From when: 2026-11-16, 2026-11-16T09:00Z, or 7d, 12h, 30m before --until."),
]
Until = Annotated[str | None, typer.Option("--until", help="Up to when, in the same forms (default: now).")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many rows.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="One JSON line per row.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="CSV that spreadsheets open.")]
AsXlsx = Annotated[bool, typer.Option("--xlsx", help="An Excel file; send it to a file with > name.xlsx.")]
Lang = Annotated[str, typer.Option("--lang", help="Headings in en or es.")]


_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def called() -> str:
    """What to type to call this program: `atalaya` where a shell finds it, else the path by which it was called."""
    typed = sys.argv[0]
    return typed if Path(typed).name == "atalaya" and shutil.which("atalaya") is None else "atalaya"


def moment(text: str | None, option: str, before: datetime) -> datetime | None:
    """Read a moment: a date, an RFC 3339 time (UTC unless it says), or a span such as `7d` before `before`.

    Raises:
        typer.BadParameter: it is none of these.
    """
    if text is None:
        return None
    if text[-1:] in _UNITS and text[:-1].isdigit():
        return before - timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"found {text!r}; write a date (2026-11-16), a time (2026-11-16T09:00Z) or a span (7d, 12h, 30m, 2w)",
            param_hint=option,
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def settings_of(config: Path | None) -> "Settings":
    """The configuration that a verb runs with."""
    from atalaya.config import load

    return load(config, os.environ, Path.cwd())


def store_to_read(config: Path | None, url: str | None) -> "Store":
    """The store of a reading verb; a mistyped name leaves no empty store behind."""
    from processors.store.opening import open_store

    return open_store(url if url is not None else settings_of(config).store.address(), create=False)


def delays(config: Path | None) -> dict[str, timedelta]:
    """By source, how late its posts usually arrive, as configured."""
    from atalaya.sources import max_delays

    return max_delays(settings_of(config).sources)


def now() -> datetime:
    """The wall clock of a verb."""
    return datetime.now(UTC)


def day(text: str | None, option: str) -> date | None:
    """Read a day.

    Raises:
        typer.BadParameter: it is none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"found {text!r}; write a day: 2026-11-16", param_hint=option) from None


def today(moment: datetime, zone: str) -> date:
    """The day that it is in a time zone."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(zone)).date()


def window(since: str | None, until: str | None, whole: tuple[datetime, datetime] | None) -> tuple[datetime, datetime]:
    """The window that options ask for; without them all that is stored."""
    end = moment(until, "--until", now()) or (whole[1] if whole else now())
    start = moment(since, "--since", end) or (min(whole[0], end) if whole else end - timedelta(days=7))
    if start >= end:
        raise typer.BadParameter(
            f"{start:%Y-%m-%d %H:%M} UTC is not before {end:%Y-%m-%d %H:%M} UTC", param_hint="--since"
        )
    return start, end
