"""Numbers, times and words as each language writes them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards.console.speech import Speech, choose_lang
from dashboards.console.words import Lang

EN, ES = Speech("en"), Speech("es")
NOW = datetime(2026, 11, 16, 9, 30, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


def test_numbers_are_written_as_the_language_does() -> None:
    """Thousands and decimals are separated as in 1,234.5 in English and 1.234,5 in Spanish; minus is a true minus."""
    assert EN.number(1234.5, 1) == "1,234.5"
    assert ES.number(1234.5, 1) == "1.234,5"
    assert ES.number(-1234567.891, 2) == "−1.234.567,89"


def test_what_rounds_to_nothing_has_no_sign() -> None:
    """Neither +0 nor −0 is ever shown."""
    assert EN.signed(0.001, 1) == "0.0"
    assert EN.signed(-0.001, 1) == "0.0"
    assert EN.percent(-0.001, signed=True) == "0%"
    assert EN.signed(-0.06, 1) == "−0.1"
    assert EN.signed(0.06, 1) == "+0.1"


def test_shares_are_whole_per_cent() -> None:
    """A share is shown in whole per cent; Spanish sets a narrow space that never breaks before the sign."""
    assert EN.percent(0.1249) == "12%"
    assert ES.percent(0.1249) == "12\u202f%"
    assert EN.percent(0.34, signed=True) == "+34%"


def test_one_and_many_differ() -> None:
    """The number chooses the form, and is written in the language's digits."""
    assert EN("new", n=1) == "1 new mention"
    assert EN("new", n=0) == "0 new mentions"
    assert ES("new", n=1200) == "1.200 menciones nuevas"
    assert EN.pattern("new") == "{n} new mentions"


def test_times_are_told_in_the_brands_zone() -> None:
    """The same instant is another hour, and another day, in another zone."""
    late = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    assert EN.when(late, MADRID) == "16 Nov 2026, 00:30"
    assert ES.when(late, UTC) == "15 nov 2026, 23:30"


@pytest.mark.parametrize(
    ("age", "english", "spanish"),
    [
        (timedelta(seconds=-5), "just now", "ahora mismo"),
        (timedelta(seconds=59), "just now", "ahora mismo"),
        (timedelta(seconds=60), "1 min ago", "hace 1 min"),
        (timedelta(minutes=59, seconds=59), "59 min ago", "hace 59 min"),
        (timedelta(hours=23, minutes=59), "23 h ago", "hace 23 h"),
        (timedelta(days=1), "1 day ago", "hace 1 día"),
        (timedelta(days=6, hours=23), "6 days ago", "hace 6 días"),
        (timedelta(days=7), "9 Nov 2026", "9 nov 2026"),
    ],
)
def test_how_long_ago_changes_unit_at_its_edges(age: timedelta, english: str, spanish: str) -> None:
    """Minutes from one minute on, hours from one hour, days from one day, the date from one week on."""
    assert EN.ago(NOW - age, NOW, MADRID) == english
    assert ES.ago(NOW - age, NOW, MADRID) == spanish


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(seconds=-1), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=1, hours=4, minutes=59), "1 d 4 h"),
    ],
)
def test_lengths_have_at_most_two_units(length: timedelta, shown: str) -> None:
    """A length of time is told by its one or two greatest units."""
    assert EN.span(length) == shown


def test_what_has_no_name_is_shown_as_it_is() -> None:
    """A language, source, label or reason that this build does not know is shown by its code."""
    assert (ES.language("es"), ES.language("xx")) == ("Español", "xx")
    assert (EN.source("rss"), EN.source("forum")) == ("News and blogs", "forum")
    assert EN.drop("gone_fishing") == "gone_fishing"
    assert EN.known("positive", "positive") == "Positive"
    assert EN.known("furious", "furious") == "furious"


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "chosen"),
    [
        ("es", "en", "en", "es"),
        ("fr", "es", "en", "es"),
        (None, "xx", "es-MX,es;q=0.9,en;q=0.8", "es"),
        (None, None, "fr,en;q=0.5,es;q=0.7", "es"),
        (None, None, "es;q=0,en;q=0.1", "en"),
        (None, None, "es;q=nonsense, *;q=0.5", "en"),
        (None, None, "", "en"),
    ],
)
def test_the_language_is_the_askers_then_the_kept_then_the_browsers(
    asked: str | None, kept: str | None, accepted: str, chosen: Lang
) -> None:
    """The address wins over the cookie, the cookie over the browser's order; what we do not speak is passed over."""
    assert choose_lang(asked, kept, accepted) == chosen
