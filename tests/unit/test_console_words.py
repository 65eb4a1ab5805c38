"""The console's words: both languages are whole, and templates and code use them."""

import re
import string
from pathlib import Path

import pytest

import dashboards.console
from dashboards.console.words import DROPS, LANGUAGES, WORDS
from mentions.drops import Drop
from processors.notifying.phrases import SOURCES

CONSOLE = Path(next(iter(dashboards.console.__path__)))
MADE_UP = re.compile(
    r"(number|state|class|kind|why|verdict|change|intent|aspect|window|last|before|mark|campaign|legend|rate|told|step)_"
    r"|_(many|voice)$|^(positive|neutral|negative|unjudged)$"
)
"""Keys that code puts together from a closed set of values."""


def fields(words: str) -> set[str]:
    """The names that are filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("key", WORDS)
def test_every_word_is_there_in_both_languages(key: str) -> None:
    """A key has words in English and in Spanish, with the same parts to fill in and the same forms for one and many."""
    english, spanish = WORDS[key]
    assert english.strip()
    assert spanish.strip()
    for one, other in zip(english.split("|"), spanish.split("|"), strict=True):
        assert fields(one) == fields(other)


def test_every_reason_for_a_drop_is_said_in_both_languages() -> None:
    """The closed set of drop reasons is whole in both languages, and no sentence stands for two reasons."""
    assert set(DROPS) == set(Drop)
    for sentences in zip(*DROPS.values(), strict=True):
        assert len(set(sentences)) == len(Drop)
        assert all(sentence.endswith(".") for sentence in sentences)


def test_every_word_is_used() -> None:
    """No key of the words is left over: each stands in a template, in the code, or belongs to a closed set."""
    sources = [
        *CONSOLE.glob("templates/*.html"),
        *(path for path in CONSOLE.glob("*.py") if not path.stem.startswith("words")),
    ]
    used = set(re.findall(r"[\"'](\w+)[\"']", "".join(path.read_text(encoding="utf-8") for path in sources)))
    assert {key for key in WORDS if key not in used and not MADE_UP.search(key)} == set()


def test_every_word_that_a_template_says_exists() -> None:
    """Each `s("key")` of a template is a key of the words."""
    said = {
        key
        for path in CONSOLE.glob("templates/*.html")
        for key in re.findall(r"\bs\([\"'](\w+)[\"']", path.read_text(encoding="utf-8"))
    }
    assert said
    assert {key for key in said if not key.endswith("_")} <= set(WORDS)  # others are put together


def test_no_word_holds_markup() -> None:
    """Words are text: none holds a character that HTML would take for markup."""
    everything = [*WORDS.values(), *LANGUAGES.values(), *SOURCES.values(), *DROPS.values()]
    assert not [pair for pair in everything if re.search(r"[<>&]", "".join(pair))]
