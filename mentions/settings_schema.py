"""What a Struct says of itself as a section of the configuration: its keys, their meanings, what each allows.

The one source of the checks, of the commented template and of `docs/configuration.md`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, time
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, inspect

NO_DEFAULT = msgspec.NODEFAULT


class Secret:
    """A word that must not be shown: `repr`, `str` and formats give `***`; only `reveal()` gives the word."""

    __slots__ = ("_read", "_word")

    def __init__(self, word: str) -> None:
        self._word: str | None = word
        self._read: Callable[[], str] | None = None

    @classmethod
    def later(cls, read: Callable[[], str]) -> "Secret":
        """A secret that is read when it is first needed: not every process may read every file."""
        made = cls("")
        made._word, made._read = None, read
        return made

    def reveal(self) -> str:
        """The word itself; never for a log, a message or a metric.

        Raises:
            SettingsError: it is read only now, and cannot be.
        """
        if self._word is None:
            self._word = self._read() if self._read is not None else ""
        return self._word

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Secret) and other._word == self._word is not None)

    def __hash__(self) -> int:
        return hash(self._word) if self._read is None else id(self)

    def __reduce__(self) -> Any:
        msg = "a secret is not written anywhere"
        raise TypeError(msg)


class Entry(Struct, frozen=True, kw_only=True):
    """One key of a section.

    Attributes:
        default: `NO_DEFAULT` when the key must be given.
        allowed: what is right, as the end of "write ...".
        secret: never stands in the file in clear.
    """

    section: str
    key: str
    type: Any
    default: Any
    meaning: str
    allowed: str
    secret: bool

    @property
    def env(self) -> str:
        """The environment variable that overrides it: `ATALAYA_STORE_URL` for `[store] url`."""
        return f"ATALAYA_{self.section}_{self.key}".upper()


def says(meaning: str, allowed: str = "", **limits: Any) -> Meta:
    """Describe a key: what it means and, where the type does not say it well, what is allowed."""
    return Meta(description=meaning, extra={"allowed": allowed} if allowed else None, **limits)


@cache
def entries(section: str, kind: type[Struct]) -> tuple[Entry, ...]:
    """The keys of a section in the order in which they are written."""
    return tuple(_entry(section, field) for field in msgspec.structs.fields(kind))


def _entry(section: str, field: msgspec.structs.FieldInfo) -> Entry:
    shape = inspect.type_info(field.type)
    meta = shape if isinstance(shape, inspect.Metadata) else None
    default = field.default if field.default_factory is NO_DEFAULT else field.default_factory()
    return Entry(
        section=section,
        key=field.name,
        type=field.type,
        default=default,
        meaning=(meta.extra_json_schema or {}).get("description", "") if meta else "",
        allowed=_allowed(shape, field.type),
        secret=_is_secret(shape),
    )


def _is_secret(shape: inspect.Type) -> bool:
    match shape:
        case inspect.Metadata(type=inner):
            return _is_secret(inner)
        case inspect.UnionType(types=kinds):
            return any(_is_secret(kind) for kind in kinds)
        case inspect.CustomType(cls=cls):
            return cls is Secret
    return False


def _allowed(shape: inspect.Type, kind: Any) -> str:
    match shape:
        case inspect.Metadata(type=inner, extra=extra):
            return str((extra or {}).get("allowed") or _allowed(inner, kind))
        case inspect.LiteralType():
            return " or ".join(map(to_toml, _choices(kind)))
        case inspect.IntType() | inspect.FloatType():
            return _allowed_number(shape)
    return _PLAIN.get(type(shape), "text between quotes")


_PLAIN: Mapping[type, str] = {inspect.BoolType: "true or false"}


def _choices(kind: Any) -> tuple[Any, ...]:
    """The values of a `Literal`, annotated or not, as they were written; msgspec sorts them."""
    return get_args(get_args(kind)[0]) if get_origin(kind) is Annotated else get_args(kind)


def _allowed_number(shape: inspect.IntType | inspect.FloatType) -> str:
    noun = "a whole number" if isinstance(shape, inspect.IntType) else "a number"
    if shape.ge is not None and shape.le is not None:
        return f"{noun} from {shape.ge:_} to {shape.le:_}"
    if shape.gt is not None:
        return f"{noun} above {shape.gt:_}"
    return f"{noun} of {shape.ge:_} or more" if shape.ge is not None else noun


def to_toml(value: object) -> str:
    """Write a value as TOML would have it."""
    match value:
        case str():
            return _to_toml_text(value)
        case bool():
            return "true" if value else "false"
        case int() if abs(value) >= 10_000:
            return f"{value:_}"
        case list() | tuple():
            return f"[{', '.join(map(to_toml, value))}]"
        case dict():
            inner = ", ".join(f"{_toml_key(key)} = {to_toml(item)}" for key, item in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case date() | time():
            return value.isoformat()
    return str(value)


def _to_toml_text(value: str) -> str:
    """Between double quotes; between single ones where that saves escapes."""
    if ('"' in value or "\\" in value) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() and key.isascii() else to_toml(key)
