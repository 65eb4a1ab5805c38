"""From the configured channels to a notifier, and to the tasks that it runs as."""

import os
import socket
import uuid
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial

from atalaya.metrics import Metrics
from atalaya.tasks import every
from mentions import metric_names as names
from mentions.errors import SettingsError, UsageError
from mentions.settings import Settings
from mentions.settings_channels import AnyChannel, MailSettings, WebhookSettings
from mentions.settings_schema import Secret
from processors.notifying.notifier import Notifier, Way
from processors.notifying.sending import MailSender, Sender, WebhookSender
from processors.notifying.telling import Voice
from processors.store.opening import Store

LOOK_EVERY = 1.0
"""Seconds between looks for what is due: a message must leave within 15 s of its alert."""
STRANGERS_EVERY = 600.0


def sender_of(channel: AnyChannel) -> Sender:
    """The way that a channel is reached by; opens no connection.

    Raises:
        SettingsError: apprise does not know its address.
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
        return WebhookSender(channel.url.reveal(), _revealed(channel.key))
    from processors.notifying.apprise_sending import AppriseSender  # slow to load (2 s), and few need it

    try:
        return AppriseSender(channel.url.reveal())
    except UsageError as error:
        raise SettingsError(f"channel {channel.name}", "channel.url", str(error), "correct it") from error


def voice_of(settings: Settings, channel: AnyChannel) -> Voice:
    """In which words a channel is spoken to."""
    zone = channel.time_zone or settings.time.time_zone
    return Voice(lang=channel.language, zone=zone, public_url=settings.notify.public_url)


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

    ways = {channel.name: Way(sender_of(channel), voice_of(settings, channel)) for channel in settings.channels}
    who = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    return Notifier(store, ways, who=who, now=now, observe=observe)


def chores_of(notifier: Notifier) -> Iterable[Coroutine[None, None, None]]:
    """What has to run for people to be told: a task per channel; none where there is no channel."""
    for channel in notifier.channels:
        yield every(LOOK_EVERY, partial(notifier.tell, channel), f"telling {channel}")
    if notifier.channels:
        yield every(STRANGERS_EVERY, notifier.give_up_strangers, "looking for messages of unknown channels")


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()
