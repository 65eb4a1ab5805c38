import os
from pathlib import Path

import pytest

from atalaya.config import ensure_folders, find, load
from mentions.errors import SettingsError, Unavailable
from mentions.settings import Settings
from mentions.settings_schema import Secret
from mentions.settings_sources import FileSettings


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder beside the current one."""
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def write(folder: Path, document: str, name: str = "atalaya.toml") -> Path:
    """Write a configuration into a folder."""
    path = folder / name
    path.write_text(document, encoding="utf-8")
    return path


def complaint(folder: Path, document: str, **env: str) -> str:
    """What `load` says against a configuration that it must refuse."""
    write(folder, document)
    with pytest.raises(SettingsError) as refused:
        load(None, env, folder)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_without_any_file_there_are_defaults_below_the_current_folder(here: Path) -> None:
    """No configuration is no error: defaults, `configured` false, files below the current folder."""
    settings = load(None, {}, here)

    assert not settings.configured
    assert settings.store.url == f"sqlite:///{here}/atalaya-data/atalaya.sqlite"
    assert settings.outbox.path == str(here / "atalaya-data/outbox.sqlite")


def test_the_environment_overrides_the_defaults_too(here: Path) -> None:
    """Without a file the environment still counts, and a mistyped name is still refused."""
    assert load(None, {"ATALAYA_SERVER_PORT": "9"}, here).server.port == 9
    with pytest.raises(SettingsError, match="ATALAYA_SERVER_PROT"):
        load(None, {"ATALAYA_SERVER_PROT": "9"}, here)


def test_the_file_named_comes_first_then_the_current_folders_then_the_environments(here: Path, shop: Path) -> None:
    """`-c` wins over ./atalaya.toml, and that over $ATALAYA_CONFIG."""
    named = write(shop, "[server]\nport = 1")
    env = {"ATALAYA_CONFIG": str(write(shop, "[server]\nport = 2", "other.toml"))}

    assert load(None, env, here).server.port == 2
    write(here, "[server]\nport = 3")
    assert load(None, env, here).server.port == 3
    assert load(named, env, here).server.port == 1


def test_a_folder_stands_for_the_file_in_it(here: Path, shop: Path) -> None:
    """`-c DIR` means DIR/atalaya.toml, where `init DIR` writes it."""
    write(shop, "[server]\nport = 1")

    assert load(shop, {}, here).server.port == 1
    assert load(Path("../shop"), {}, here).file == "../shop/atalaya.toml"


@pytest.mark.parametrize("env", [{}, {"ATALAYA_CONFIG": "gone.toml"}])
def test_a_file_that_was_named_must_exist(env: dict[str, str], here: Path) -> None:
    """A file named by `-c` or the environment that does not exist is wrong usage, never the defaults."""
    with pytest.raises(SettingsError, match=r"there is no file gone\.toml") as refused:
        find(None if env else Path("gone.toml"), env, here)

    assert refused.value.exit_code == 2
    assert refused.value.where == ("environment variable ATALAYA_CONFIG" if env else "-c")


def test_a_file_that_cannot_be_read_is_unavailable(here: Path) -> None:
    """A file that exists and cannot be read now is exit code 3."""
    (here / "odd" / "atalaya.toml").mkdir(parents=True)  # the superuser may read every file, but no folder as one

    with pytest.raises(Unavailable, match=r"odd/atalaya\.toml cannot be read") as failed:
        load(Path("odd"), {}, here)
    assert failed.value.exit_code == 3


def test_messages_name_the_file_as_the_user_did(here: Path, shop: Path) -> None:
    """An error in a named file begins with the path as it was given, and the line."""
    write(shop, "[server]\nport = -1")

    with pytest.raises(SettingsError, match=r"^\.\./shop/atalaya\.toml:2: server\.port"):
        load(Path("../shop/atalaya.toml"), {}, here)


def test_paths_in_the_file_are_relative_to_its_folder(here: Path, shop: Path) -> None:
    """Store, outbox and source files lie where the configuration lies, wherever the program was started."""
    write(
        shop,
        """
        [store]
        url = "sqlite:///data/a.sqlite"
        [outbox]
        path = "o.sqlite"
        [[source]]
        type = "file"
        path = "posts.jsonl"
        """,
    )

    settings = load(shop, {}, here)

    assert settings.store.url == f"sqlite:///{shop}/data/a.sqlite"
    assert settings.outbox.path == str(shop / "o.sqlite")
    assert [source.path for source in settings.sources if isinstance(source, FileSettings)] == [
        str(shop / "posts.jsonl")
    ]


def test_paths_in_the_environment_are_relative_to_the_current_folder(here: Path, shop: Path) -> None:
    """What a shell sets is meant from where the shell stands, as on the command line."""
    write(shop, "")

    settings = load(shop, {"ATALAYA_STORE_URL": "a.sqlite", "ATALAYA_OUTBOX_PATH": "o.sqlite"}, here)

    assert settings.store.url == f"sqlite:///{here}/a.sqlite"
    assert settings.outbox.path == str(here / "o.sqlite")


@pytest.mark.parametrize(
    "url", ["sqlite:////var/a.sqlite", ":memory:", "sqlite://", "sqlite:///:memory:", "postgresql://ana@h/d"]
)
def test_addresses_that_are_not_relative_stay(url: str, here: Path) -> None:
    """An absolute path, memory and PostgreSQL are taken as they are."""
    assert load(None, {"ATALAYA_STORE_URL": url}, here).store.url == url


def test_a_secret_comes_from_a_file_without_its_line_end(here: Path, shop: Path) -> None:
    """`file:PATH` is relative to the configuration's folder; the line end that editors add is no part of the secret."""
    (shop / "word").write_text("hush \n", encoding="utf-8")
    write(shop, "[store]\nurl = 'postgresql://ana@h/d'\npassword = 'file:word'")

    assert load(shop, {}, here).store.password == Secret("hush ")


def test_a_secret_file_that_is_missing_or_empty_is_refused(here: Path) -> None:
    """A `file:` secret that cannot be read, or holds nothing, names the key and the file."""
    document = "[store]\nurl = 'postgresql://ana@h/d'\npassword = 'file:word'"

    assert 'atalaya.toml:3: store.password: cannot read "file:word"' in complaint(here, document)
    (here / "word").write_text("\n", encoding="utf-8")
    assert "the file is empty" in complaint(here, document)


FILE = "[[source]]\ntype = 'file'\npath = 'p'\n"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("[time]\ntime_zone = 'Europe/Madird'", 'unknown time zone "Europe/Madird"; did you mean Europe/Madrid?'),
        ("[time]\ntime_zone = 'Nowhere'", 'unknown time zone "Nowhere"; write an IANA name, such as "Europe/Madrid"'),
        ("[time]\ntime_zone = '../../etc/passwd'", "atalaya.toml:2: time.time_zone: unknown time zone"),
        ("[time]\ntime_zone = 'Europe'", "atalaya.toml:2: time.time_zone: unknown time zone"),
        ("[[brand]]\nname = 'a'\nquery = 'b'\ntime_zone = 'Mars'", "atalaya.toml:4: brand.time_zone: unknown"),
        (FILE + "time_zone = 'Mars'", "atalaya.toml:4: source.time_zone: unknown"),
        (FILE + "map = { txt = 'a' }", 'toml:4: source.map: a post has no field "txt"; did you mean text?'),
        (FILE + "time_format = '%Q'", "atalaya.toml:4: source.time_format: "),
        ("[store]\nurl = 'x.sqlite'\n[outbox]\npath = 'x.sqlite'", "toml:4: outbox.path: this is the store's file too"),
    ],
)  # fmt: skip
def test_what_needs_more_than_the_text_is_checked_too(document: str, says: str, here: Path) -> None:
    """Time zones, fields, formats and files that cannot work are refused at the start, with their lines."""
    assert says in complaint(here, document)


def test_a_bad_zone_in_the_environment_is_told_of_the_environment(here: Path) -> None:
    """The place named is the variable, not a line of the file."""
    said = complaint(here, "[time]\ntime_zone = 'UTC'", ATALAYA_TIME_TIME_ZONE="Mars")

    assert said.startswith("environment variable ATALAYA_TIME_TIME_ZONE: time.time_zone: unknown")


def test_a_query_that_cannot_be_read_is_shown_with_a_caret(here: Path) -> None:
    """A brand's query is parsed at the start; the message has its line and a caret under the place."""
    said = complaint(here, "[[brand]]\nname = 'lumbre'\nquery = '(pan OR torta'").splitlines()

    assert said[0].startswith("atalaya.toml:3: brand.query: ")
    assert said[1] == "  (pan OR torta"
    assert set(said[2]) == {" ", "^"}


def test_several_bad_queries_are_told_together(here: Path) -> None:
    """Every brand's query is checked, not only the first."""
    said = complaint(here, "[[brand]]\nname = 'a'\nquery = '(x'\n[[brand]]\nname = 'b'\nquery = '(y'")

    assert "atalaya.toml:3: brand.query" in said
    assert "atalaya.toml:6: brand.query" in said


def test_the_folders_of_the_data_are_made(here: Path) -> None:
    """`ensure_folders` makes what the defaults need, and is content when all is there."""
    settings = load(None, {}, here)

    ensure_folders(settings)
    ensure_folders(settings)

    assert (here / "atalaya-data").is_dir()


def test_a_folder_that_cannot_be_made_is_unavailable(here: Path) -> None:
    """A file where a folder should be is told, with the path."""
    (here / "atalaya-data").write_text("", encoding="utf-8")

    with pytest.raises(Unavailable, match="atalaya-data cannot be created"):
        ensure_folders(load(None, {}, here))


def test_a_store_that_is_no_file_needs_no_folder(here: Path) -> None:
    """PostgreSQL and memory make no folder of their own."""
    settings = load(None, {"ATALAYA_STORE_URL": "postgresql://ana@h/d", "ATALAYA_OUTBOX_PATH": "o.sqlite"}, here)

    ensure_folders(settings)

    assert os.listdir(here) == []


def test_loading_gives_settings(here: Path) -> None:
    """The whole of a small file arrives."""
    write(here, "[[brand]]\nname = 'lumbre'\nquery = 'lumbre OR @lumbre'\n[[source]]\ntype = 'bluesky'")

    settings = load(None, {}, here)

    assert isinstance(settings, Settings)
    assert settings.configured
    assert [brand.name for brand in settings.brands] == ["lumbre"]
