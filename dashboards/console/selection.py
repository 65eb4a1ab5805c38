"""Which mentions somebody wants to see, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from mentions.errors import UsageError
from processors.store.reading import StoredMention

NAMES = ("brand", "label", "language", "source", "intent", "aspect", "voice", "since", "until")
_FIRST, _LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


class BadRequestError(UsageError):
    """What was asked for cannot be meant; the sentence says what would be right."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Each part narrows; an empty one does not. `since`, `until`: as `read_moment` reads them, half-open."""

    brand: str = ""
    label: str = ""
    language: str = ""
    source: str = ""
    intent: str = ""
    aspect: str = ""
    voice: str = ""
    since: str = ""
    until: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return self != ALL

    def __getitem__(self, name: str) -> str:
        return str(getattr(self, name))

    def query(self, **more: str) -> str:
        """Write it as the query of an address, without the empty parts; `?` included, empty when nothing is narrowed.

        >>> Selection(brand="lumbre").query(before="x")
        '?brand=lumbre&before=x'
        """
        parts = {name: self[name] for name in NAMES} | more
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"?{query}" if query else ""

    def takes(self, mention: StoredMention) -> bool:
        """Whether a mention is wanted; one of several intents or aspects is enough."""
        return all(
            not wanted or wanted in found
            for wanted, found in (
                (self.brand, (mention.brand,)),
                (self.label, (mention.label,)),
                (self.language, (mention.lang,)),
                (self.source, (mention.source,)),
                (self.intent, [finding.name for finding in mention.intents]),
                (self.aspect, [finding.name for finding in mention.aspects]),
                (self.voice, (mention.voice,)),
            )
        ) and self._is_within(mention.created_at)

    def _is_within(self, moment: datetime) -> bool:
        since, until = read_moment(self.since), read_moment(self.until)
        return (since is None or since <= moment) and (until is None or moment < until)


ALL = Selection()


def read_moment(written: str) -> datetime | None:
    """Read a moment as RFC 3339 has it, in UTC; None: nothing is written.

    Raises:
        BadRequestError: it is no moment, or has no time zone.
    """
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is not None and _FIRST <= moment.astimezone(UTC) <= _LAST:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    msg = f"found {written[:60]!r} as a time; write it as 2026-11-16T09:00Z"
    raise BadRequestError(msg)


def selection_of(query: Mapping[str, str]) -> Selection:
    """Read it from the query of an address."""
    return Selection(**{name: query.get(name, "") for name in NAMES})
