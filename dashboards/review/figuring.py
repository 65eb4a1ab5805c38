"""From rows to figures: each with its four values before and what they make expect. Pure."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from dashboards.review.catalogue import CATALOGUE
from dashboards.review.gathering import is_comparable
from dashboards.review.judging import Ratio, band, verdict, wilson
from dashboards.review.rows import PeriodRows, RivalRows, Rows
from dashboards.review.values import Figure, Text
from mentions.brands import Brand
from processors.store.figures import ENOUGH, net_interval, net_sentiment

Reading = Callable[[PeriodRows], Ratio | None]
"""A figure of one period; None: it cannot be known of it."""
FEW = Text(f"Under {ENOUGH} opinions: not shown.", f"Menos de {ENOUGH} opiniones: no se muestra.")
UNSEEN = Text(
    "No post of the brand's own was ever seen, so no answer is: see its `accounts`.",
    "Nunca se vio una publicación propia, así que tampoco respuestas: revise sus `accounts`.",
)
UNSEEN_THERE = Text("Its answers are not seen.", "Sus respuestas no se ven.")
DONE = frozenset(("evangelists_thanked", "linkers_thanked"))
"""What people did or did not do: counted whole, so that no interval belongs to it."""
NONE_ASKED = Text("Nothing was asked.", "No hubo preguntas ni quejas.")
NO_VALUE = Text("There is nothing to count it from.", "No hay nada con que contarla.")


class Figures:
    """Makes the figures of a brand's stretch of days (the last of `periods`), against those before it."""

    def __init__(self, brand: Brand, periods: Sequence[PeriodRows]) -> None:
        self.brand, self.past, self.now = brand, periods[:-1], periods[-1]
        self.comparable = [is_comparable(one, self.now) for one in self.past]
        self.prefix = f"review:{brand.name}/{self.now.period.name}"

    def figure(
        self,
        name: str,
        reading: Reading,
        *,
        n: int | None = None,
        interval: tuple[float, float] | None = None,
        note: Text | None = None,
        hidden: bool = False,
        called: str | None = None,
    ) -> Figure:
        """A figure with its past. `hidden`: the number is not shown, for `note` says why."""
        spec = CATALOGUE[name]
        now = reading(self.now)
        value = None if hidden or now is None else now.value
        past = [reading(one) if fits else None for one, fits in zip(self.past, self.comparable, strict=True)]
        expected = band(past, spec.unit)
        return Figure(
            id=f"{self.prefix}/{called or name}",
            name=called or name,
            title=spec.title,
            unit=spec.unit,
            value=value,
            n=n,
            interval=interval if value is not None else None,
            before=tuple(None if one is None else one.value for one in past),
            usual=None if expected is None else expected.usual,
            low=None if expected is None else expected.low,
            high=None if expected is None else expected.high,
            verdict=verdict(value, expected),
            good=spec.good,
            note=note if note is not None or value is not None else NO_VALUE,
            formula=spec.formula,
        )

    def single(
        self,
        name: str,
        value: float | None,
        *,
        n: int | None = None,
        note: Text | None = None,
        called: str | None = None,
    ) -> Figure:
        """A figure of which only the period's own number is known."""
        spec = CATALOGUE[name]
        return Figure(
            id=f"{self.prefix}/{called or name}",
            name=called or name,
            title=spec.title,
            unit=spec.unit,
            value=value,
            n=n,
            interval=wilson(round(value * n), n)
            if spec.unit == "share" and value is not None and n and name not in DONE
            else None,
            good=spec.good,
            note=note if note is not None or value is not None else NO_VALUE,
            formula=spec.formula,
        )

    def count(self, name: str, of: str) -> Figure:
        """A sum over days."""
        return self.figure(name, daily(of))

    def share(self, name: str, part: str, whole: str = "mentions") -> Figure:
        """One sum over another."""
        parts, wholes = self.now.total(part), self.now.total(whole)
        return self.figure(name, ratio(part, whole), n=wholes, interval=wilson(parts, wholes))

    def net(self) -> Figure:
        """Net sentiment; not shown under 30 opinions, in no period."""

        def reading(rows: PeriodRows) -> Ratio | None:
            if rows.total("opinions") < ENOUGH:
                return None
            tops = tuple(day.counts["positive"] - day.counts["negative"] for day in rows.days)
            return Ratio(tops, tuple(day.counts["opinions"] for day in rows.days))

        n, few = self.now.total("opinions"), self.now.total("opinions") < ENOUGH
        interval = net_interval(self.now.total("positive"), self.now.total("negative"))
        return self.figure("net_sentiment", reading, n=n, interval=interval, note=FEW if few else None)

    def stories(self) -> Figure:
        """Mentions with copies counted once; days differ as those of mentions do."""

        def reading(rows: PeriodRows) -> Ratio:
            mentions = rows.total("mentions")
            stories = mentions - rows.total("clustered") + rows.clusters
            scale = stories / mentions if mentions else 0.0
            return Ratio(tuple(scale * day.counts["mentions"] for day in rows.days))

        made = self.figure("stories", reading)
        now = self.now
        return replace(made, value=float(now.total("mentions") - now.total("clustered") + now.clusters))

    def voice(self) -> Figure:
        """Share of voice."""

        def reading(rows: PeriodRows) -> Ratio | None:
            ours = [day.counts["mentions"] for day in rows.days]
            alls = [sum(column) for column in zip(ours, *rows.rivals.values(), strict=True)]
            return Ratio(tuple(ours), tuple(alls)) if rows.rivals and self.brand.role != "sector" else None

        whole = self.now.total("mentions") + sum(map(sum, self.now.rivals.values()))
        alone = Text("No other brand is watched.", "No se vigila ninguna otra marca.")
        interval = wilson(self.now.total("mentions"), whole)
        note = None if self.now.rivals else alone
        return self.figure("share_of_voice", reading, n=whole, interval=interval, note=note)

    def response(self) -> Figure:
        """Share of what was asked that was answered; not known where own answers are not seen."""

        def reading(rows: PeriodRows) -> Ratio | None:
            found = rows.responses
            return Ratio((found.answered,), (found.asked,)) if found.visible and found.asked else None

        found = self.now.responses
        note = UNSEEN if not found.visible else NONE_ASKED if not found.asked else None
        return self.figure(
            "response_share", reading, n=found.asked, interval=wilson(found.answered, found.asked), note=note
        )

    def hours(self, name: str, which: Callable[[PeriodRows], float | None]) -> Figure:
        """A time to the first answer."""

        def reading(rows: PeriodRows) -> Ratio | None:
            value = which(rows)
            return None if value is None else Ratio((value,))

        note = None if which(self.now) is not None else UNSEEN if not self.now.responses.visible else None
        return self.figure(name, reading, n=self.now.responses.answered, note=note)


class Figuring(Figures):
    """Makes the figures of one review."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows.brand, rows.periods)
        self.rows = rows


def daily(name: str) -> Reading:
    """Read a count by its days."""
    return lambda rows: Ratio(tuple(day.counts[name] for day in rows.days))


def ratio(part: str, whole: str) -> Reading:
    """Read a share by its days."""

    def reading(rows: PeriodRows) -> Ratio:
        tops = tuple(day.counts[part] for day in rows.days)
        return Ratio(tops, tuple(day.counts[whole] for day in rows.days))

    return reading


def once(value: Callable[[PeriodRows], float | None]) -> Reading:
    """Read a number that no days make up."""

    def reading(rows: PeriodRows) -> Ratio | None:
        found = value(rows)
        return None if found is None else Ratio((found,))

    return reading


def rival_figures(figuring: Figuring, rival: RivalRows, whole: int) -> dict[str, Figure]:
    """The four figures of another brand, of the period alone."""
    counts, name = rival.counts, rival.brand.name
    few = counts["opinions"] < ENOUGH
    net = net_sentiment(counts["positive"], counts["negative"])
    asked, answered = rival.responses.asked, rival.responses.answered
    seen = rival.responses.visible and asked
    made = {
        "mentions": figuring.single("mentions", counts["mentions"], called=f"{name}/mentions"),
        "share_of_voice": figuring.single(
            "share_of_voice",
            counts["mentions"] / whole if whole and rival.brand.role != "sector" else None,
            n=whole,
            called=f"{name}/share_of_voice",
        ),
        "net_sentiment": figuring.single(
            "net_sentiment", None if few else net, n=counts["opinions"], note=FEW if few else None,
            called=f"{name}/net_sentiment",
        ),
        "response": figuring.single(
            "response_share", answered / asked if seen else None, n=asked,
            note=None if seen else NONE_ASKED if rival.responses.visible else UNSEEN_THERE,
            called=f"{name}/response_share",
        ),
    }  # fmt: skip
    if made["net_sentiment"].value is not None:
        interval = net_interval(counts["positive"], counts["negative"])
        made["net_sentiment"] = replace(made["net_sentiment"], interval=interval)
    return made
