"""What a dashboard is made of, before it becomes Grafana's JSON. Words are pairs: English, Spanish."""

from typing import Literal

from msgspec import Struct

Words = tuple[str, str]
LANGS = ("en", "es")
"""In the order of `Words`."""
Kind = Literal["timeseries", "stat", "bargauge", "table"]


class Query(Struct, frozen=True, kw_only=True):
    """One expression in PromQL.

    Attributes:
        legend: what its line is called; Grafana fills in `{{label}}`.
        ink: a colour by its number (#RRGGBB); '': Grafana's own. dashed: a line that is no measurement.
        below: the number in the panel of the query up to whose line the space is filled, as in a band; None: no fill.
        instant: only the last value is asked for.
    """

    expr: str
    legend: Words = ("", "")
    ink: str = ""
    dashed: bool = False
    below: int | None = None
    instant: bool = False


class Panel(Struct, frozen=True, kw_only=True):
    """One picture.

    Attributes:
        question: what it answers, its description. sql: asks the store, in place of `queries`.
        unit: as Grafana names it. width: of 24 columns. height: rows of 30 pixels.
        none: what stands there when there is nothing to show. link: path in the console that it leads to; '': none.
        runbook: anchor in docs/runbook.md; '': none. least, most: ends of the axis; None: by the data.
    """

    title: Words
    question: Words
    kind: Kind = "timeseries"
    queries: tuple[Query, ...] = ()
    sql: str = ""
    unit: str = "short"
    width: int = 12
    height: int = 8
    stacked: bool = False
    none: Words = ("no data", "sin datos")
    link: str = ""
    runbook: str = ""
    least: float | None = None
    most: float | None = None
    decimals: int | None = None


class Row(Struct, frozen=True):
    """A heading and the panels below it, from left to right and down."""

    title: Words
    panels: tuple[Panel, ...]


class Board(Struct, frozen=True, kw_only=True):
    """One dashboard.

    Attributes:
        uid: without the language. brands: whether a brand is picked: 'one', 'several' or 'none'.
    """

    uid: str
    title: Words
    question: Words
    rows: tuple[Row, ...]
    brands: Literal["one", "several", "none"] = "one"
    since: str = "now-24h"
