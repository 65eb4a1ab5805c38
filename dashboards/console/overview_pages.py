"""The overview and the pages of alerts as HTML. Their methods block; they run in threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from dashboards.charts import timeline as tl
from dashboards.console import health
from dashboards.console.alert_words import AlertLine, bare_telling, line_of, sight_of
from dashboards.console.live import View, write_mark
from dashboards.console.overview import sight_of as glance_of
from dashboards.console.overview_charts import Stretch, against_chart
from dashboards.console.pages import Pages, zone_of_brand
from dashboards.console.readings import AROUND
from dashboards.console.speech import Speech
from mentions.records import AlertKind
from processors.notifying.phrases import KINDS, name
from processors.store.alert_reading import AlertsWanted, StoredAlert, StoredStep
from processors.store.alert_words import RATINGS
from processors.store.overview import WINDOWS
from processors.store.reading import Shown, StoredMention

MOST_ALERTS = 200
"""Alerts of one page."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the form of an alert carries besides what people write: the seal, a name for what is sent, their name."""

    seal: str
    event_id: str
    who: str


@dataclass(frozen=True, slots=True)
class OverviewPages:
    """Threads may share it."""

    pages: Pages

    # --- the overview ---

    def overview(self, view: View) -> str:
        """A brand at a glance; the first watched one where none is named.

        Raises:
            StoreUnavailable: not now.
        """
        pages, s = self.pages, self.pages.renderer.speech(view.lang)
        brands = [brand.name for brand in pages.brands()]
        if not brands and not view.selection.brand:
            return pages.page("start.html", view, "overview", s("no_brand"))
        made_at = pages.now()
        brand = self._brand(view)
        parts = {"page": "overview", "window": view.window, "lang": view.lang, "after": write_mark(made_at)}
        parts |= {"count": "weighted"} if view.weighted else {}
        return pages.page(
            "overview.html",
            view,
            "overview",
            f"{brand}: {s('overview')}",
            brands=[*brands, *([brand] if brand not in brands else [])],
            windows=WINDOWS,
            events="/events" + view.selection.query(**parts),
            **self._glance(view, brand),
        )

    def overview_body(self, view: View) -> str:
        """What of the overview lives."""
        values = self._glance(view, self._brand(view))
        return self.pages.renderer.render("overview_body.html", view.lang, values)

    def _brand(self, view: View) -> str:
        return view.selection.brand or next((brand.name for brand in self.pages.brands()), "")

    def _glance(self, view: View, brand: str) -> dict[str, Any]:
        pages, s = self.pages, self.pages.renderer.speech(view.lang)
        zone, now, status = zone_of_brand(pages.brands(), brand), pages.now(), pages.status()
        read = pages.readings.glance(brand, view.window)
        lines = self._lines(read.overview.alerts, read.lives, s, now)
        sight = glance_of(read.overview, lines, read.people, s, now, zone, weighted=view.weighted)
        return {
            "sight": sight,
            "brand": brand,
            "window": view.window,
            "weighted": view.weighted,
            "counting": {
                count: "/overview" + view.selection.query(window=view.window, count=count) for count in ("", "weighted")
            },
            "behind": health.behind(status, s, now),
            "catching_up": health.catching_up(status, s, now),
            "as_of": pages.as_of(s, zone),
        }

    # --- alerts ---

    def alerts(self, view: View, kind: str, state: str) -> str:
        """The alerts, the last opened first.

        Args:
            kind: only of this kind. state: `open`, `closed`, or empty for all.

        Raises:
            StoreUnavailable: not now.
        """
        pages, s = self.pages, self.pages.renderer.speech(view.lang)
        kind = kind if kind in get_args(AlertKind) else ""
        state = state if state in ("open", "closed") else ""
        return pages.page(
            "alerts.html",
            view,
            "alerts",
            s("alerts"),
            lines=self._listed(view, kind, state, s),
            most=MOST_ALERTS,
            brands=[brand.name for brand in pages.brands()],
            kinds=[(one, name(KINDS, one, view.lang)) for one in get_args(AlertKind)],
            kind=kind,
            state=state,
        )

    def _listed(self, view: View, kind: str, state: str, s: Speech) -> list[AlertLine]:
        wanted = AlertsWanted(
            brands=(view.selection.brand,) if view.selection.brand else None,
            kind=kind or None,
            open={"open": True, "closed": False}.get(state),
        )
        found, lives = self.pages.readings.alerts(wanted, MOST_ALERTS)
        return self._lines(found, lives, s, self.pages.now())

    def _lines(
        self, found: Sequence[StoredAlert], lives: dict[str, list[StoredStep]], s: Speech, now: datetime
    ) -> list[AlertLine]:
        brands = self.pages.brands()
        return [
            line_of(bare_telling(alert, lives.get(alert.id, ()), s, now), s, zone_of_brand(brands, alert.brand))
            for alert in found
        ]

    def alert(self, view: View, id_: str, form: Form, trouble: str = "") -> str:
        """One alert with its explanation and the form for what people say of it.

        Args:
            trouble: why what was sent was not taken.

        Raises:
            UsageError: there is no such alert. StoreUnavailable: not now.
        """
        pages, s = self.pages, self.pages.renderer.speech(view.lang)
        read = pages.readings.alert(id_, view.lang)
        alert = read.telling.alert
        zone = zone_of_brand(pages.brands(), alert.brand)
        sight = sight_of(read.telling, s, zone)
        on = Stretch(
            since=alert.opened_at - AROUND,
            until=max((mark.at for mark in read.marks), default=alert.opened_at),
            zone=zone,
            brand=alert.brand,
        )
        end = 1.0 if alert.closed_at is None else on.place(alert.closed_at)
        flag = tl.Flag(
            on.place(alert.opened_at), end, f"{sight.line.title}, {sight.line.when}", "#steps", alert.severity
        )
        return pages.page(
            "alert.html",
            view,
            "alerts",
            f"{sight.line.title}: {alert.brand}",
            path=sight.line.link,
            sight=sight,
            form=form,
            trouble=trouble,
            ratings=RATINGS,
            cards=pages.renderer.cards(view.lang, read.posts),
            chart=against_chart(read.marks, [flag], on, s) if read.marks else (),
            as_of=pages.as_of(s, zone),
        )


@dataclass(frozen=True, slots=True)
class Sights:
    """What the live pages show, for `dashboards.console.live`."""

    pages: Pages
    overview: OverviewPages

    def arrived(self, shown: Shown, most: int) -> tuple[list[StoredMention], Shown]:
        """What was stored since."""
        return self.pages.arrived(shown, most)

    def mentions(self, view: View, rows: Sequence[StoredMention]) -> str:
        """Markup of those that the view takes; the overview takes none by themselves."""
        return self.pages.mentions(view, rows) if view.page == "live" else ""

    def figures(self, view: View) -> str:
        """Markup of the figures."""
        return self.overview.overview_body(view) if view.page == "overview" else self.pages.figures(view)
