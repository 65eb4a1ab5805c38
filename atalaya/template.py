"""The text of the `atalaya.toml` that `init` writes: what matters at first, and every other key behind a `#`."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from mentions.codec import scrub
from mentions.metric_names import OTHER
from mentions.settings import SECTIONS
from mentions.settings_brand import BrandSettings
from mentions.settings_channels import CHANNELS
from mentions.settings_schema import NO_DEFAULT, Entry, entries, to_toml
from mentions.settings_sources import SOURCES

_HEAD = """\
# Atalaya: what to watch, where, and how (qué vigilar, dónde y cómo).
#
# Every key is explained in docs/configuration.md. A line that begins with # changes nothing: it shows a default or an
# example (las líneas con # no cambian nada). Try it with `atalaya doctor`, then `atalaya run`.
"""

_BRANDS = """
# --- Brands, one [[brand]] for each (marcas, un [[brand]] por cada una) ---
"""

_SOURCES = """
# --- Sources, one [[source]] for each (fuentes, una [[source]] por cada una) ---
"""

_CHANNELS = """
# --- Whom alerts are told to, one [[channel]] for each (a quién se avisa, un [[channel]] por cada vía) ---
"""

_REST = """
# --- The rest works as it is (lo demás funciona tal cual) ---
# The environment overrides: ATALAYA_STORE_URL stands for url in [store].
"""

_SPANISH = {
    "store": "dónde se guarda todo",
    "outbox": "lo recibido y aún sin procesar",
    "server": "la consola y las métricas",
    "log": "lo que el programa cuenta de sí",
    "time": "esperas y huso horario",
    "language": "idiomas que se distinguen",
    "sentiment": "cómo se juzga el sentimiento",
    "kafka": "el clúster, para varias máquinas",
    "work": "los procesos de cada etapa",
    "metrics": "dónde muestran sus métricas",
    "bluesky": "el flujo público de Bluesky",
    "rss": "noticias y blogs",
    "file": "un fichero de publicaciones",
    "simulated": "publicaciones inventadas, para probar",
    "notify": "lo común a todos los avisos",
    "review": "el informe semanal",
    "grafana": "el Grafana al que se publica",
    "mail": "correo, por su propio servidor",
    "webhook": "un programa suyo",
    "apprise": "Slack, Telegram, Mattermost y muchos más",
}

_EXAMPLES = {
    "url": "https://news.example/feed.xml",
    "path": "posts.jsonl",
    "map": {"text": "text", "created_at": "date", "author.id": "user"},
    "hosts": ["jetstream.example"],
    "model": "models/xlm-t",
    "urls": ["https://news.example/feed.xml", "https://blog.example/atom.xml"],
    "time_format": "day-first",
    "password": "file:/run/secrets/atalaya-store",
    "servers": ["kafka.example:9092"],
    "sasl_user": "atalaya",
    "sasl_password": "file:/run/secrets/atalaya-kafka",
    "ca_file": "/etc/ssl/kafka-ca.pem",
    "cert_file": "/etc/ssl/atalaya.pem",
    "key_file": "/etc/ssl/atalaya.key",
    "accounts": ["bluesky:lumbre.example"],
    "ambassadors": ["bluesky:ana.example"],
    "time_zone": "Europe/Madrid",
    "aspects": {"price": ["flour"]},
    "domains": ["lumbre.example"],
    "watchwords": {"safety": ["mould"]},
    "notable": ["bluesky:press.example"],
    "allow": ["domain:lumbre.example"],
    "block": ["author:bluesky:seller.example"],
    "audience": {"languages": ["es"]},
    "goals": {"net_sentiment": 0.3},
    "name": "second",
    "kinds": ["negative_spike", "watchword"],
    "brands": ["lumbre"],
    "channels": ["duty"],
    "languages": ["es"],
    "quiet_from": "22:00",
    "quiet_until": "08:00",
    "user": "atalaya",
    "key": "file:/run/secrets/atalaya-key",
    "public_url": "https://atalaya.lumbre.example",
    "grafana.url": "https://grafana.lumbre.example",
    "token": "file:/run/secrets/atalaya-grafana",
    "folder": "Atalaya",
    "prometheus": "http://prometheus.example:9090",
    "store_host": "db.example:5432",
    "store_password": "file:/run/secrets/atalaya-reader",
}
"""What is shown for a key without a default that says anything; by key, or by section and key."""

_CHANNEL_EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "mail": {
        "name": "mail",
        "to": ["ana@lumbre.example"],
        "sender": "atalaya@lumbre.example",
        "host": "mail.lumbre.example",
    },
    "webhook": {"name": "hook", "url": "file:/run/secrets/atalaya-hook"},
    "apprise": {"name": "team", "url": "file:/run/secrets/atalaya-slack"},
}
"""What must be given."""

_EXAMPLE_BRAND = "Lumbre"
_WIDTH, _LONGEST = 48, 118


def render(brand: str | None = None, sources: Collection[str] = ("bluesky",)) -> str:
    """Write a commented configuration.

    Args:
        brand: the name that people use, in any script; None shows an example that is not active.
        sources: types of sources that are active; those that need an address get an invented one.

    Raises:
        KeyError: there is no source of that type.
    """
    for source in sources:
        SOURCES[source]
    parts = [_HEAD, _BRANDS, *_brand(brand), _SOURCES, *_sources(sources), _CHANNELS, *_channels(), _REST, *_sections()]
    return "".join(parts)


def brand_name(name: str) -> str:
    """Make a brand's short name from what people call it: `Panadería Lumbre` is `panaderia-lumbre`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")
    return "brand" if short in ("", OTHER) else short


def _brand(brand: str | None) -> Iterator[str]:
    called = scrub(brand or _EXAMPLE_BRAND)
    given: dict[str, object] = {"name": brand_name(called), "query": _phrase(called)}
    yield from _table("[[brand]]", "brand", BrandSettings, given, active=brand is not None)


def _phrase(name: str) -> str:
    """A query for exactly these words; what the query language would take for its own is left out."""
    words = " ".join(re.sub(r'["\\]', " ", name).split())
    return f'"{words}"'


def _sources(active: Collection[str]) -> Iterator[str]:
    for name, kind in SOURCES.items():
        needed = {"rss": {"url": _EXAMPLES["url"]}, "file": {"path": _EXAMPLES["path"]}}.get(name, {})
        yield from _table("[[source]]", name, kind, {"type": name, **needed}, active=name in active)


def _channels() -> Iterator[str]:
    for name, kind in CHANNELS.items():
        yield from _table("[[channel]]", name, kind, {"type": name, **_CHANNEL_EXAMPLES[name]}, active=False)


def _sections() -> Iterator[str]:
    for name, kind in SECTIONS.items():
        yield from _table(f"[{name}]", name, kind, {}, active=True)


def _table(header: str, name: str, kind: type[Struct], given: dict[str, object], *, active: bool) -> Iterator[str]:
    """One section: its meaning, the keys `given`, then the others as comments."""
    yield "\n"
    if name in _SPANISH:
        meaning = (kind.__doc__ or "").partition(".")[0]
        yield f"# {meaning} ({_SPANISH[name]}).\n"
    mark = "" if active else "# "
    yield f"{mark}{header}\n"
    known = {entry.key: entry for entry in entries(name, kind)}
    if "type" in given:
        yield _line(mark, "type", given["type"], "")
    for key, entry in known.items():
        if key in given:
            yield _line(mark, key, given[key], entry.meaning)
        else:
            yield _line("# ", key, _example(entry), entry.meaning)


def _example(entry: Entry) -> object:
    says_nothing = entry.default in (NO_DEFAULT, None, (), {}) and entry.default is not False
    if not says_nothing:
        return entry.default
    return _EXAMPLES.get(f"{entry.section}.{entry.key}", _EXAMPLES.get(entry.key, entry.default))


def _line(mark: str, key: str, value: object, meaning: str) -> str:
    line = f"{mark}{key} = {to_toml(value)}"
    if not meaning:
        return f"{line}\n"
    beside = f"{line:<{_WIDTH}} # {meaning}"
    return f"{beside}\n" if len(beside) <= _LONGEST else f"# {meaning}\n{line}\n"
