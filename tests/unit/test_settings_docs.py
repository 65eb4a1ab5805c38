import re
from pathlib import Path

import pytest

from mentions.settings import SECTIONS, env_names, parse
from mentions.settings_brand import BrandSettings
from mentions.settings_channels import CHANNELS
from mentions.settings_reading import OTHER_NAMES
from mentions.settings_schema import NO_DEFAULT, Entry, entries, to_toml
from mentions.settings_sources import SOURCES

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
HEADERS = {
    **{f"[{name}]": entries(name, kind) for name, kind in SECTIONS.items()},
    **{f'[[source]] type = "{name}"': entries(name, kind) for name, kind in SOURCES.items()},
    "[[brand]]": entries("brand", BrandSettings),
    **{f'[[channel]] type = "{name}"': entries(name, kind) for name, kind in CHANNELS.items()},
}
OF_CHANNELS = {"ATALAYA_CHANNEL_NAME_KEY", "ATALAYA_CHANNEL_NIGHT_SHIFT_PASSWORD"}
"""What the page shows of the variables that are named by a channel."""


def row(entry: Entry) -> str:
    """The line of the table that a key must have."""
    if entry.default is NO_DEFAULT:
        default = "must be given"
    else:
        default = f"`{to_toml(entry.default)}`" if entry.default not in (None, (), {}) else "none"
    return f"| `{entry.key}` | {default} | {entry.allowed} | {entry.meaning} |"


def documented() -> dict[str, list[str]]:
    """The tables of the page: the rows below each heading that names a section."""
    parts = re.split(r"^### `(.+)`$", PAGE, flags=re.MULTILINE)
    rows = (re.findall(r"^\| `.*\|$", text, re.MULTILINE) for text in parts[2::2])
    return dict(zip(parts[1::2], rows, strict=True))


@pytest.mark.parametrize("header", HEADERS)
def test_every_setting_is_documented_as_it_is(header: str) -> None:
    """Each section's table has exactly its keys, with default, what is allowed and meaning as the code has them."""
    assert documented()[header] == [row(entry) for entry in HEADERS[header]]


def test_nothing_else_is_documented() -> None:
    """The page has a table for each section that exists, and no other."""
    assert list(documented()) == list(HEADERS)


def test_every_variable_named_exists() -> None:
    """Each ATALAYA_ name on the page is a setting's, or one of the few others, all of which are named."""
    named = set(re.findall(r"ATALAYA_[A-Z_]+[A-Z]", PAGE))

    assert named <= {*env_names(), *OTHER_NAMES, *OF_CHANNELS, "ATALAYA_TEST", "ATALAYA_SECTION_KEY"}
    assert named >= OTHER_NAMES.keys()


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_is_valid(block: str) -> None:
    """Each TOML block on the page can be copied into a file and is read."""
    parse(block.encode(), {}, read_secret=lambda path: "https://x.example")
