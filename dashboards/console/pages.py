"""The pages as HTML: readings in, markup out. Its methods block; they run in threads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from dashboards.console import figures, funnels, health
from dashboards.console.live import View, write_mark
from dashboards.console.readings import MainFigures, Readings
from dashboards.console.rendering import Renderer, zone_of
from dashboards.console.selection import Selection
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
            return self._page("start.html", view, "live", s("no_brand"))
        made_at = self.now()
        read = self.readings.home(view.selection, before)
        return self._page(
            "home.html",
            view,
            "live",
            view.selection.brand or s("live"),
            cards=self.renderer.cards(view.lang, read.mentions),
            choices=_choices(view.selection, brands, read.sources, read.languages, s),
            live=before is None,
            events="/events" + view.selection.query(lang=view.lang, since=write_mark(made_at)),
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
        return self._page(
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
        return self._page(
            "sources.html",
            view,
            "sources",
            s("sources"),
            lines=health.lines(self.readings.sources(), status, s, self.now(), zone),
            pipeline=health.pipeline(status, s, self.now()),
            as_of=self._as_of(s, zone),
        )

    def message(self, view: View, title: str, sentence: str, way: str, target: str) -> str:
        """One sentence and one way on."""
        return self._page("message.html", view, "", title, sentence=sentence, way=way, target=target)

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
            "as_of": self._as_of(s, zone),
        }

    def _page(self, template: str, view: View, page: str, title: str, **values: Any) -> str:
        def here(**changes: str | None) -> str:
            kept: Mapping[str, str | None] = {"before": values.get("before"), **changes}
            path = "/" if page == "live" else f"/{page}"
            return path + (view.selection.query(**{name: value for name, value in kept.items() if value}) or "?")

        filled = {"page": page, "title": title, "filters": view.selection, "status": self.status(), "here": here}
        return self.renderer.render(template, view.lang, filled | values)

    def _as_of(self, s: Speech, zone: tzinfo) -> str:
        return s("as_of", time=f"{s.clock(self.now(), zone)} ({zone})")

    def _zone(self) -> tzinfo:
        """The brands' time zone if they have one in common."""
        zones = {brand.time_zone: zone_of(brand) for brand in self.brands()}
        return next(iter(zones.values())) if len(zones) == 1 else UTC


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
