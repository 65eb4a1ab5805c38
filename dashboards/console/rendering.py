"""Templates filled in, in either language. Everything that strangers wrote is escaped here, by Jinja2's autoescape."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dashboards.console.cards import Card, card_of
from dashboards.console.speech import Speech
from dashboards.console.texts import code
from dashboards.console.words import LANGS, Lang
from mentions.brands import Brand
from processors.store.reading import StoredMention

_FOLDER = Path(__file__).parent / "templates"


class Renderer:
    """Threads may share it.

    Args:
        brands: those that are watched now.
        now: the time.
    """

    def __init__(self, brands: Callable[[], Sequence[Brand]], now: Callable[[], datetime]) -> None:
        self._brands, self._now = brands, now
        self._speeches = {lang: Speech(lang) for lang in LANGS}
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters["code"] = code
        self._templates.filters["drawn"] = Markup  # what dashboards.charts wrote, which escapes by itself

    def speech(self, lang: Lang) -> Speech:
        """Give the words of a language."""
        return self._speeches[lang]

    def render(self, template: str, lang: Lang, values: Mapping[str, Any]) -> str:
        """Fill in a template; `s` speaks its language."""
        return self._templates.get_template(template).render(values, s=self._speeches[lang])

    def cards(self, lang: Lang, rows: Sequence[StoredMention]) -> list[Card]:
        """Make the cards of mentions."""
        brands, now = self._brands(), self._now()
        zones = {brand.name: zone_of(brand) for brand in brands}
        s = self._speeches[lang]
        return [
            card_of(row, s, now, zones.get(row.brand, UTC), show_brand=len(brands) > 1 or row.brand not in zones)
            for row in rows
        ]

    def articles(self, lang: Lang, rows: Sequence[StoredMention]) -> str:
        """Write mentions as the live list shows them."""
        return "".join(self.render("mention.html", lang, {"card": card}) for card in self.cards(lang, rows))


def zone_of(brand: Brand) -> tzinfo:
    """Give the time zone of a brand's days."""
    return ZoneInfo(brand.time_zone)
