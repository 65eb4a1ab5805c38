"""Judges single texts for `atalaya score`: by themselves, or for a brand exactly as the pipeline would."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from atalaya import account_ids
from mentions.brands import Brand, BrandVersion
from mentions.errors import UsageError
from mentions.layers import BrandLayer
from mentions.records import Author, Finding, Hit, Mention, Post, Sentiment
from mentions.settings import Settings
from processors.aspects import DEFAULT
from processors.brand_book import BrandBook
from processors.intents import intents_of
from processors.scoring import Judges, Languages, judge, opening
from processors.sentiment.base import Engine
from processors.sentiment.target import Target
from processors.store.brands import all_versions
from processors.store.layers import layers_in_use
from processors.store.opening import open_store
from processors.store.targets import target_of
from processors.words import Words

_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""No judgement of a text depends on its time."""
_NOT_STORED = 0
"""The version of a brand that only the configuration has."""
_NOBODY = Author("")


@dataclass(frozen=True, slots=True)
class About:
    """For whom a text was judged: the brand's version, and whom the text names.

    Attributes:
        version: 0 where only the configuration knows the brand. layer: that of its corrections; None: none is in use.
    """

    brand: str
    version: int
    target: Target
    layer: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What was made of a text; `engine` is its version, layer included. `about`: None when judged by itself."""

    lang: str
    sentiment: Sentiment
    engine: str
    intents: tuple[Finding, ...]
    aspects: tuple[Finding, ...]
    about: About | None = None


class TextJudge:
    """Judges texts by themselves.

    Args:
        most: how many characters of a text the engine reads; None: all.
    """

    def __init__(self, engine: Engine, languages: Languages, most: int | None) -> None:
        self._engine, self._languages, self._most = engine, languages, most

    def judge(self, text: str, lang: str | None) -> Judged:
        """Judge a text; `lang`: its language, None: found out."""
        lang = lang or self._languages.identify(text, None)
        read = text if self._most is None else opening(text, self._most)
        sentiment, words = self._engine.judge(read, lang), Words(text)
        findings = intents_of(words, lang, sentiment), DEFAULT.find(words, lang)
        return Judged(lang, sentiment, self._engine.version, *findings)


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody says of a text's language is so; a source's tag would only be a hint."""

    languages: Languages

    def identify(self, text: str, tag: str | None) -> str:
        return tag or self.languages.identify(text, None)


class BrandJudge:
    """Judges texts as mentions of a brand: by its names, its aspects and the layer of its corrections.

    Args:
        versions: the number of each watched brand's version in `book`.
    """

    def __init__(self, book: BrandBook, versions: Mapping[str, int], judges: Judges) -> None:
        self._book, self._versions = book, versions
        self._judges = Judges(_Said(judges.languages), judges.engine, judges.max_characters)

    def check(self, brand: str) -> None:
        """Refuse a brand that is not watched.

        Raises:
            UsageError: it is not; the watched ones are named.
        """
        if brand not in self._versions:
            there = ", ".join(sorted(self._versions)) or "none"
            raise UsageError(f"brand {brand!r} is not watched; there is {there}")

    def judge(self, text: str, lang: str | None, brand: str) -> Judged:
        """Judge a text for a brand; `lang`: its language, None: found out.

        Raises:
            UsageError: the brand is not watched.
        """
        self.check(brand)
        hit = Hit(brand, self._versions[brand], "")
        post = Post(
            source="text", native_id="", author=_NOBODY, text=text, created_at=_MOMENT, received_at=_MOMENT, lang=lang
        )
        (scored,) = judge(Mention(post, (hit,)), self._book, self._judges, _MOMENT)
        (target,) = self._book.targets(opening(text, self._judges.max_characters), [hit])
        layer = self._book.layer(brand, self._judges.engine.version)
        about = About(brand, hit.query_version, target, layer.version if layer else None)
        findings = scored.intents, scored.aspects
        return Judged(scored.lang, scored.sentiment, scored.engine_version, *findings, about)


def brand_judge(settings: Settings, store: str | None, judges: Judges) -> BrandJudge:
    """Judge by the brands and corrections of the store, and by brands that only the configuration has.

    Args:
        store: instead of the configured one; it must be there. A configured one need not have been made yet.

    Raises:
        UsageError: there is no such store. StoreUnavailable: it cannot be read now.
    """
    address = store if store is not None else settings.store.address()
    path = target_of(address).path
    versions, ids, layers = list[BrandVersion](), dict[str, str](), list[BrandLayer]()
    if store is not None or path is None or path.exists():
        with open_store(address, create=False) as opened:
            ids = account_ids.load(opened)
            with opened.reading() as connection:
                versions, layers = all_versions(connection), layers_in_use(connection)
    known = {entry.brand.name for entry in versions}
    versions += [_as_version(brand) for brand in settings.brands if brand.name not in known]
    newest = {entry.brand.name: entry for entry in versions}
    watched = {name: entry.version for name, entry in newest.items() if not entry.retired}
    return BrandJudge(BrandBook.of(versions, ids, layers), watched, judges)


def _as_version(brand: Brand) -> BrandVersion:
    return BrandVersion(
        brand=brand, version=_NOT_STORED, effective_from=_MOMENT, changed_at=_MOMENT, changed_by="", why=""
    )
