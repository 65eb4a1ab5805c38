import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from atalaya.template import brand_name, render
from mentions.matching import parse_query
from mentions.settings import Settings, all_entries, parse
from mentions.settings_channels import CHANNELS
from mentions.settings_schema import NO_DEFAULT
from mentions.settings_sources import SOURCES

# A commented-out key or header, but no prose: `# max_rows = 5`, `# [[source]]`.
HIDDEN = re.compile(r"^# (?=\[\[\w+\]\]$|\w+ = )", re.MULTILINE)


def uncommented(text: str) -> bytes:
    """The template with every hidden line made active, each source and brand a valid one."""
    shown = HIDDEN.sub("", text)
    shown = re.sub(r"^url = \"https.*\n", "", shown, flags=re.MULTILINE)  # a feed has url or urls
    shown = shown.replace('security_protocol = "PLAINTEXT"', 'security_protocol = "SASL_SSL"')  # which has a user
    return re.sub(r'^url = "sqlite[^"]*"', 'url = "postgresql://ana@h/d"', shown, flags=re.MULTILINE).encode()


def test_the_template_is_a_valid_configuration() -> None:
    """What `init` writes is read without complaint, and changes no default."""
    settings = parse(render("Lumbre").encode(), {})

    assert [(brand.name, brand.query) for brand in settings.brands] == [("lumbre", '"Lumbre"')]
    assert [source.type for source in settings.sources] == ["bluesky"]
    assert settings == Settings(brands=settings.brands, sources=settings.sources, file="atalaya.toml")


def test_without_brand_nothing_is_watched_yet() -> None:
    """Without a name the brand is an example behind `#`."""
    text = render(sources=())

    assert parse(text.encode(), {}) == Settings(file="atalaya.toml")
    assert '# name = "lumbre"' in text


@pytest.mark.parametrize("source", SOURCES)
def test_every_type_of_source_can_be_asked_for(source: str) -> None:
    """The sources asked for, and only they, are active."""
    assert [found.type for found in parse(render("Lumbre", [source]).encode(), {}).sources] == [source]


def test_an_unknown_source_is_a_fault_of_the_caller() -> None:
    """A type that does not exist is refused, never left out in silence."""
    with pytest.raises(KeyError):
        render("Lumbre", ["blusky"])


def test_every_hidden_line_is_a_real_setting() -> None:
    """With every `#` before a key removed the configuration is still valid: no line shows a key that does not exist."""
    settings = parse(uncommented(render("Lumbre", SOURCES)), {}, read_secret=lambda path: "https://x.example")

    assert len(settings.sources) == len(SOURCES)
    assert len(settings.channels) == len(CHANNELS)


def test_every_setting_is_shown_once() -> None:
    """The template leaves no key out: each has its line in its section, active or hidden."""
    lines = re.findall(r"^(?:# )?(\w+) = ", render("Lumbre", SOURCES), re.MULTILINE)

    assert sorted(key for key in lines if key != "type") == sorted(entry.key for entry in all_entries())


def test_hidden_keys_show_their_defaults() -> None:
    """A key that has a telling default is shown with it, so that removing `#` changes nothing."""
    plain = parse(render("Lumbre", SOURCES).encode(), {})
    shown = parse(uncommented(render("Lumbre", SOURCES)), {}, read_secret=lambda path: "https://x.example")

    for entry in all_entries():
        if ":" in entry.section or entry.section == "brand" or entry.default in (NO_DEFAULT, None, ()):
            continue
        if entry.key not in ("url", "security_protocol"):  # which `uncommented` changes
            assert getattr(getattr(shown, entry.section), entry.key) == entry.default, entry
    assert [source.name for source in plain.sources] == [source.name for source in shown.sources]


def test_no_line_is_too_wide_to_read() -> None:
    """No line is wider than 130 characters."""
    assert max(map(len, render("Lumbre", SOURCES).splitlines())) <= 130


@pytest.mark.parametrize(
    ("called", "name"),
    [
        ("Lumbre", "lumbre"),
        ("Panadería Lumbre", "panaderia-lumbre"),
        ("  Ñandú & Söhne, S.L. ", "nandu-sohne-s-l"),
        ("火", "brand"),
        ("Other", "brand"),
        ("x" * 100, "x" * 63),
    ],
)
def test_a_brands_short_name_comes_from_what_people_call_it(called: str, name: str) -> None:
    """Accents, blanks and signs go; what leaves nothing, or the reserved name, becomes `brand`."""
    assert brand_name(called) == name


@settings(deadline=None)  # here and below: a busy machine is no failure
@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=40))
@example("Lumbre \ud83e")
@example('"\\\n\x7f')
def test_any_name_gives_a_file_that_can_be_read(called: str) -> None:
    """Whatever a person types as name, quotes, line ends and lone surrogates among it, the file is valid TOML."""
    settings = parse(render(called).encode(), {})

    assert len(settings.brands) == 1


@settings(deadline=None)
@given(st.from_regex(r"[\w&.'\" -]*[a-zA-Zñéü]{2,}[\w&.'\" -]*", fullmatch=True))
def test_the_query_for_a_name_is_valid(called: str) -> None:
    """The query written for a name with letters is one that the query language takes."""
    parse_query(parse(render(called).encode(), {}).brands[0].query)
