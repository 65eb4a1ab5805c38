"""From the configured channels to a notifier, and to the tasks that it runs as."""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime, timedelta
from functools import partial

from atalaya.metrics import Metrics
from atalaya.routes import routing_of
from atalaya.tasks import every
from mentions import metric_names as names
from mentions.errors import SettingsError, Unavailable, UsageError
from mentions.settings import Settings
from mentions.settings_channels import AnyChannel, AppriseSettings, MailSettings, WebhookSettings, channel_section
from mentions.settings_schema import Secret
from processors.notifying import claims
from processors.notifying.notifier import Notifier, Way
from processors.notifying.punctuality import Told
from processors.notifying.routing import Route
from processors.notifying.sending import MailSender, Sender, WebhookSender
from processors.notifying.telling import Voice
from processors.store.opening import Store

LOOK_EVERY = 1.0
"""Seconds between looks for what is due: a message must leave within 15 s of its alert."""
STRANGERS_EVERY = 600.0
LATELY = timedelta(days=7)


def sender_of(channel: AnyChannel) -> Sender:
    """The way that a channel is reached by; opens no connection.

    Raises:
        SettingsError: its address or another secret is missing or cannot be used.
    """
    if isinstance(channel, MailSettings):
        return MailSender(
            to=channel.to,
            sender=channel.sender,
            host=channel.host,
            port=channel.port,
            security=channel.security,
            user=channel.user,
            password=_revealed(channel.password),
        )
    if isinstance(channel, WebhookSettings):
        return WebhookSender(_address(channel), _revealed(channel.key))
    from processors.notifying.apprise_sending import AppriseSender  # slow to load (2 s), and few need it

    try:
        return AppriseSender(_address(channel))
    except UsageError as error:
        raise SettingsError(f"channel {channel.name}", "channel.url", str(error), "correct it") from error


def _address(channel: WebhookSettings | AppriseSettings) -> str:
    url = _revealed(channel.url)
    where, name = f"channel {channel.name}", f"ATALAYA_{channel_section(channel.name)}_URL".upper()
    if url is None:
        raise SettingsError(where, "channel.url", "it is missing", f'set {name}, or write url = "file:PATH"')
    schemes = ("http", "https") if isinstance(channel, WebhookSettings) else ()
    scheme, sign, _ = url.partition("://")
    if not sign or (schemes and scheme.lower() not in schemes):
        right = "give the whole address, with its https://" if schemes else "give the whole address, with its slack://"
        raise SettingsError(where, "channel.url", "what it names is no such address", right)
    return url


def voice_of(settings: Settings, channel: AnyChannel) -> Voice:
    """In which words a channel is spoken to."""
    return Voice(lang=channel.language, zone=channel.time_zone, public_url=settings.notify.public_url)


def notifier_of(settings: Settings, store: Store, now: Callable[[], datetime], metrics: Metrics) -> Notifier:
    """The notifier of this process.

    Raises:
        SettingsError: a channel's address cannot be used.
    """

    def observe(seconds: float | None) -> None:
        if seconds is None:
            metrics.inc(names.MESSAGES_FAILED)
        else:
            metrics.inc(names.MESSAGES_SENT)
            metrics.observe(names.DELIVERY_AGE, seconds)

    allowance = timedelta(seconds=settings.time.allowance_seconds)
    ways = {channel.name: Way(sender_of(channel), voice_of(settings, channel)) for channel in settings.channels}
    who = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    return Notifier(
        store, ways, who=who, now=now, observe=observe, told=punctuality(metrics, routing_of(settings), allowance)
    )


def punctuality(metrics: Metrics, routes: Iterable[Route], allowance: timedelta) -> Callable[[Told], None]:
    """Measure how long news took to reach a channel; what quiet hours held back was not to leave yet.

    Args:
        allowance: how long after its end a minute closes.
    """
    quiet = {route.channel: route.quiet for route in routes}

    def told(message: Told) -> None:
        hours = quiet.get(message.channel)
        held = hours is not None and message.severity != "critical" and hours.until(message.at) is not None
        if message.is_news and not held:
            known = message.at + allowance
            metrics.observe(names.ALERT_DELIVERY_SECONDS, max(0.0, (message.sent_at - known).total_seconds()))
            if message.first_post is not None:
                age = (message.sent_at - message.first_post).total_seconds()
                metrics.observe(names.MENTION_TO_ALERT_SECONDS, max(0.0, age))

    return told


def chores_of(notifier: Notifier) -> Iterable[Coroutine[None, None, None]]:
    """What has to run for people to be told: a task per channel; none where there is no channel."""
    for channel in notifier.channels:
        yield _telling(notifier, channel)
    if notifier.channels:
        yield every(STRANGERS_EVERY, notifier.give_up_strangers, "looking for messages of unknown channels")


async def _telling(notifier: Notifier, channel: str) -> None:
    try:
        await every(LOOK_EVERY, partial(notifier.tell, channel), f"telling {channel}")
    finally:
        await asyncio.to_thread(notifier.stop)  # a message that is leaving is marked before the store closes


def look_at_channels(settings: Settings, store: Store, now: datetime) -> str:
    """What `doctor` finds of the notifier.

    Raises:
        AtalayaError: a channel cannot be used, or people were not told lately.
    """
    found = [f"{channel.name}: {sender_of(channel).check()}" for channel in settings.channels]
    with store.reading() as connection:
        waiting, given_up = claims.not_told(connection, now - LATELY, now)
    if waiting or given_up:
        msg = f"{waiting} messages wait for more than 5 minutes, {given_up} were given up in the last week"
        raise Unavailable(msg)
    return "; ".join(found) or "no channel is configured: nobody is told of alerts"


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()
