"""From the configured channels to what routing and sending need."""

from datetime import time, timedelta

from mentions.settings import Settings
from mentions.settings_channels import AnyChannel
from processors.notifying.routing import Quiet, Route


def routing_of(settings: Settings) -> tuple[Route, ...]:
    """Who wants to hear what, as configured."""
    return tuple(_route(channel, settings.time.time_zone) for channel in settings.channels)


def _route(channel: AnyChannel, zone: str) -> Route:
    return Route(
        channel=channel.name,
        min_severity=channel.min_severity,
        kinds=frozenset(channel.kinds),
        brands=frozenset(channel.brands),
        languages=frozenset(channel.languages),
        quiet=_quiet(channel, zone),
        every=timedelta(minutes=channel.max_frequency_minutes),
    )


def _quiet(channel: AnyChannel, zone: str) -> Quiet | None:
    if channel.quiet_from is None or channel.quiet_until is None:
        return None
    start, end = time.fromisoformat(channel.quiet_from), time.fromisoformat(channel.quiet_until)
    return Quiet(start, end, channel.time_zone or zone)
