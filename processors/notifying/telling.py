"""Reads what a message is made of, at the moment of sending: text that was deleted meanwhile is never sent."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from mentions.errors import UsageError
from processors.notifying.claims import Claim
from processors.notifying.messages import QUOTES, Quote, Telling
from processors.notifying.phrases import Lang
from processors.store.alert_reading import StoredAlert, StoredStep, find_alert, steps_of
from processors.store.brands import current
from processors.store.reading import StoredMention, find_mentions
from processors.store.schema import deliveries
from processors.store.sector import rising_elsewhere

_ID_KEYS = ("mentions", "mention", "first_post", "posts")
"""Where evidence names posts."""


class Voice(Struct, frozen=True, kw_only=True):
    """In which words a channel is spoken to; `zone`: IANA name of its times, None: the brand's."""

    lang: Lang = "en"
    zone: str | None = None
    public_url: str | None = None


def telling_of(connection: Connection, claim: Claim, voice: Voice, now: datetime) -> Telling:
    """Read what the message of a delivery is made of.

    Raises:
        UsageError: there is no such alert or step.
    """
    alert = find_alert(connection, claim.alert)
    steps = steps_of(connection, alert.id)
    step = next((step for step in steps if step.number == claim.number), None)
    if step is None:
        msg = f"alert {alert.id} has no step {claim.number}"
        raise UsageError(msg)
    told = told_numbers(connection, claim)
    return telling(connection, alert, steps, step, told, voice, now)


def telling(
    connection: Connection,
    alert: StoredAlert,
    steps: list[StoredStep],
    step: StoredStep,
    told: list[int],
    voice: Voice,
    now: datetime,
) -> Telling:
    """Add the posts that show what an alert is about.

    Args:
        told: numbers of the steps that the channel has been told.
    """
    before = [earlier for earlier in steps if earlier.number in told and earlier.number < step.number]
    over = step.step == "close" and bool(before)
    return Telling(
        alert=alert,
        step=step,
        steps=tuple(earlier for earlier in steps if earlier.number <= step.number),
        before=before[-1] if before else None,
        quotes=() if over else tuple(quotes_of(connection, alert, step.evidence)),
        lang=voice.lang,
        sector=rising_elsewhere(connection, alert),
        zone=voice.zone or _zone_of(connection, alert.brand),
        public_url=voice.public_url,
        now=now,
    )


def _zone_of(connection: Connection, brand: str) -> str:
    return next((found.brand.time_zone for found in current(connection) if found.brand.name == brand), "UTC")


def told_numbers(connection: Connection, claim: Claim) -> list[int]:
    """The steps that have left for a channel already."""
    told = select(deliveries.c.number).where(
        deliveries.c.alert == claim.alert, deliveries.c.channel == claim.channel, deliveries.c.state == "sent"
    )
    return sorted(connection.scalars(told))


def quotes_of(connection: Connection, alert: StoredAlert, evidence: Mapping[str, Any]) -> Iterator[Quote]:
    """Up to three posts as they are now: those that explain the alert, else those of its evidence."""
    ids = list(_ids(alert.explanation)) or list(_ids(evidence))
    for id_ in list(dict.fromkeys(ids))[:QUOTES]:
        found = find_mentions(connection, id_, alert.brand)
        yield _quote(found[0]) if found else Quote()


def posts_named(alert: StoredAlert) -> list[str]:
    """Ids of the posts that an alert names, those that explain it first."""
    return list(dict.fromkeys([*_ids(alert.explanation), *_ids(alert.evidence)]))


def _ids(source: Mapping[str, Any]) -> Iterator[str]:
    for key in _ID_KEYS:
        value = source.get(key)
        yield from (id_ for id_ in (value if isinstance(value, list) else [value]) if isinstance(id_, str))


def _quote(mention: StoredMention) -> Quote:
    author = mention.author
    return Quote(
        source=mention.source,
        who=None if author is None else author.handle or author.name,
        text=None if mention.erased else " ".join(filter(None, (mention.title, mention.text))),
        url=mention.url,
    )
