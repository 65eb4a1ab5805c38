"""On which line of a TOML document each key stands; the standard library's reader does not say."""

import re
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""A key's place: `("brand", 0, "query")` is `query` of the first `[[brand]]`."""

_PART = re.compile(r'\s*(?:"(?P<basic>(?:[^"\\\n]|\\.)*)"|\'(?P<literal>[^\'\n]*)\'|(?P<bare>[A-Za-z0-9_-]+))[ \t]*')
_VALUE_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|[\[{]|[\]}]|\n|[^\"'#\[\]{}\n]+|.",
    re.DOTALL,
)


def key_lines(text: str) -> Mapping[Path, int]:
    """Map each key and table header to its line, counted from 1.

    Keys inside inline tables and lists have no entry: their line is that of the nearest path above (`line_of`).
    Expects a valid document; on any other text the answer is of no use, but it does come and nothing is raised.
    """
    return _Scan(text).run()


def line_of(lines: Mapping[Path, int], path: Path) -> int | None:
    """Line of `path`, or of the nearest key or table that holds it; None for what the document does not have."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


class _Scan:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.table: Path = ()
        self.lists: dict[Path, int] = {}
        self.lines: dict[Path, int] = {}
        self.line_ends = [match.start() for match in re.finditer("\n", text)]

    def run(self) -> Mapping[Path, int]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "[":
                self._header()
            elif char in " \t\r\n\ufeff":
                self.at += 1
            else:
                self._pair()
        return self.lines

    def _header(self) -> None:
        line, repeated = self._line(), self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        parts = self._key()
        self.table = self._resolved(parts[:-1]) + parts[-1:]
        if repeated:
            self.lines.setdefault(self.table, line)
            number = self.lists[self.table] = self.lists.get(self.table, -1) + 1
            self.table = (*self.table, number)
        else:
            self.table = self._resolved(parts)
        self.lines.setdefault(self.table, line)
        self._skip_to_line_end()

    def _pair(self) -> None:
        line = self._line()
        path = self.table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._skip_to_line_end()

    def _key(self) -> tuple[str, ...]:
        parts = []
        while match := _PART.match(self.text, self.at):
            parts.append(match[match.lastgroup or 0])
            self.at = match.end()
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        return tuple(parts)

    def _resolved(self, parts: tuple[str, ...]) -> Path:
        """Put the number of the latest `[[list]]` behind each part that names one."""
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self.lists:
                path = (*path, self.lists[path])
        return path

    def _skip_to_line_end(self) -> None:
        """Go past the rest of the line and of every bracket and text that begins on it."""
        depth = 0
        while match := _VALUE_PIECE.match(self.text, self.at):
            piece, self.at = match[0], match.end()
            depth += (piece in "[{") - (piece in "]}")
            if piece == "\n" and depth <= 0:
                return

    def _line(self) -> int:
        return bisect_left(self.line_ends, self.at) + 1
