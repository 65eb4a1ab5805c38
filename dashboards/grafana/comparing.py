"""How a dashboard differs from the one that is there, and whether anybody saved it since it was published. Pure.

Grafana adds keys of its own and moves old ones forward, so equality would never be reached. Compared is what we write:
a key that only Grafana has is no difference; a panel, variable, query or link that only it has is one.

Who saved last is told by a stamp that travels in the dashboard as a hidden constant, since Grafana keeps nothing else
through all its formats: the version that Grafana was about to give it, and a digest of what we wrote. Grafana counts
a dashboard's versions by one (1 at first), so another version than the stamp's means another hand.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from dashboards.grafana.port import State

STAMP = "atalaya_published"
"""Name of the hidden variable."""
OF_GRAFANA = frozenset({"id", "version", "schemaVersion", "iteration"})
"""Keys of a dashboard that Grafana counts up itself."""
_ENTRIES = {
    "panels": ("panel", "title"),
    "templating.list": ("variable", "name"),
    "annotations.list": ("annotation", "name"),
    "targets": ("query", "refId"),
}
"""Lists whose entries are told apart by a key, not by their place: what an entry is called, and that key."""
_LONGEST = 48
_PASSWORD = re.compile(r"://[^\s/\"]*@")
"""In an address that somebody set by hand."""


class Stamp(NamedTuple):
    """What the last publication left: the version that it became, and a digest of what it wrote."""

    version: int
    digest: str


def digest_of(dashboard: Mapping[str, Any]) -> str:
    """16 hexadecimal digits of what a dashboard says; keys that Grafana counts up make no difference."""
    said = {key: value for key, value in dashboard.items() if key not in OF_GRAFANA}
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def stamped(dashboard: Mapping[str, Any], version: int) -> dict[str, Any]:
    """A dashboard that carries the version that Grafana will give it."""
    constant = {
        "name": STAMP, "type": "constant", "hide": 2, "skipUrlSync": True,
        "query": f"{version} {digest_of(dashboard)}",
    }  # fmt: skip
    variables = [*dashboard.get("templating", {}).get("list", ()), constant]
    return {**dashboard, "templating": {**dashboard.get("templating", {}), "list": variables}}


def stamp_of(found: Mapping[str, Any]) -> Stamp | None:
    """The stamp of a dashboard that is there; None: we did not write it, or it was taken out."""
    for variable in _variables(found):
        if isinstance(variable, Mapping) and variable.get("name") == STAMP:
            version, _, digest = str(variable.get("query", "")).partition(" ")
            return Stamp(int(version), digest) if version.isdecimal() and digest else None
    return None


def changes(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a dashboard differs from the one that is there, a line each; empty: nowhere."""
    without = [variable for variable in _variables(found) if _named(variable, "name") != STAMP]
    templating = found.get("templating")
    there = {**found, "templating": {**(templating if isinstance(templating, Mapping) else {}), "list": without}}
    return tuple(
        line for key, value in wanted.items() if key not in OF_GRAFANA for line in _differ(key, value, there.get(key))
    )


def judged(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, moved: bool, force: bool
) -> tuple[State, tuple[str, ...]]:
    """What is to become of a dashboard that is there, and where it differs.

    Args:
        moved: it lies in another folder. force: write over what another hand saved.
    """
    stamp, version = stamp_of(found), found.get("version")
    ours = stamp is not None and stamp.version == version
    if ours and stamp is not None and stamp.digest == digest_of(wanted) and not moved:
        return "unchanged", ()
    lines = (("folder: it was moved",) if moved else ()) + changes(wanted, found)
    if not lines and (ours or not force):
        return "unchanged", ()
    return ("changed" if ours or force else "edited"), lines


def _variables(dashboard: Mapping[str, Any]) -> Sequence[Any]:
    templating = dashboard.get("templating")
    found = templating.get("list") if isinstance(templating, Mapping) else None
    return found if isinstance(found, Sequence) and not isinstance(found, str) else []


def _differ(where: str, wanted: object, found: object) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, value in wanted.items():
            yield from _differ(f"{where}.{key}", value, found.get(key))
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _lists_differ(where, wanted, found)
    elif wanted != found and not (_is_nothing(wanted) and _is_nothing(found)):
        yield f"{where}: {_shown(found)} -> {_shown(wanted)}"


def _lists_differ(where: str, wanted: list[Any], found: list[Any]) -> Iterator[str]:
    before, comma, last = where.rpartition(", ")
    if last in _ENTRIES:
        called, key = _ENTRIES[last]
        yield from _entries_differ(f"{before}{comma}{called}", key, wanted, found)
        return
    if len(wanted) != len(found):
        yield f"{where}: {_shown(found)} -> {_shown(wanted)}"
        return
    for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
        yield from _differ(f"{where}[{number}]", one, other)


def _entries_differ(called: str, key: str, wanted: list[Any], found: list[Any]) -> Iterator[str]:
    there: dict[Any, list[Any]] = {}
    for entry in found:
        if isinstance(entry, Mapping) and entry.get("builtIn"):
            continue  # the annotations of Grafana's own alerts, which it adds to every dashboard
        there.setdefault(_named(entry, key), []).append(entry)
    for entry in wanted:
        same = there.get(entry.get(key))
        if not same:
            yield f'{called} "{entry.get(key)}": is missing'
            continue
        other = same.pop(0)
        for name, value in entry.items():
            if name != "id":  # of a panel: its number, which others before it move
                yield from _differ(f'{called} "{entry.get(key)}", {name}', value, other.get(name))
    for name, left in there.items():
        yield from (f'{called} "{name}": is only in Grafana' for _ in left)


def _named(entry: object, key: str) -> Any:
    name = entry.get(key) if isinstance(entry, Mapping) else None
    return name if isinstance(name, str | int) else None


def _is_nothing(value: object) -> bool:
    """Grafana leaves out what is empty, and false, as it likes."""
    return value is None or value is False or value in ("", [], {})


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = _PASSWORD.sub("://***@", json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
