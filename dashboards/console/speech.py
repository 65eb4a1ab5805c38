"""Words, numbers and times as one language writes them. Pure; the time is an argument."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from dashboards.console.source_words import in_spanish
from dashboards.console.words import DROPS, LANGS, LANGUAGES, WORDS, Lang
from processors.notifying.phrases import SOURCES

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RECENT = timedelta(days=7)
"""Older moments are shown by their date alone: nobody counts back `23 days`."""
_SEPARATORS = str.maketrans(",.", ".,")
_MINUS = "\N{MINUS SIGN}"
_NARROW = "\N{NARROW NO-BREAK SPACE}"


class Speech:
    """Speaks one language."""

    def __init__(self, lang: Lang) -> None:
        self.lang = lang
        self._place = LANGS.index(lang)

    def __call__(self, key: str, n: int | None = None, **parts: object) -> str:
        """Say `WORDS[key]`; `n` chooses between one and many and is shown in this language's digits."""
        words = WORDS[key][self._place]
        if n is None:
            return words.format(**parts)
        one, _, many = words.partition("|")
        return (many if many and n != 1 else one).format(n=self.number(n), **parts)

    def known(self, key: str, otherwise: str) -> str:
        """Say `WORDS[key]`; what a newer build stored and this one has no word for is shown as it is."""
        return self(key) if key in WORDS else otherwise

    def pattern(self, key: str) -> str:
        """The words for many, with `{n}` still in them, for a script to fill in."""
        return WORDS[key][self._place].rpartition("|")[2]

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number: `1,234.5` or `1.234,5`.

        >>> Speech("es").number(-1234.5, 1)
        '−1.234,5'
        """
        shown = f"{value:,.{digits}f}"
        if not any(digit in shown for digit in "123456789"):
            shown = shown.lstrip("-")
        shown = shown.replace("-", _MINUS)
        return shown.translate(_SEPARATORS) if self.lang == "es" else shown

    def signed(self, value: float, digits: int = 0) -> str:
        """Write a number with its sign; what rounds to 0 has none."""
        shown = self.number(value, digits)
        return f"+{shown}" if value > 0 and any(digit in shown for digit in "123456789") else shown

    def percent(self, share: float, *, signed: bool = False) -> str:
        """Write a share as whole per cent: `12%` or `12 %`."""
        shown = self.signed(100 * share) if signed else self.number(100 * share)
        return f"{shown}{_NARROW}%" if self.lang == "es" else f"{shown}%"

    def date(self, moment: datetime, zone: tzinfo) -> str:
        """Write day, month and year: `16 Nov 2026`."""
        local = moment.astimezone(zone)
        return f"{local.day} {self('months').split()[local.month - 1]} {local.year}"

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """Write day and month: `16 Nov`."""
        local = moment.astimezone(zone)
        return f"{local.day} {self('months').split()[local.month - 1]}"

    def clock(self, moment: datetime, zone: tzinfo) -> str:
        """Write hour and minute: `09:05`."""
        return f"{moment.astimezone(zone):%H:%M}"

    def when(self, moment: datetime, zone: tzinfo) -> str:
        """Write the whole moment: `16 Nov 2026, 09:05`."""
        return f"{self.date(moment, zone)}, {self.clock(moment, zone)}"

    def ago(self, moment: datetime, now: datetime, zone: tzinfo) -> str:
        """Write how long ago it was; the date when that is more than a week."""
        age = now - moment
        if age < _MINUTE:
            return self("just_now")
        if age < _HOUR:
            return self("minutes_ago", n=age // _MINUTE)
        if age < _DAY:
            return self("hours_ago", n=age // _HOUR)
        return self("days_ago", n=age // _DAY) if age < RECENT else self.date(moment, zone)

    def span(self, length: timedelta) -> str:
        """Write a length of time with its one or two greatest units: `45 s`, `3 min`, `2 h 5 min`, `1 d 4 h`.

        >>> Speech("en").span(timedelta(minutes=125))
        '2 h 5 min'
        """
        seconds = max(0, round(length.total_seconds()))
        if seconds < 60:
            return f"{seconds} s"
        if seconds < 3600:
            return f"{seconds // 60} min"
        if seconds < 86400:
            return _two(seconds // 3600, "h", seconds % 3600 // 60, "min")
        return _two(seconds // 86400, "d", seconds % 86400 // 3600, "h")

    def seconds(self, seconds: float) -> str:
        """Write a short time: `0.4 s`, `12 s`, `3 min`."""
        return f"{self.number(seconds, 1)} s" if seconds < 9.95 else self.span(timedelta(seconds=seconds))

    def language(self, code: str) -> str:
        """Name a language."""
        return LANGUAGES[code][self._place] if code in LANGUAGES else code

    def source(self, name: str) -> str:
        """Name a source."""
        return SOURCES[name][self._place] if name in SOURCES else name

    def told(self, sentence: str) -> str:
        """Say what a source told of itself: why it missed something, what is wrong with it."""
        return in_spanish(sentence) if self.lang == "es" else sentence

    def drop(self, reason: str) -> str:
        """Say why something was dropped."""
        return DROPS[reason][self._place] if reason in DROPS else reason


def _two(first: int, first_unit: str, second: int, second_unit: str) -> str:
    return f"{first} {first_unit} {second} {second_unit}" if second else f"{first} {first_unit}"


def choose_lang(asked: str | None, kept: str | None, accepted: str) -> Lang:
    """Choose the language: what the address asks for, else the cookie's, else what the browser prefers, else English.

    Args:
        accepted: the header `Accept-Language`.
    """
    for wish in (asked, kept, *_preferred(accepted)):
        for lang in LANGS:
            if wish == lang:
                return lang
    return "en"


def _preferred(accepted: str) -> Iterable[str]:
    """The languages of the header, best first; a malformed weight counts as none."""
    ranked = []
    for place, item in enumerate(accepted.split(",")):
        tag, _, rest = item.partition(";")
        weight = rest.strip().removeprefix("q=") if rest else "1"
        try:
            rank = float(weight)
        except ValueError:
            rank = 0.0
        if rank > 0:
            ranked.append((-rank, place, tag.strip().lower()[:2]))
    return [tag for _, _, tag in sorted(ranked)]
