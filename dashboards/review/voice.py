"""How the review's page speaks a language: its words, and the way it writes numbers, days and durations."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dashboards.console.speech import Speech
from dashboards.review.action_model import ActionLine
from dashboards.review.model import BY_SCHEDULE, Published, Review
from dashboards.review.page_words import WORDS
from dashboards.review.values import LANGS, Figure, Lang, Period, Unit
from processors.notifying.phrases import KINDS, SEVERITIES

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_LEAST_SHARE, _TINY = 0.001, 1e-9
"""Shares below the first, or as near to all, are told as less or more than it; below the second they are none."""
ARROWS = {"rose": "\N{BLACK UP-POINTING TRIANGLE}", "fell": "\N{BLACK DOWN-POINTING TRIANGLE}"}


class Voice(Speech):
    """Speaks one language about one period; words that the page lacks are the console's."""

    def __init__(self, lang: Lang, period: Period) -> None:
        super().__init__(lang)
        self._period, self._own_place = period, LANGS.index(lang)
        self.zone: tzinfo = ZoneInfo(period.time_zone)

    def __call__(self, key: str, n: int | None = None, **parts: object) -> str:
        """Say `WORDS[key]`; `n` chooses between one and many and is shown in this language's digits."""
        if key not in WORDS:
            return super().__call__(key, n, **parts)
        words = WORDS[key][self._own_place]
        if n is None:
            return words.format(**parts)
        one, _, many = words.partition("|")
        return (many if many and n != 1 else one).format(n=self.number(n), **parts)

    def known(self, key: str, otherwise: str) -> str:
        """Say `WORDS[key]`; what a newer build stored and this one has no word for is shown as it is."""
        return self(key) if key in WORDS else super().known(key, otherwise)

    def of_period(self, key: str) -> str:
        """Say what depends on the kind of period: `before_week`, `before_month`."""
        return self(f"{key}_{self._period.kind}")

    def share(self, value: float) -> str:
        """Write a share as per cent: whole, but with a digit near nothing and near all, which only they are called."""
        sign = f"{_NARROW}%" if self.lang == "es" else "%"
        if _TINY < value < _LEAST_SHARE:
            return f"<{self.number(100 * _LEAST_SHARE, 1)}{sign}"
        if 1 - _LEAST_SHARE < value < 1 - _TINY:
            return f">{self.number(100 * (1 - _LEAST_SHARE), 1)}{sign}"
        digits = 1 if _TINY < value < 0.0995 or 0.995 <= value < 1 - _TINY else 0
        return f"{self.number(100 * value, digits)}{sign}"

    def value(self, unit: Unit, value: float) -> str:
        """Write a figure's number with its unit."""
        match unit:
            case "share":
                return self.share(value)
            case "net":
                return self.percent(value, signed=True)
            case "hours" if 0 < value < 1:
                return self.span(timedelta(hours=value))
            case "days" | "hours":
                return self(f"{unit}_unit", value=self.number(value, 1))
            case "minutes":
                return self.span(timedelta(minutes=value))
            case "score":
                return self.number(value, 2)
            case "weight":
                return self.number(value, 1)
        return self.number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 1)

    def interval(self, figure: Figure) -> str:
        """Write a figure's interval; empty: it has none."""
        if figure.interval is None:
            return ""
        low, high = (self.value(figure.unit, one) for one in figure.interval)
        return self("sure", low=low, high=high)

    def band(self, figure: Figure) -> str:
        """Write where a figure was to be expected; empty: unknown."""
        if figure.low is None or figure.high is None:
            return ""
        low, high = (self.value(figure.unit, one) for one in (figure.low, figure.high))
        return self("range", low=low, high=high)

    def verdict(self, figure: Figure) -> str:
        """Say how a figure is against its usual range, with an arrow where it left it."""
        return f"{ARROWS.get(figure.verdict, '')} {self(figure.verdict)}".strip()

    def day_of(self, day: date) -> str:
        """Write day and month: `16 Nov`."""
        return f"{day.day} {self('months').split()[day.month - 1]}"

    def weekday(self, day: date) -> str:
        """Write weekday and day: `Mon 16`."""
        return f"{self('weekdays').split()[day.weekday()]} {day.day}"

    def days(self, period: Period) -> str:
        """Write the days of a period: `16–22 Nov 2026`, `30 Nov – 6 Dec 2026`."""
        first, last = period.first_day, period.last_day
        if first == last:
            return f"{self.day_of(last)} {last.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}\N{EN DASH}{self.day_of(last)} {last.year}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{self.day_of(first)}{year} \N{EN DASH} {self.day_of(last)} {last.year}"

    def span_of_days(self, first: date, last: date) -> str:
        """Write days, both inclusive: `16 Nov`, `16 Nov – 6 Dec`."""
        return self.day_of(first) if first == last else f"{self.day_of(first)} – {self.day_of(last)}"

    def ending(self, line: ActionLine) -> str:
        """Say how an action stands: `done, 23 Nov 2026, marta`, `still open, past its end`."""
        if line.closed_at is None:
            return self("action_overdue" if line.overdue else "action_open")
        return f"{self('action_' + line.state)}, {self.on(line.closed_at)}, {line.closed_by}"

    def stretches(self, line: ActionLine) -> tuple[str, str, str]:
        """Name the stretches of an action with their lengths: `7 days before`."""
        before, during, after = line.lengths
        return self("days_before", n=before), self("days_during", n=during), self("days_after", n=after)

    def daily(self, figure: Figure, line: ActionLine) -> str:
        """Write a count per day, so that stretches of different lengths compare; empty: no count, or one day."""
        if figure.unit != "count" or figure.value is None:
            return ""
        days = line.lengths[(line.before.id, line.during.id, line.after.id).index(figure.id)]
        return "" if days == 1 else self("a_day", value=self.value("count", figure.value / days))

    def published(self, published: Published) -> str:
        """Say when a review was published, and by whom if it was a person."""
        key = "published_scheduled" if published.who == BY_SCHEDULE else "published"
        return self(key, time=self.on(published.at), who=published.who)

    def explain(self, id_: str) -> str:
        """Write the command that opens a figure or an alert in this language."""
        return f"atalaya explain {id_}" + (" --lang es" if self.lang == "es" else "")

    def own_word(self, review: Review) -> str:
        """Write the command by which the team says its own word on a rule, about the period."""
        last = review.period.last_day.isoformat()
        return f'atalaya note --rule N "..." --brand {review.brand} --on {last}'

    def moment(self, moment: datetime) -> str:
        """Write weekday, day and time in the period's zone: `Wed 18 Nov, 14:00`."""
        local = moment.astimezone(self.zone)
        return f"{self('weekdays').split()[local.weekday()]} {self.day_of(local.date())}, {local:%H:%M}"

    def on(self, moment: datetime) -> str:
        """Write the date in the period's zone: `18 Nov 2026`."""
        return self.date(moment, self.zone)

    def alert_kind(self, kind: str) -> str:
        """Name a kind of alert."""
        return KINDS[kind][self._own_place] if kind in KINDS else kind

    def severity(self, severity: str) -> str:
        """Name a severity."""
        return SEVERITIES[severity][self._own_place] if severity in SEVERITIES else severity


def utc(moment: datetime) -> str:
    """Write a moment for machines."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
