"""Turns tables of a configuration into values, and everything that is wrong into sentences with file, line and key."""

import difflib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from msgspec import Struct

from mentions.errors import SettingsError
from mentions.settings_lines import Path, line_of
from mentions.settings_schema import NO_DEFAULT, Entry, Secret, entries, to_toml

PREFIX = "ATALAYA_"
OTHER_NAMES = {"ATALAYA_CONFIG": "the configuration file, when `-c` is not given and there is no ./atalaya.toml"}
"""Environment variables with our prefix that are no setting. Names that begin with `ATALAYA_TEST_` are left alone."""

SecretReader = Callable[[str], str]
"""Gives the word that a file holds; raises OSError or ValueError when it cannot."""

_BAD = object()
_LONGEST_SHOWN = 60
_PASSWORD = re.compile(r"://[^\s/]*@")


class ManySettingsError(SettingsError):
    """Several things wrong in one configuration, told together; the fields are those of the first.

    Attributes:
        errors: each of them, in the order of the file, then the environment.
    """

    def __init__(self, errors: Iterable[SettingsError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(first.where, first.key, first.found, first.allowed)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


class Place(Struct, frozen=True):
    """Where a value comes from: `where` and `key` of a `SettingsError`; `line` is 0 when it has none."""

    where: str
    key: str
    line: int = 0


class Problems:
    """What is wrong so far in the document called `where`, whose keys stand on `lines`."""

    def __init__(self, where: str, lines: Mapping[Path, int]) -> None:
        self.where, self.lines = where, lines
        self._errors: list[tuple[int, SettingsError]] = []

    def place(self, path: Path) -> Place:
        """Name the line and the dotted key of a path in the document."""
        line = line_of(self.lines, path)
        key = ".".join(part for part in path if isinstance(part, str))
        return Place(f"{self.where}:{line}" if line else self.where, key, line or 0)

    def add(self, place: Place, found: str, allowed: str) -> None:
        """Remember one thing that is wrong."""
        self._errors.append((place.line or sys.maxsize, SettingsError(place.where, place.key, found, allowed)))

    def refuse_twice(self, name: str, keys: Sequence[tuple[str, ...] | None]) -> None:
        """Refuse a repeated section whose key another one has; None: that one could not be read."""
        for number, key in enumerate(keys):
            if key is not None and key in keys[:number]:
                found = f"a second {name} {' '.join(map(shown, key))}"
                self.add(self.place((name, number, "name")), found, "give each a name of its own")

    def raise_any(self) -> None:
        """Raise.

        Raises:
            SettingsError: there was one thing wrong. ManySettingsError: there were more.
        """
        errors = [error for _, error in sorted(self._errors, key=itemgetter(0))]
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise ManySettingsError(errors)


class Section:
    """The values of one table that could be read, and where each came from.

    Attributes:
        whole: nothing needed is missing and nothing given is bad.
        reads_secrets_later: files that hold secrets are read when they are needed, by those who need them.
    """

    def __init__(self, path: Path, problems: Problems, *, reads_secrets_later: bool = False) -> None:
        self.path, self.problems, self.reads_secrets_later = path, problems, reads_secrets_later
        self.values: dict[str, Any] = {}
        self.places: dict[str, Place] = {}
        self.whole = True

    def refuse(self, key: str, found: str, allowed: str) -> None:
        """Say what is wrong with the value of `key`."""
        self.whole = False
        self.problems.add(self.places.get(key) or self.problems.place((*self.path, key)), found, allowed)


class Reader:
    """Reads sections; what is wrong goes to `problems`."""

    def __init__(
        self, problems: Problems, env: Mapping[str, str], read_secret: SecretReader, homes: Mapping[str, str]
    ) -> None:
        """`homes` tells, for each key of the sections that stand once, the header that it belongs below."""
        self._problems, self._env, self._read_secret, self._homes = problems, env, read_secret, homes

    def section(
        self,
        path: Path,
        table: object,
        kind: type[Struct],
        extra: Iterable[str] = (),
        env: bool = True,
        called: str | None = None,
    ) -> Section:
        """Read `table`, found at `path`, as `kind` has it.

        Args:
            extra: keys that the caller reads itself. env: whether environment variables override the values.
            called: what the variables of its secrets are named by, which override them even without `env`; its secret
                files are read later.
        """
        section = Section(path, self._problems, reads_secrets_later=called is not None)
        known = entries(called or str(path[0]), kind)
        if not isinstance(table, dict):
            section.whole = False
            self._problems.add(
                self._problems.place(path), f"found {shown(table)}", f"write [{path[0]}] and its keys below"
            )
            return section
        self._refuse_unknown(section, table, [*extra, *(entry.key for entry in known)])
        for entry in known:
            if entry.key in table:
                self._take(section, entry, table[entry.key], self._problems.place((*path, entry.key)), strict=True)
            if (env or (called and entry.secret)) and self._env.get(entry.env):
                place = Place(f"environment variable {entry.env}", f"{path[0]}.{entry.key}")
                self._take(section, entry, self._env[entry.env], place, strict=False)
            if entry.default is NO_DEFAULT and entry.key not in section.places:
                section.refuse(entry.key, "it is missing", f"write {entry.allowed}")
        return section

    def _take(self, section: Section, entry: Entry, given: object, place: Place, *, strict: bool) -> None:
        section.places[entry.key] = place
        if entry.secret:
            value = self._secret(section, entry, given, in_file=strict)
        else:
            value = _converted(entry, given, strict=strict)
            if value is _BAD:
                section.refuse(entry.key, f"found {shown(given)}", f"write {entry.allowed}")
        if value is not _BAD:
            section.values[entry.key] = value

    def _secret(self, section: Section, entry: Entry, given: object, *, in_file: bool) -> object:
        if not isinstance(given, str) or (in_file and not given.startswith("file:")):
            section.refuse(
                entry.key,
                "a secret does not stand in the configuration itself",
                f'set {entry.env} in the environment, or write "file:PATH" of a file that holds only the secret',
            )
            return _BAD
        if not given.startswith("file:"):
            return Secret(given)
        if section.reads_secrets_later:
            return Secret.later(lambda: self._read_later(given, section.places[entry.key]))
        try:
            return Secret(self._read_secret(given.removeprefix("file:")))
        except (OSError, ValueError) as error:
            section.refuse(entry.key, f"cannot read {shown(given)}: {error}", "name a file that holds only the secret")
            return _BAD

    def _read_later(self, given: str, place: Place) -> str:
        try:
            return self._read_secret(given.removeprefix("file:"))
        except (OSError, ValueError) as error:
            found = f"cannot read {shown(given)}: {error}"
            raise SettingsError(place.where, place.key, found, "name a file that holds only the secret") from error

    def _refuse_unknown(self, section: Section, table: Mapping[str, object], known: Iterable[str]) -> None:
        known = list(known)
        for key in table:
            if key not in known:
                home = self._homes.get(key) if len(section.path) == 1 else None
                remedy = f"write it below {home}" if home else hint(key, known)
                section.refuse(key, f'unknown key "{key}"', remedy)


def repeated(name: str, tables: Mapping[str, object], problems: Problems) -> Iterator[tuple[Path, object]]:
    """Give the tables of a section that may be repeated, each with its path."""
    given = tables.get(name, [])
    if not isinstance(given, list):
        problems.add(problems.place((name,)), "this is no list of tables", f"write [[{name}]], with two brackets")
        return
    for number, table in enumerate(given):
        yield (name, number), table


def _converted(entry: Entry, given: object, *, strict: bool) -> object:
    if not strict and isinstance(given, str) and isinstance(entry.default, tuple):
        given = [part.strip() for part in given.split(",")]
    if isinstance(entry.default, dict):
        given = dict(_flat(given)) if isinstance(given, dict) else given
    try:
        return msgspec.convert(given, entry.type, strict=strict)
    except msgspec.ValidationError:
        return _BAD


def _flat(table: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Undo what TOML makes of dotted keys: `author.id = "x"` is the key `author.id` here."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def check_names(env: Mapping[str, str], known: Iterable[str], problems: Problems) -> None:
    """Refuse environment variables that look like ours and are not; a typing error must not pass in silence."""
    names = [*known, *OTHER_NAMES]
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in names and not _is_left_alone(name, env):
            problems.add(Place(f"environment variable {name}", ""), "no setting has this name", hint(name, names))


def _is_left_alone(name: str, env: Mapping[str, str]) -> bool:
    """Whether it is a test's, or one that a cluster sets for a service called atalaya in every container beside it."""
    service = re.match(r"(ATALAYA_(?:[A-Z0-9_]+?_)??)(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)", name)
    linked = service is not None and {f"{service[1]}SERVICE_HOST", f"{service[1]}SERVICE_PORT"} <= env.keys()
    return linked or name.startswith("ATALAYA_TEST_")


def hint(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, or else which there are; brackets and case are no difference."""
    names = {name.strip("[]").lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), names, n=1)
    return f"did you mean {names[close[0]]}?" if close else f"known: {', '.join(names.values())}"


def shown(value: object) -> str:
    """Write a value for a message: as TOML has it, without the password of an address, cut when long."""
    text = _PASSWORD.sub("://***@", to_toml(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
