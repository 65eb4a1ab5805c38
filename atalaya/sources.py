"""Makes sources from the settings."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from mentions.clock import Clock
from mentions.errors import UsageError
from mentions.settings import Settings
from mentions.settings_sources import BlueskySettings, FileSettings, RssSettings, SimulatedSettings, SourceSettings

if TYPE_CHECKING:
    from ingest.sources.base import Source
    from ingest.worker import Introduce

POLLS_LATE = 2
"""A poll's posts usually arrive within so many intervals: one to be published in, one to be fetched in."""


def sources_of(settings: Settings) -> "list[Source]":
    """Every configured source, ready to read.

    Raises:
        UsageError: none is configured.
    """
    if not settings.sources:
        raise UsageError(f'{settings.file}: no source is configured; write a [[source]], such as type = "bluesky"')
    return [_source(source) for source in settings.sources]


def chosen(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings with only those sources that `names` name: by type, by name, or by `type/name`; none: all.

    Raises:
        UsageError: a name names none; says which there are.
    """
    for name in names:
        if not any(name in _names(source) for source in settings.sources):
            known = ", ".join(f"{source.type}/{source.name}" for source in settings.sources) or "none"
            raise UsageError(f"no source is called {name!r}; {settings.file or 'the configuration'} has: {known}")
    kept = [source for source in settings.sources if not names or not _names(source).isdisjoint(names)]
    return msgspec.structs.replace(settings, sources=tuple(kept))


def _names(source: SourceSettings) -> set[str]:
    return {source.type, source.name, f"{source.type}/{source.name}"}


def max_delays(sources: Iterable[SourceSettings]) -> dict[str, timedelta]:
    """By source, how late its posts usually arrive; a source without an entry is a stream."""
    delays: dict[str, timedelta] = {}
    for source in sources:
        if isinstance(source, RssSettings):
            delay = timedelta(minutes=POLLS_LATE * source.every_minutes)
            delays["rss"] = max(delay, delays.get("rss", delay))
    return delays


def introducers(sources: Iterable[SourceSettings], clock: Clock) -> "dict[str, Introduce]":
    """By source, who is behind its authors' ids: Bluesky's posts tell none. Not for hosts of one's own."""
    if any(isinstance(source, BlueskySettings) and not source.hosts for source in sources):
        from ingest.sources.bluesky.profiles import ProfileLookup

        return {"bluesky": ProfileLookup(clock).authors}
    return {}


def _source(settings: SourceSettings) -> "Source":
    makers: dict[type[SourceSettings], Callable[[Any], Source]] = {
        BlueskySettings: _bluesky,
        RssSettings: _rss,
        FileSettings: _file,
        SimulatedSettings: _simulated,
    }
    return makers[type(settings)](settings)


def _bluesky(settings: BlueskySettings) -> "Source":
    from ingest.sources.bluesky.reader import BlueskyOptions, BlueskySource

    return BlueskySource(
        BlueskyOptions(hosts=settings.hosts, wire=settings.wire, look_back=settings.lookback_hours, shard=settings.name)
    )


def _rss(settings: RssSettings) -> "Source":
    from ingest.sources.rss.reader import RssOptions, RssSource

    return RssSource(
        RssOptions(
            feeds=settings.urls,
            interval=timedelta(minutes=settings.every_minutes),
            shard=settings.name,
            allow_private=settings.allow_private,
        )
    )


def _file(settings: FileSettings) -> "Source":
    from ingest.sources.file import FileSource
    from ingest.sources.file_posts import FileOptions

    options = FileOptions(
        format=settings.format,
        columns=settings.map or None,
        time_format=settings.time_format or None,
        time_zone=settings.time_zone,
    )
    return FileSource(settings.path, shard=settings.name, options=options)


def _simulated(settings: SimulatedSettings) -> "Source":
    from atalaya.demo import simulated

    return simulated(settings)
