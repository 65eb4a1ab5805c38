"""What verbs that change brands or layers share: who did it, and news for the processes that read them from Kafka."""

import getpass
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from atalaya.verbs import options

if TYPE_CHECKING:
    from mentions.brands import BrandRecord
    from mentions.settings_streaming import KafkaSettings


def who() -> str:
    """The person at the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user name
        return "command line"


def topic_of(url: str | None, config: Path | None) -> "KafkaSettings | None":
    """Where changes are to be published; None: nowhere. The topic speaks for the configured store alone."""
    from processors.store.targets import target_of

    settings = options.settings_of(config)
    if not settings.kafka.servers:
        return None
    ours, theirs = (target_of(address) for address in (url or settings.store.address(), settings.store.address()))
    is_same = ours.path.resolve() == theirs.path.resolve() if ours.path and theirs.path else ours.place == theirs.place
    return settings.kafka if is_same else None


def publish_now(records: "Iterable[BrandRecord]", topic: "KafkaSettings | None") -> None:
    """Publish what was committed; where Kafka is away, say who will do it later."""
    if topic is None:
        return
    from ingest.kafka.brand_topic import publish
    from mentions.errors import AtalayaError

    try:
        publish(topic, records)
    except AtalayaError as error:  # what was made is in the store for good
        typer.echo(f"atalaya: not published yet, `atalaya serve` will do it: {error}", err=True)
