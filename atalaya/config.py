"""Finds the configuration, reads it and what it names, and checks what needs more than its text.

What is wrong with it is a `SettingsError` (exit 2); a file that exists and cannot be read is `Unavailable` (exit 3).
"""

import zoneinfo
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from ingest.sources import times
from ingest.sources.file_fields import FIELDS
from mentions.errors import QueryError, SettingsError, Unavailable, UsageError
from mentions.matching import parse_query
from mentions.settings import Settings, parse
from mentions.settings_lines import Path as KeyPath
from mentions.settings_lines import key_lines
from mentions.settings_reading import Place, Problems, hint, shown
from mentions.settings_sources import FileSettings, SourceSettings
from mentions.settings_streaming import KafkaSettings
from mentions.settings_toml import decoded

NAME = "atalaya.toml"
_PATHS = {"store": "ATALAYA_STORE_URL", "outbox": "ATALAYA_OUTBOX_PATH"}


def load(named: Path | None, env: Mapping[str, str], current: Path) -> Settings:
    """Read the configuration; without any, the defaults as the environment overrides them.

    Relative paths in the file become absolute from the file's folder; those in the environment, and the defaults when
    there is no file, from the current folder. `file:` secrets are read, from the file's folder too.

    Args:
        named: what `-c` names, a file or the folder of an `atalaya.toml`.
        env: the environment.
        current: the current folder, absolute.

    Raises:
        SettingsError: it does not exist or is wrong. Unavailable: it cannot be read now.
    """
    path = find(named, env, current)
    document = _read(current, path) if path else b""
    folder = (current / path).parent if path else current
    settings = parse(document, env, str(path or NAME), lambda secret: _secret(folder / secret))
    settings = _anchored(settings, folder, current, env)
    _check(settings, document, str(path or NAME), env)
    return settings if path else msgspec.structs.replace(settings, file=None)


def find(named: Path | None, env: Mapping[str, str], current: Path) -> Path | None:
    """Say which file is meant: `-c`, else ./atalaya.toml, else $ATALAYA_CONFIG, else none.

    Raises:
        SettingsError: a file was named that does not exist.
    """
    if named is not None:
        return _existing(named, current, "-c")
    if (current / NAME).is_file():
        return Path(NAME)
    if env.get("ATALAYA_CONFIG"):
        return _existing(Path(env["ATALAYA_CONFIG"]), current, "environment variable ATALAYA_CONFIG")
    return None


def ensure_folders(settings: Settings, *, outbox: bool = True, store: bool = True) -> None:
    """Create the folders that the store's file and the outbox are to lie in, those of them that a process uses.

    Raises:
        Unavailable: a folder cannot be created.
    """
    files = [settings.outbox.path if outbox else "", _sqlite_file(settings.store.url) if store else ""]
    for folder in {Path(file).parent for file in files if file}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"the folder {folder} cannot be created: {error.strerror}"
            raise Unavailable(msg) from error


def _existing(path: Path, current: Path, who: str) -> Path:
    path = path / NAME if (current / path).is_dir() else path
    if not (current / path).exists():
        raise SettingsError(who, "", f"there is no file {path}", "name one that exists, or make it with `atalaya init`")
    return path


def _read(current: Path, path: Path) -> bytes:
    try:
        return (current / path).read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise Unavailable(msg) from error


def _secret(path: Path) -> str:
    word = path.read_text(encoding="utf-8").rstrip("\r\n")
    if not word:
        msg = "the file is empty"
        raise ValueError(msg)
    return word


def _anchored(settings: Settings, folder: Path, current: Path, env: Mapping[str, str]) -> Settings:
    """Make every relative path absolute."""
    base = {section: current if env.get(name) else folder for section, name in _PATHS.items()}
    store_file = _sqlite_file(settings.store.url)
    store = f"sqlite:///{base['store'] / Path(store_file).expanduser()}" if store_file else settings.store.url
    outbox = str(base["outbox"] / Path(settings.outbox.path).expanduser())
    return msgspec.structs.replace(
        settings,
        store=msgspec.structs.replace(settings.store, url=store),
        outbox=msgspec.structs.replace(settings.outbox, path=outbox),
        kafka=_anchored_kafka(settings, folder, current, env),
        sources=tuple(_anchored_source(source, folder) for source in settings.sources),
    )


def _anchored_kafka(settings: Settings, folder: Path, current: Path, env: Mapping[str, str]) -> KafkaSettings:
    files = {
        key: str((current if env.get(f"ATALAYA_KAFKA_{key}".upper()) else folder) / Path(path).expanduser())
        for key in ("ca_file", "cert_file", "key_file")
        if (path := getattr(settings.kafka, key))
    }
    return msgspec.structs.replace(settings.kafka, **files)


def _anchored_source(source: SourceSettings, folder: Path) -> SourceSettings:
    if not isinstance(source, FileSettings):
        return source
    return msgspec.structs.replace(source, path=str(folder / Path(source.path).expanduser()))


def _sqlite_file(url: str) -> str:
    """The path in a store's URL; empty for PostgreSQL and for a store in memory."""
    path = url.removeprefix("sqlite:///")
    return "" if "://" in path or path in ("", ":memory:") else path


def _check(settings: Settings, document: bytes, where: str, env: Mapping[str, str]) -> None:
    problems = Problems(where, key_lines(decoded(document, where)))
    for path, zone in _zones(settings):
        if not _is_zone(zone):
            place = _place(problems, path, env)
            problems.add(place, f"unknown time zone {shown(zone)}", _zone_hint(zone))
    for number, source in enumerate(settings.sources):
        if isinstance(source, FileSettings):
            _check_file(problems, number, source)
    for number, brand in enumerate(settings.brands):
        _check_query(problems, number, brand.query)
    if _sqlite_file(settings.store.url) == settings.outbox.path:
        place = _place(problems, ("outbox", "path"), env)
        problems.add(place, "this is the store's file too", "give the outbox a file of its own")
    problems.raise_any()


def _check_file(problems: Problems, number: int, source: FileSettings) -> None:
    for name in sorted(source.map.keys() - FIELDS):
        place = problems.place(("source", number, "map"))
        problems.add(place, f"a post has no field {shown(name)}", hint(name, sorted(FIELDS)))
    try:
        times.reader(source.time_format, None)
    except UsageError as error:
        problems.add(
            problems.place(("source", number, "time_format")), str(error), 'or write "day-first" or "month-first"'
        )


def _check_query(problems: Problems, number: int, query: str) -> None:
    try:
        parse_query(query)
    except QueryError as error:
        drawing = str(error).removeprefix(error.message)
        problems.add(problems.place(("brand", number, "query")), error.message, f"correct it at the caret{drawing}")


def _zones(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    yield ("time", "time_zone"), settings.time.time_zone
    if settings.review.time_zone is not None:
        yield ("review", "time_zone"), settings.review.time_zone
    for number, source in enumerate(settings.sources):
        if isinstance(source, FileSettings):
            yield ("source", number, "time_zone"), source.time_zone
    for number, brand in enumerate(settings.brands):
        if brand.time_zone != settings.time.time_zone:
            yield ("brand", number, "time_zone"), brand.time_zone
    for number, channel in enumerate(settings.channels):
        if channel.time_zone is not None and channel.time_zone != settings.time.time_zone:
            yield ("channel", number, "time_zone"), channel.time_zone


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _zone_hint(name: str) -> str:
    """Say which time zone was probably meant; there are too many to list."""
    guess = hint(name, sorted(zoneinfo.available_timezones()))
    return guess if guess.startswith("did") else 'write an IANA name, such as "Europe/Madrid" or "UTC"'


def _place(problems: Problems, path: KeyPath, env: Mapping[str, str]) -> Place:
    name = f"ATALAYA_{'_'.join(map(str, path))}".upper()
    if env.get(name):
        return Place(f"environment variable {name}", ".".join(map(str, path)))
    return problems.place(path)
