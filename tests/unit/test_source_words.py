"""What sources say of themselves, in the reader's language."""

import re
from pathlib import Path

import pytest

import ingest
from dashboards.console.source_words import _SAID, in_spanish
from dashboards.console.speech import Speech

SOURCES = Path(next(iter(ingest.__path__)))


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "jetstream.example no longer had what followed the last event known",
            "jetstream.example ya no tenía lo que siguió al último evento leído",
        ),
        ("a.csv was replaced or cut short while it was read", "a.csv se sustituyó o se acortó mientras se leía"),
        ("one.example: the host closed the connection (1006)", "one.example: el servidor cerró la conexión (1006)"),
        (
            "feed 1 (news.example): the name cannot be resolved; feed 4 (a.example): HTTP 500; and 2 more",
            "canal 1 (news.example): el nombre no se puede resolver; canal 4 (a.example): HTTP 500; y 2 más",
        ),
        ("posts.csv: cannot be read: No such file or directory", "posts.csv: no se puede leer: no existe"),
        ("a sentence that nobody foresaw", "a sentence that nobody foresaw"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_a_source_tells_is_said_in_spanish(english: str, spanish: str) -> None:
    """Why a source missed something and what is wrong with it is said in Spanish where the page is."""
    assert in_spanish(english) == spanish
    assert Speech("es").told(english) == spanish
    assert Speech("en").told(english) == english


_OURS = [english for english, _ in _SAID if not english.startswith((": No such", ": Permission"))]
"""The others are the operating system's."""


@pytest.mark.parametrize("pattern", _OURS)
def test_every_sentence_is_one_that_a_source_says(pattern: str) -> None:
    """No sentence is kept that no source says any more: a source that says it otherwise would be shown in English."""
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))
    words = re.findall(r"[a-z][a-z ,;]+[a-z]", re.sub(r"\\b|\(\?.*?\)+", " ", pattern))
    assert words
    assert all(piece in code for piece in words)
