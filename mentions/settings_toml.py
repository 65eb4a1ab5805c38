"""From the bytes of a TOML document to its tables; what cannot be read is told with its line and the usual cause."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from mentions.errors import SettingsError

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)\Z")
_TWICE = re.compile(r"Cannot declare \('([^']+)',\) twice")
_REPEATED = ("brand", "source", "channel")
_AT_END = " (at end of document)"
_USUAL_CAUSES: Mapping[str, str] = {
    "Invalid value": 'a text stands between quotes, key = "text"; yes and no are true and false',
    "Unescaped '\\' in a string": "write / instead of \\ in paths, or put the text between single quotes",
    "Invalid hex value": "write / instead of \\ in paths, or put the text between single quotes",
    "Illegal character '\\n'": "close the quotes on the same line",
    "Unterminated string": "close the quotes",
    "Unclosed array": "close the list with ]",
    "Cannot overwrite a value": "each key stands once",
    "Cannot declare": "a [section] stands once; [[brand]], [[source]], [[channel]] may be repeated, with two brackets",
    "Cannot mutate": "a [section] stands once; [[brand]], [[source]], [[channel]] may be repeated, with two brackets",
    "Expected '=' after a key": "write key = value; a section is [name], a repeated one [[name]]",
}


def decoded(document: bytes, where: str) -> str:
    """Read bytes as UTF-8, with or without a byte order mark.

    Raises:
        SettingsError: they are no UTF-8; names the line.
    """
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{where}:{line}", "", "this is not UTF-8", "save the file as UTF-8") from error


def tables_of(text: str, where: str) -> dict[str, Any]:
    """Read a document.

    Raises:
        SettingsError: it is not TOML; names the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = _placed(str(error), text)
        allowed = _said_before(message, text) or next(
            (cause for start, cause in _USUAL_CAUSES.items() if message.startswith(start)), ""
        )
        raise SettingsError(
            f"{where}:{line}", "", f"this is not TOML: {message}", allowed or "see docs/configuration.md"
        ) from error
    except RecursionError as error:
        raise SettingsError(where, "", "lists are nested too deeply", "no setting needs that") from error


def _said_before(message: str, text: str) -> str:
    """Where a section stands already that stands twice; empty: it is none, or one that is meant to be repeated."""
    twice = _TWICE.match(message)
    name = twice[1] if twice else ""
    first = re.search(rf"^[ \t]*\[{re.escape(name)}\]", text, re.MULTILINE)
    if not name or name in _REPEATED or first is None:
        return ""
    return f"[{name}] is on line {text.count(chr(10), 0, first.start()) + 1} already: write its keys there"


def _placed(message: str, text: str) -> tuple[str, int]:
    """Split the reader's message into what is wrong and on which line."""
    match = _AT_LINE.search(message)
    if match is not None:
        return message[: match.start()], int(match[1])
    return message.removesuffix(_AT_END), max(len(text.splitlines()), 1)
