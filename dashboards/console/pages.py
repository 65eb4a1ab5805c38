"""The pages as HTML: readings in, markup out. Its methods block; they run in threads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from dashboards.console import figures, funnels, health
from dashboards.console.live import View, write_mark
from dashboards.console.overview_charts import span_told
from dashboards.console.readings import MainFigures, Readings
from dashboards.console.rendering import Renderer, zone_of
from dashboards.console.selection import Selection, read_moment
from dashboards.console.speech import Speech
from dashboards.console.values import Status
from mentions.brands import Brand
from mentions.records import LABELS
from processors.aspects import aspect_names
from processors.intents import INTENTS
from processors.store.reading import Shown, StoredMention

Choice = tuple[str, str, str, Sequence[tuple[str, str]]]
"""A filter: its name, its title, the words for no choice, and each value with its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Threads may share it."""

    readings: Readings
    renderer: Renderer
    brands: Callable[[], Sequence[Brand]]
    now: Callable[[], datetime]
    status: Callable[[], Status]

    # --- whole pages ---

    def home(self, view: View, before: str | None) -> str:
        """The figures and the live list; what to do first when no brand is watched.

        Raises:
            BadRequestError: `before` is no cursor. StoreUnavailable: not now.
        """
        s = self.renderer.speech(view.lang)
        brands = self.brands()
        if not brands:
            return self.page("start.html", view, "live", s("no_brand"))
        made_at = self.now()
        read = self.readings.home(view.selection, before)
        return self.page(
            "home.html",
            view,
            "live",
            view.selection.brand or s("live"),
            cards=self.renderer.cards(view.lang, read.mentions),
            choices=_choices(view.selection, brands, read.sources, read.languages, s),
            live=before is None and not view.selection.until,
            span=_span(view.selection, zone_of_brand(brands, view.selection.brand), s),
            any_time="/" + replace(view.selection, since="", until="", voice="").query(),
            events="/events" + view.selection.query(lang=view.lang, after=write_mark(made_at)),
            older=read.older and "/" + view.selection.query(before=read.older),
            new_many=s.pattern("new"),
            ago={"minutes": s.pattern("minutes_ago"), "hours": s.pattern("hours_ago")},
            before=before,
            verdicts=[] if read.mentions or view.selection.any else self._verdicts(s),
            **self._figure_values(view, read.figures),
        )

    def _verdicts(self, s: Speech) -> list[str]:
        names = [brand.name for brand in self.brands()]
        said = [funnel.verdict for funnel in funnels.funnels(self.readings.funnel(), names, s)]
        return list(dict.fromkeys(said))

    def funnel(self, view: View) -> str:
        """Why so few mentions."""
        s = self.renderer.speech(view.lang)
        rows = self.readings.funnel()
        return self.page(
            "funnel.html",
            view,
            "funnel",
            s("funnel_title"),
            funnels=funnels.funnels(rows, [brand.name for brand in self.brands()], s),
            dropped=funnels.dropped_at_source(rows, s),
            unreadable=funnels.unreadable(rows, s),
        )

    def sources(self, view: View) -> str:
        """How the sources are."""
        s = self.renderer.speech(view.lang)
        status, zone = self.status(), self._zone()
        return self.page(
            "sources.html",
            view,
            "sources",
            s("sources"),
            lines=health.lines(self.readings.sources(), status, s, self.now(), zone),
            pipeline=health.pipeline(status, s, self.now()),
            as_of=self.as_of(s, zone),
        )

    def message(self, view: View, title: str, sentence: str, way: str, target: str) -> str:
        """One sentence and one way on."""
        return self.page("message.html", view, "", title, sentence=sentence, way=way, target=target)

    # --- parts, for the live list ---

    def arrived(self, shown: Shown, most: int) -> tuple[list[StoredMention], Shown]:
        """What was stored since."""
        return self.readings.arrived(shown, most)

    def mentions(self, view: View, rows: Sequence[StoredMention]) -> str:
        """Markup of those that the view takes."""
        wanted = [row for row in rows if view.selection.takes(row)]
        return self.renderer.articles(view.lang, wanted)

    def figures(self, view: View) -> str:
        """Markup of the figures."""
        values = self._figure_values(view, self.readings.figures())
        return self.renderer.render("figures.html", view.lang, {**values, "filters": view.selection})

    def _figure_values(self, view: View, read: MainFigures) -> dict[str, Any]:
        s = self.renderer.speech(view.lang)
        zones = {brand.name: zone_of(brand) for brand in self.brands()}
        status, zone = self.status(), self._zone()
        gaps = [gap for row in read.sources for gap in row.gaps]
        until = read.summary.until
        return {
            "figures": [
                figures.figure_of(brand, read.hours[brand.brand], gaps, until, zones.get(brand.brand, UTC), s)
                for brand in read.summary.brands
            ],
            "lines": health.lines(read.sources, status, s, self.now(), zone),
            "behind": health.behind(status, s, self.now()),
            "catching_up": health.catching_up(status, s, self.now()),
            "as_of": self.as_of(s, zone),
        }

    def page(self, template: str, view: View, page: str, title: str, *, path: str = "", **values: Any) -> str:
        """Fill in a whole page.

        Args:
            page: which one of the navigation it is. path: its address without the query, if that is not its name.
        """
        kept = {
            "before": values.get("before"),
            "window": view.window if page == "overview" else None,
            "count": "weighted" if page == "overview" and view.weighted else None,
        }

        def here(**changes: str | None) -> str:
            parts = {name: value for name, value in {**kept, **changes}.items() if value}
            return (path or ("/" if page == "live" else f"/{page}")) + (view.selection.query(**parts) or "?")

        filled = {"page": page, "title": title, "filters": view.selection, "status": self.status(), "here": here}
        return self.renderer.render(template, view.lang, filled | values)

    def as_of(self, s: Speech, zone: tzinfo) -> str:
        """Say of when the figures are."""
        return s("as_of", time=f"{s.clock(self.now(), zone)} ({zone})")

    def _zone(self) -> tzinfo:
        """The brands' time zone if they have one in common."""
        zones = {brand.time_zone: zone_of(brand) for brand in self.brands()}
        return next(iter(zones.values())) if len(zones) == 1 else UTC


def zone_of_brand(brands: Sequence[Brand], name: str) -> tzinfo:
    """Give the time zone of a watched brand's days; UTC for others."""
    return next((zone_of(brand) for brand in brands if brand.name == name), UTC)


def _span(selection: Selection, zone: tzinfo, s: Speech) -> str:
    """Say the stretch of time that is looked at; empty: all of it."""
    since, until = read_moment(selection.since), read_moment(selection.until)
    if since and until:
        return span_told(since, until, zone, s)
    if since:
        return s("from_on", time=s.when(since, zone))
    return s("until_then", time=s.when(until, zone)) if until else ""


def _choices(
    selection: Selection, brands: Sequence[Brand], sources: Sequence[str], languages: Sequence[str], s: Speech
) -> list[Choice]:
    """What can be filtered by; what is chosen now is always among it."""
    names = [brand.name for brand in brands]
    looked_at = [brand for brand in brands if selection.brand in ("", brand.name)]
    aspects = list(dict.fromkeys(name for brand in looked_at for name in aspect_names(brand.aspects)))
    offered: list[tuple[str, str, str, Sequence[str], Callable[[str], str]]] = [
        ("brand", s("brand"), s("any_brand"), names, str),
        ("label", s("feeling"), s("any_feeling"), LABELS, lambda label: s.known(label, label)),
        ("language", s("language"), s("any_language"), languages, s.language),
        ("source", s("source"), s("any_source"), sources, s.source),
        ("intent", s("intent"), s("any_intent"), INTENTS, lambda name: s.known(f"intent_{name}", name)),
        ("aspect", s("aspect"), s("any_aspect"), aspects, lambda name: s.known(f"aspect_{name}", name)),
    ]
    choices: list[Choice] = []
    for name, title, none, values, say in offered:
        chosen = selection[name]
        every = [*values, *([chosen] if chosen and chosen not in values else [])]
        if name != "brand" or len(every) > 1 or chosen:
            choices.append((name, title, none, [(value, say(value)) for value in every]))
    return choices
