"""The configuration: every key that there is, and `parse`, which reads a file's bytes and the environment.

Pure: whoever calls `parse` reads the file, resolves relative paths and looks at time zones (`atalaya.config`).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from msgspec import Struct, structs

from mentions.brands import Brand
from mentions.settings_brand import ZONE, BrandSettings, Zone
from mentions.settings_channels import CHANNELS, AnyChannel, NotifySettings, channel_section
from mentions.settings_checks import check_section
from mentions.settings_grafana import GrafanaSettings
from mentions.settings_lines import Path, key_lines
from mentions.settings_reading import Problems, Reader, SecretReader, check_names, hint, repeated, shown
from mentions.settings_review import ReviewSettings
from mentions.settings_schema import Entry, Secret, entries, says
from mentions.settings_sources import SOURCES, SourceSettings
from mentions.settings_streaming import KafkaSettings, MetricsSettings, WorkSettings
from mentions.settings_toml import decoded, tables_of

_Kind = TypeVar("_Kind", bound=Struct)

Language = Literal[
    "af", "am", "an", "ar", "as", "az", "ba", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de", "dz",
    "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fo", "fr", "fy", "ga", "gd", "gl", "gu", "ha", "he", "hi",
    "hr", "ht", "hu", "hy", "id", "ig", "is", "it", "ja", "jv", "ka", "kk", "km", "kn", "ko", "ku", "ky", "la",
    "lb", "lg", "ln", "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl", "nn", "no",
    "oc", "om", "or", "pa", "pl", "ps", "pt", "qu", "ro", "ru", "rw", "sa", "se", "si", "sk", "sl", "sn", "so",
    "sq", "sr", "st", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "ug", "uk", "ur", "uz", "vi",
    "vo", "wa", "xh", "yo", "zh", "zu",
]  # fmt: skip
"""The 114 languages with a code in ISO 639-1 that py3langid 0.4.0 can recognise; a test compares."""


class StoreSettings(Struct, frozen=True, kw_only=True):
    """Where mentions and all that follows from them are kept."""

    url: Annotated[
        str,
        says(
            "The database; a relative path is relative to this file's folder.",
            "sqlite:///FILE, a file's path, :memory: or postgresql://USER@HOST:PORT/DATABASE",
            min_length=1,
        ),
    ] = "sqlite:///atalaya-data/atalaya.sqlite"
    password: Annotated[Secret | None, says("Of the PostgreSQL user.", '"file:PATH"')] = None

    def address(self) -> str:
        """The URL with its password: for opening the store, never to be shown.

        The password is added where the URL names a user without one, so not to a URL that replaced the configured one.
        """
        parts = urlsplit(self.url)
        user, _, host = parts.netloc.rpartition("@")
        if self.password is None or not user or ":" in user:
            return self.url
        return urlunsplit(parts._replace(netloc=f"{user}:{quote(self.password.reveal(), safe='')}@{host}"))


class OutboxSettings(Struct, frozen=True, kw_only=True):
    """What was received and not yet processed."""

    path: Annotated[
        str, says("Its SQLite file; a relative path is relative to this file's folder.", "a path", min_length=1)
    ] = "atalaya-data/outbox.sqlite"
    max_rows: Annotated[int, says("Reading stops at this many records until some are processed.", ge=1_000)] = 1_000_000
    max_megabytes: Annotated[int, says("Reading stops at this size until some are processed.", ge=16)] = 2_048
    refused_days: Annotated[
        int, says("How long a record that Kafka never takes is kept aside, for a person to look at.", ge=1, le=3_650)
    ] = 30


class ServerSettings(Struct, frozen=True, kw_only=True):
    """The console and the metrics."""

    host: Annotated[
        str, says("Where to listen; this machine only, as the pages have no login.", "127.0.0.1, ::1 or localhost")
    ] = "127.0.0.1"
    port: Annotated[int, says("The console is at http://127.0.0.1:8080; 0: any free port.", ge=0, le=65_535)] = 8080
    published: Annotated[
        bool,
        says("In a container: listen on every address, because the port is published to this machine's loopback only."),
    ] = False


class LogSettings(Struct, frozen=True, kw_only=True):
    """What the program says about itself, on standard error."""

    format: Annotated[Literal["console", "json"], says("For people, or one JSON object a line for machines.")] = (
        "console"
    )
    level: Annotated[
        Literal["debug", "info", "warning", "error"], says("The least that is told; texts of posts only at debug.")
    ] = "info"


class TimeSettings(Struct, frozen=True, kw_only=True):
    """How time is counted."""

    allowance_seconds: Annotated[
        float, says("How long to wait for stragglers before a minute is judged.", ge=0, le=3_600)
    ] = 30
    time_zone: Annotated[Zone, says("Days and hours in reports, for brands that name none.", ZONE)] = "UTC"


class LanguageSettings(Struct, frozen=True, kw_only=True):
    """Which languages are told apart."""

    languages: Annotated[
        tuple[Language, ...],
        says(
            "Those that your public writes in; fewer are told apart more surely.",
            'a list of two-letter codes, such as ["es", "en"]',
            min_length=1,
        ),
    ] = ("en", "es", "pt", "fr", "de", "it")


class SentimentSettings(Struct, frozen=True, kw_only=True):
    """How feelings are judged."""

    engine: Annotated[
        Literal["atalaya", "rules", "vader-fixed", "vader", "transformers"],
        says("Our own for six languages; rules for English and Spanish without learnt weights; VADER; your own model."),
    ] = "atalaya"
    model: Annotated[
        str | None,
        says("What the engine transformers loads; no other engine looks at it.", "a folder or a name on the hub"),
    ] = None
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"], says("Where that model runs; auto: on a graphics card if there is one.")
    ] = "auto"
    max_characters: Annotated[
        int,
        says(
            "How much of a post is judged, title and text together; what is behind it is kept unread.",
            ge=100,
            le=50_000,
        ),
    ] = 2_000


class Settings(Struct, frozen=True, kw_only=True):
    """A whole configuration. `file` is where it came from; None: no file, all defaults."""

    store: StoreSettings = StoreSettings()
    outbox: OutboxSettings = OutboxSettings()
    server: ServerSettings = ServerSettings()
    log: LogSettings = LogSettings()
    time: TimeSettings = TimeSettings()
    language: LanguageSettings = LanguageSettings()
    sentiment: SentimentSettings = SentimentSettings()
    kafka: KafkaSettings = KafkaSettings()
    work: WorkSettings = WorkSettings()
    metrics: MetricsSettings = MetricsSettings()
    notify: NotifySettings = NotifySettings()
    review: ReviewSettings = ReviewSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    sources: tuple[SourceSettings, ...] = ()
    brands: tuple[Brand, ...] = ()
    channels: tuple[AnyChannel, ...] = ()
    file: str | None = None

    @property
    def configured(self) -> bool:
        """Whether there was a configuration file."""
        return self.file is not None


SECTIONS: Mapping[str, type[Struct]] = {
    "store": StoreSettings,
    "outbox": OutboxSettings,
    "server": ServerSettings,
    "log": LogSettings,
    "time": TimeSettings,
    "language": LanguageSettings,
    "sentiment": SentimentSettings,
    "kafka": KafkaSettings,
    "work": WorkSettings,
    "metrics": MetricsSettings,
    "notify": NotifySettings,
    "review": ReviewSettings,
    "grafana": GrafanaSettings,
}
"""Sections that stand once, by name; their keys can be overridden by the environment."""

READ_LATER = ("grafana",)
"""Sections whose secret files are read when they are needed: not every process may read them."""


REPEATED = ("source", "brand", "channel")
"""Sections that stand as often as needed; of these the environment reaches only the secrets of channels."""


def all_entries() -> tuple[Entry, ...]:
    """Every key that there is, in the order of the template: what the environment can override comes first."""
    once = [entry for name, kind in SECTIONS.items() for entry in entries(name, kind)]
    sources = [entry for name, kind in SOURCES.items() for entry in entries(f"source:{name}", kind)]
    channels = [entry for name, kind in CHANNELS.items() for entry in entries(f"channel:{name}", kind)]
    return (*once, *sources, *entries("brand", BrandSettings), *channels)


def env_names() -> tuple[str, ...]:
    """Every environment variable that overrides a setting."""
    return tuple(entry.env for name, kind in SECTIONS.items() for entry in entries(name, kind))


def no_secret_files(path: str) -> str:
    """Refuse: a `SecretReader` for callers that give secrets in the environment only."""
    msg = f"secret files are not read here: {path}"
    raise ValueError(msg)


def parse(
    document: bytes, env: Mapping[str, str], where: str = "atalaya.toml", read_secret: SecretReader = no_secret_files
) -> Settings:
    """Read a configuration; the environment's `ATALAYA_SECTION_KEY` overrides the document's `[section] key`.

    An empty environment variable counts as unset. Paths, time zones and queries are taken as they are written.

    Args:
        document: TOML in UTF-8; empty for the defaults.
        env: the environment; names that begin with `ATALAYA_` and are none of ours are refused.
        where: what messages call the document, and `file` of the settings returned.
        read_secret: gives the word in the file of a `file:PATH`.

    Raises:
        SettingsError: a key or value is wrong; `ManySettingsError` when several are. Nothing is ignored in silence.
    """
    text = decoded(document, where)
    tables = tables_of(text, where)
    problems = Problems(where, key_lines(text))
    homes = {key: f"[{name}]" for name, kind in reversed(list(SECTIONS.items())) for key in kind.__struct_fields__}
    reader = Reader(problems, env, read_secret, homes)
    _refuse_unknown_sections(tables, problems, homes)
    once = {name: _read_once(reader, name, tables.get(name, {}), kind) for name, kind in SECTIONS.items()}
    sources = [_source(reader, problems, path, table) for path, table in repeated("source", tables, problems)]
    brands = [_read(reader, "brand", path, table, BrandSettings) for path, table in repeated("brand", tables, problems)]
    channels = [_channel(reader, problems, path, table) for path, table in repeated("channel", tables, problems)]
    problems.refuse_twice("source", [(source.type, source.name) if source else None for source in sources])
    problems.refuse_twice("brand", [(brand.name,) if brand else None for brand in brands])
    problems.refuse_twice("channel", [(channel.name,) if channel else None for channel in channels])
    check_names(env, (*env_names(), *_channel_names(tables)), problems)
    problems.raise_any()
    return _settings(once, sources, brands, channels, where)


def _settings(
    once: Mapping[str, Any], sources: list[Any], brands: list[Any], channels: list[Any], where: str
) -> Settings:
    """Put the parts together; all of them were whole, or `raise_any` had raised."""
    zone = once["time"].time_zone
    seeds = (Brand(**{**structs.asdict(brand), "time_zone": brand.time_zone or zone}) for brand in brands)
    return Settings(**once, sources=tuple(sources), brands=tuple(seeds), channels=tuple(channels), file=where)


def _read_once(reader: Reader, name: str, table: object, kind: type[_Kind]) -> _Kind | None:
    return _read(reader, name, (name,), table, kind, called=name if name in READ_LATER else None)


def _read(
    reader: Reader,
    name: str,
    path: Path,
    table: object,
    kind: type[_Kind],
    extra: tuple[str, ...] = (),
    called: str | None = None,
) -> _Kind | None:
    section = reader.section(path, table, kind, extra, env=name in SECTIONS, called=called)
    check_section(name, section)
    return kind(**section.values) if section.whole else None


def _source(reader: Reader, problems: Problems, path: Path, table: object) -> SourceSettings | None:
    kind = _kind(problems, path, table, SOURCES)
    return _read(reader, kind.type, path, table, kind, ("type",)) if kind else None


def _channel(reader: Reader, problems: Problems, path: Path, table: object) -> AnyChannel | None:
    kind = _kind(problems, path, table, CHANNELS)
    if kind is None or not isinstance(table, dict):
        return None
    return _read(reader, "channel", path, table, kind, ("type",), called=channel_section(table.get("name")))


def _channel_names(tables: Mapping[str, Any]) -> list[str]:
    """The variables of the channels' secrets."""
    given = tables.get("channel", [])
    sections = {channel_section(table.get("name")) for table in given if isinstance(table, dict)}
    known = (entries(section, kind) for section in sorted(sections) for kind in CHANNELS.values())
    return [entry.env for some in known for entry in some if entry.secret]


def _kind(problems: Problems, path: Path, table: object, kinds: Mapping[str, type[_Kind]]) -> type[_Kind] | None:
    given = table.get("type") if isinstance(table, dict) else None
    kind = kinds.get(given) if isinstance(given, str) else None
    if kind is None:
        found = "type is missing" if given is None else f"unknown type {shown(given)}"
        place = problems.place((*path, "type") if given is not None else path)
        problems.add(place, found, hint(str(given), kinds))
    return kind


def _refuse_unknown_sections(tables: Mapping[str, object], problems: Problems, homes: Mapping[str, str]) -> None:
    headers = {**{name: f"[{name}]" for name in SECTIONS}, **{name: f"[[{name}]]" for name in REPEATED}}
    for name, table in tables.items():
        if name in headers:
            continue
        if name in homes and not isinstance(table, dict | list):
            problems.add(problems.place((name,)), "this key stands in no section", f"write it below {homes[name]}")
        else:
            problems.add(problems.place((name,)), f'unknown section "{name}"', hint(name, headers.values()))
