"""What the store promises of brands, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from mentions.brands import Brand, BrandVersion
from mentions.errors import QueryError, SettingsError, UsageError
from processors.store import brands
from processors.store.opening import Store, open_store

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LUMBRE = Brand(
    name="lumbre", query='lumbre OR "pan de lumbre"', accounts=("bluesky:lumbre.example",), time_zone="Europe/Madrid"
)
NUBIRA = Brand(name="nubira", query="nubira", role="competitor")


def add(store: Store, brand: Brand, now: datetime = NOON, who: str = "ana") -> BrandVersion:
    """Add a version in a transaction of its own."""
    with store.writing() as connection:
        return brands.add_version(connection, brand, who=who, why="first", now=now)


def seed(store: Store, *configured: Brand, now: datetime = NOON) -> brands.Seeded:
    """Seed in a transaction of its own."""
    with store.writing() as connection:
        return brands.seed(connection, configured, now)


def queries(store: Store) -> dict[str, str]:
    """Return the current queries by name."""
    with store.reading() as connection:
        return {entry.brand.name: entry.brand.query for entry in brands.current(connection)}


def test_a_version_is_read_back_as_it_was_written(store: Store) -> None:
    """Every field of a brand, who changed it, when and why, comes back as it was given."""
    written = add(store, LUMBRE)
    with store.reading() as connection:
        assert brands.all_versions(connection) == brands.history(connection, "lumbre") == [written]
    assert written == BrandVersion(
        brand=LUMBRE,
        version=1,
        effective_from=NOON + MINUTE,
        changed_at=NOON,
        changed_by="ana",
        why="first",
    )


@pytest.mark.parametrize(
    ("second", "expected"), [(0, 60), (49, 60), (49.999999, 60), (50, 120), (50.000001, 120), (59, 120)]
)
def test_a_version_takes_effect_at_the_next_whole_minute_after_ten_seconds(
    store: Store, second: float, expected: int
) -> None:
    """Ten seconds are left for every process to hear of a version; it takes effect at the next whole minute after."""
    version = add(store, LUMBRE, NOON + timedelta(seconds=second))
    assert version.effective_from == NOON + timedelta(seconds=expected)


def test_a_clock_set_back_does_not_reorder_versions(store: Store) -> None:
    """A later version never takes effect before the one that it replaces."""
    first = add(store, LUMBRE)
    second = add(store, replace(LUMBRE, query="lumbre"), NOON - timedelta(hours=1))
    assert (second.version, second.effective_from) == (2, first.effective_from)


def test_the_same_definition_makes_no_new_version(store: Store) -> None:
    """Adding the definition that is already current changes nothing and returns the version that has it."""
    first = add(store, LUMBRE)
    assert add(store, LUMBRE, NOON + MINUTE, who="luis") == first


def test_an_earlier_definition_comes_back_as_a_new_version(store: Store) -> None:
    """`rollback` makes an old definition current as a new version; the versions between stay."""
    add(store, LUMBRE)
    add(store, replace(LUMBRE, query="lumbre"), NOON + MINUTE)
    with store.writing() as connection:
        back = brands.rollback(connection, "lumbre", 1, who="ana", why="too broad", now=NOON + 2 * MINUTE)
        assert (back.version, back.brand, back.why) == (3, LUMBRE, "too broad")
        assert [entry.version for entry in brands.history(connection, "lumbre")] == [1, 2, 3]


def test_a_retired_brand_is_no_longer_current_and_can_come_back(store: Store) -> None:
    """A retired brand leaves the current ones, keeps its history, and comes back when it is added, even unchanged."""
    add(store, LUMBRE)
    add(store, NUBIRA)
    with store.writing() as connection:
        retired = brands.retire(connection, "lumbre", who="ana", why="sold", now=NOON + MINUTE)
        assert brands.retire(connection, "lumbre", who="luis", why="again", now=NOON + MINUTE) == retired
    assert queries(store) == {"nubira": "nubira"}
    assert add(store, LUMBRE, NOON + 2 * MINUTE).version == 3
    assert queries(store) == {"lumbre": LUMBRE.query, "nubira": "nubira"}


def test_an_unknown_brand_or_version_is_refused_with_what_there_is(store: Store) -> None:
    """A mistyped brand names the near one; a version that is not there is named."""
    add(store, LUMBRE)

    def run(call: Callable[[Connection], object]) -> None:
        with store.writing() as connection:
            call(connection)

    with pytest.raises(UsageError, match="there is no brand 'lumbra'; known: lumbre"):
        run(lambda connection: brands.retire(connection, "lumbra", who="ana", why="", now=NOON))
    with pytest.raises(UsageError, match="brand 'lumbre' has no version 7"):
        run(lambda connection: brands.rollback(connection, "lumbre", 7, who="ana", why="", now=NOON))


@pytest.mark.parametrize(
    ("brand", "error", "message"),
    [
        (replace(LUMBRE, name="Lum bre"), SettingsError, r'brand "Lum bre": name: found "Lum bre"; write '),
        (replace(LUMBRE, name="other"), SettingsError, r"name: found \"other\"; it is the sum"),
        (replace(LUMBRE, time_zone="Madrid"), SettingsError, r'time_zone: found "Madrid"; write an IANA'),
        (replace(LUMBRE, time_zone="../etc"), SettingsError, r"time_zone"),
        (replace(LUMBRE, accounts=("lumbre",)), SettingsError, r'accounts: found \["lumbre"\]; write a list such as'),
        (replace(LUMBRE, query="lumbre OR \ud800"), SettingsError, r"half a character"),
        (replace(LUMBRE, query='"lumbre'), QueryError, r"\^"),
    ],
)
def test_a_brand_that_would_stop_a_process_never_enters(
    store: Store, brand: Brand, error: type[Exception], message: str
) -> None:
    """A brand that breaks a rule is refused by key, found and allowed, and nothing is written."""
    with pytest.raises(error, match=message):
        add(store, brand)
    with pytest.raises(error, match=message):
        seed(store, NUBIRA, brand)
    assert queries(store) == {}


def test_what_people_write_may_hold_any_character(store: Store) -> None:
    """A reason with NUL and half characters is stored with U+FFFD in their places."""
    with store.writing() as connection:
        brands.add_version(connection, LUMBRE, who="a\0", why="x\ud800y\0 ñ😀", now=NOON)
        assert brands.history(connection, "lumbre")[0].why == "x\ufffdy\ufffd ñ😀"


def test_an_unchanged_configuration_changes_nothing(store: Store) -> None:
    """Starting again with the same configuration makes no versions."""
    assert [entry.version for entry in seed(store, LUMBRE, NUBIRA).imported] == [1, 1]
    assert seed(store, LUMBRE, NUBIRA) == brands.Seeded((), ())


def test_an_edit_of_the_file_takes_effect(store: Store) -> None:
    """A brand whose configured definition changed is imported as a new version."""
    seed(store, LUMBRE, NUBIRA)
    edited = replace(LUMBRE, query="lumbre")
    assert [entry.brand for entry in seed(store, edited, NUBIRA, now=NOON + MINUTE).imported] == [edited]
    assert queries(store) == {"lumbre": "lumbre", "nubira": "nubira"}


def test_a_change_in_the_store_survives_an_unchanged_file(store: Store) -> None:
    """What people change in the store, retiring included, is not overwritten by a file that did not change."""
    seed(store, LUMBRE, NUBIRA)
    add(store, replace(LUMBRE, query="lumbre"), NOON + MINUTE)
    with store.writing() as connection:
        brands.retire(connection, "nubira", who="ana", why="gone", now=NOON + MINUTE)
    assert seed(store, LUMBRE, NUBIRA, now=NOON + 2 * MINUTE).imported == ()
    assert queries(store) == {"lumbre": "lumbre"}


def test_a_file_that_goes_back_to_an_older_text_is_an_edit(store: Store) -> None:
    """The file is compared with what it said last, also where the store already said the same by a person's hand."""
    other = replace(LUMBRE, query="lumbre")
    seed(store, LUMBRE)
    add(store, other, NOON + MINUTE)
    assert seed(store, other, now=NOON + 2 * MINUTE).imported == ()
    assert [entry.version for entry in seed(store, LUMBRE, now=NOON + 3 * MINUTE).imported] == [3]
    assert queries(store) == {"lumbre": LUMBRE.query}


def test_a_brand_that_left_the_file_is_reported_and_kept(store: Store) -> None:
    """A brand that an earlier configuration seeded and this one no longer names is told, but still watched."""
    seed(store, LUMBRE, NUBIRA)
    add(store, Brand(name="kolibri", query="kolibri"))
    assert seed(store, LUMBRE).orphans == ("nubira",)
    assert set(queries(store)) == {"kolibri", "lumbre", "nubira"}


def test_the_version_in_effect_is_that_of_the_moment(store: Store) -> None:
    """Each moment has the version that had taken effect by then; earlier moments have the first, retired ones none."""
    first = add(store, LUMBRE)
    second = add(store, replace(LUMBRE, query="lumbre"), NOON + 10 * MINUTE)
    with store.writing() as connection:
        gone = brands.retire(connection, "lumbre", who="ana", why="sold", now=NOON + 20 * MINUTE)
        versions = brands.all_versions(connection)

    def at(moment: datetime) -> int | None:
        entry = brands.covering(versions, moment).get("lumbre")
        return entry.version if entry else None

    assert at(NOON - timedelta(days=365)) == 1
    assert at(first.effective_from) == 1
    assert at(second.effective_from - timedelta(microseconds=1)) == 1
    assert at(second.effective_from) == 2
    assert at(gone.effective_from - timedelta(microseconds=1)) == 2
    assert at(gone.effective_from) is None


def test_a_poll_notices_every_new_version_and_nothing_else(store: Store) -> None:
    """`changed_since` gives a new marker after each new version, also one of another process, and else None."""
    with store.reading() as connection:
        marker = brands.changed_since(connection, brands.NEVER_SEEN)
        assert marker is not None
        assert brands.changed_since(connection, marker) is None
    address = store.path or store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with open_store(str(address)) as other:
        for number in range(3):
            add(other, replace(LUMBRE, query=f"lumbre{number}"))
            with store.reading() as connection:
                new = brands.changed_since(connection, marker)
                assert new is not None
                assert brands.changed_since(connection, new) is None
                marker = new
        add(other, replace(LUMBRE, query="lumbre2"))
        with store.reading() as connection:
            assert brands.changed_since(connection, marker) is None


def test_concurrent_changes_all_become_versions(store: Store) -> None:
    """People who change the same brand in the same moment all get a version of their own; none is lost."""

    def change(number: int) -> BrandVersion:
        return add(store, replace(LUMBRE, query=f"lumbre{number}"))

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(change, range(24)))
    with store.reading() as connection:
        versions = brands.history(connection, "lumbre")
    assert [entry.version for entry in versions] == list(range(1, 25))
    assert {entry.brand.query for entry in versions} == {entry.brand.query for entry in made}
