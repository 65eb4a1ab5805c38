import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentions.settings_lines import Path, key_lines, line_of

DOCUMENT = '''# a comment with key = "value"
[store]
url = "a # b"      # not a comment inside
"quoted key" = 1

[time]
allowance_seconds = 30
[[source]]
type = "rss"
urls = [
  "https://a.example",  # one
  "https://b.example/[x]",
]
[source.map]
text = "t"
[[source]]
type = "file"
map = { text = "x", author.id = "y" }
[[brand]]
name = "a"
query = """
lumbre
name = "no key"
"""
role = 'own'
[[brand]]
  name = "b"
a.b.c = 1
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("store",), 2),
        (("store", "url"), 3),
        (("store", "quoted key"), 4),
        (("time", "allowance_seconds"), 7),
        (("source",), 8),
        (("source", 0), 8),
        (("source", 0, "type"), 9),
        (("source", 0, "urls"), 10),
        (("source", 0, "map", "text"), 15),
        (("source", 1, "type"), 17),
        (("source", 1, "map"), 18),
        (("brand", 0, "name"), 20),
        (("brand", 0, "role"), 25),
        (("brand", 1, "name"), 27),
        (("brand", 1, "a", "b", "c"), 28),
    ],
)
def test_each_key_has_its_line(path: Path, line: int) -> None:
    """Keys and headers are found on their lines past comments, lists, inline tables and texts of several lines."""
    assert line_of(key_lines(DOCUMENT), path) == line


@pytest.mark.parametrize(
    ("path", "line"), [(("source", 1, "map", "author"), 18), (("brand", 1, "query"), 26), (("nothing",), None)]
)
def test_what_has_no_line_has_that_of_what_holds_it(path: Path, line: int | None) -> None:
    """A key inside an inline table, or one that is missing, is placed at the nearest key or table above it."""
    assert line_of(key_lines(DOCUMENT), path) == line


def test_nothing_inside_a_text_is_a_key() -> None:
    """`name = "no key"` inside a text of several lines is not taken for a key."""
    assert all(line != 23 for line in key_lines(DOCUMENT).values())


def test_windows_line_ends_change_no_line() -> None:
    """A document with CR LF has the same lines."""
    assert key_lines(DOCUMENT.replace("\n", "\r\n")) == key_lines(DOCUMENT)


_values = st.recursive(
    st.integers() | st.booleans() | st.text(st.sampled_from("ab\"'#[]{}=\n\\")),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def _basic(value: object) -> str:
    """Write a value as TOML, texts with every escape; lists on several lines."""
    if isinstance(value, list):
        return "[\n" + "".join(f'  {_basic(item)}, # ] and "\n' for item in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return str(value).lower()


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(st.lists(_values, max_size=6), st.booleans())
def test_the_line_of_a_key_is_where_it_was_written(values: list[object], literal: bool) -> None:
    """Whatever the values are, each key is found on the line on which it was written."""
    text, expected = "", {}
    for number, value in enumerate(values):
        expected[f"k{number}",] = text.count("\n") + 1
        written = _basic(value)
        if literal and isinstance(value, str) and "'" not in value:
            written = f"'''{value}'''"
        text += f"k{number} = {written}\n"
    assert set(tomllib.loads(text)) == {key for (key,) in expected}

    assert key_lines(text) == expected


@settings(deadline=None)
@given(st.text(st.sampled_from("ab=.\"'#[]{} \n\r\\,"), max_size=60))
def test_no_text_raises_or_hangs(text: str) -> None:
    """Text that is no TOML gives some answer."""
    key_lines(text)
