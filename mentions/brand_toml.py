"""Brands as a TOML document of `[[brand]]` sections, the same as in the configuration: for export and import."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from mentions.brands import Brand
from mentions.codec import scrub
from mentions.errors import SettingsError
from mentions.settings import parse
from mentions.settings_lines import key_lines, line_of
from mentions.settings_schema import to_toml
from mentions.settings_toml import decoded, tables_of

_DEFAULTS = Brand(name="", query="")
_ALWAYS = ("name", "query", "role", "time_zone")
"""Written even when they are the default: who edits an export sees what there is to change."""


def brands_to_toml(brands: Iterable[Brand]) -> str:
    """Write brands in the order given; `brands_from_toml` reads the same brands back."""
    return "\n".join(map(_section, brands))


def brands_from_toml(document: bytes, where: str) -> list[Brand]:
    """Read a document that holds brands and nothing else; `where` is what messages call it.

    A brand without `time_zone` gets UTC. Queries and time zones are taken as they are written.

    Raises:
        SettingsError: not TOML, no brand, a key or value that is wrong; names line, key, what was found and what is
            allowed. `ManySettingsError` when several are.
    """
    text = decoded(document, where)
    tables = tables_of(text, where)
    if foreign := [name for name in tables if name != "brand"]:
        line = line_of(key_lines(text), (foreign[0],))
        raise SettingsError(f"{where}:{line}", foreign[0], "this is no brand", "write [[brand]] sections only")
    brands = list(parse(document, {}, where).brands)
    if not brands:
        raise SettingsError(where, "", "no brand stands here", 'write [[brand]] and below it name = "..." and the rest')
    return brands


def _section(brand: Brand) -> str:
    given = structs.asdict(brand)
    shown = [name for name, value in given.items() if name in _ALWAYS or value != getattr(_DEFAULTS, name)]
    return "".join(["[[brand]]\n", *(f"{name} = {_value(given[name])}\n" for name in shown)])


def _value(value: float | str | Sequence[str] | Mapping[str, float | Sequence[str]]) -> str:
    return to_toml(_scrubbed(value))


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return scrub(value)
        case Mapping():
            return {scrub(name): _scrubbed(item) for name, item in value.items()}
        case list() | tuple():
            return [_scrubbed(item) for item in value]
    return value
