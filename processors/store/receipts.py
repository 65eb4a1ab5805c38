"""Receipts: the formula behind a figure, what went into it, and the mentions that it comes from. docs/people.md."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from mentions.clock import EPOCH
from mentions.errors import UsageError
from mentions.records import Reason
from processors.detection import influence, loyalty
from processors.detection.campaign_state import OPEN
from processors.detection.clusters import AGREEMENT
from processors.store.alert_reading import StoredAlert, StoredStep, find_alert, steps_of
from processors.store.author_words import words_on
from processors.store.campaign_reading import find_campaign
from processors.store.people import Known, find_person, window_start
from processors.store.reading import StoredMention, Wanted, find_mentions, mentions_by
from processors.store.sector import rising_elsewhere
from processors.store.work import work_history

ReceiptKind = Literal["mention", "alert", "campaign", "evangelist", "detractor", "review"]
MOST_MENTIONS = 20
"""Mentions behind a figure that are shown."""

ALERT_FORMULAS = {
    "negative_spike": "so many negatives in an hour are improbable for the brand at this time of its week AND for how "
    "much was said of it; the score is the lesser of the two surprises (docs/spikes.md)",
    "volume_spike": "the last 15 minutes against the brand's mean and its hour of the day, in standard deviations; "
    "counted where it beats the last 24 hours (docs/spikes.md)",
    "silence": "mentions that should have come and did not, while every source saw everything (docs/spikes.md)",
    "campaign": f"near-duplicates (at least {AGREEMENT:.0%} of their sketches agree) by {OPEN} or more authors within "
    "an hour; the score is the number of authors (docs/campaigns.md)",
    "watchword": "a word of a list, at the first post, once per story; the severity rises with the number of authors "
    "(docs/alerts.md)",
    "notable_author": "a listed account or medium, or an author with many followers, at the first post, once per story "
    "(docs/alerts.md)",
}
CAMPAIGN_FORMULA = (
    ALERT_FORMULAS["campaign"],
    "own: the brand said it first, or most posts link to its pages; organic: a publisher's article, or most posts "
    "link to one, or are reposts or answers to the brand; coordinated: everything else",
)
MENTION_FORMULA = (
    "score and label: the engine's, from the words below",
    "text_weight: what the spam reasons of the text leave of 1",
    "weight = max(0, text_weight - sum of the behaviour reasons)",
    f"engagement = likes + shares + replies; influence = followers x share, {influence.MOST} up to "
    f"{influence.NEAR:,} followers, {influence.LEAST} from {influence.FAR:,}, falling with the logarithm between "
    f"(version {influence.FORMULA_VERSION})",
)


class Quote(Struct, frozen=True, kw_only=True):
    """A mention behind a figure; `text` None: erased."""

    id: str
    created_at: datetime
    author: str | None
    text: str | None
    url: str | None
    label: str | None
    score: float | None
    weight: float | None


class Word(Struct, frozen=True, kw_only=True):
    """What a person wrote beside it: `thanked` or `note`."""

    at: datetime
    who: str
    what: str
    text: str | None


class Receipt(Struct, frozen=True, kw_only=True):
    """How a figure was made.

    Attributes:
        formula: sentences and equations, with their constants. version: of the formula, or of what judged.
        inputs: what the formula was given, by name; its results too. reasons: by what they add up to.
        mentions: behind the figure, at most MOST_MENTIONS. evidence, explanation, steps: of an alert.
        words: what people wrote beside it.
    """

    kind: ReceiptKind
    id: str
    brand: str
    formula: tuple[str, ...]
    version: str | None
    inputs: dict[str, Any]
    reasons: dict[str, tuple[Reason, ...]] = {}
    mentions: tuple[Quote, ...] = ()
    evidence: dict[str, Any] | None = None
    explanation: dict[str, Any] | None = None
    steps: tuple[StoredStep, ...] = ()
    words: tuple[Word, ...] = ()


def mention_receipts(connection: Connection, id_: str, brand: str | None) -> list[Receipt]:
    """One receipt for each brand that a mention speaks of; none: no such mention."""
    return [_of_mention(connection, mention) for mention in find_mentions(connection, id_, brand)]


def alert_receipt(connection: Connection, id_: str) -> Receipt:
    """Of an alert, by its id or the beginning of it.

    Raises:
        UsageError: there is none, or several.
    """
    alert = find_alert(connection, id_)
    return Receipt(
        kind="alert",
        id=alert.id,
        brand=alert.brand,
        formula=(ALERT_FORMULAS[alert.kind],),
        version=None,
        inputs={name: getattr(alert, name) for name in _ALERT} | {"sector": rising_elsewhere(connection, alert)},
        mentions=_quotes(_named(connection, alert.brand, _behind(alert))),
        evidence=alert.evidence,
        explanation=alert.explanation,
        steps=tuple(steps_of(connection, alert.id)),
        words=tuple(Word(at=note.at, who=note.who, what="note", text=note.text) for note in alert.notes),
    )


_ALERT = ("kind", "subject", "severity", "score", "opened_at", "updated_at", "closed_at", "historic")


def campaign_receipt(connection: Connection, id_: str) -> Receipt:
    """Of a campaign, by the id that `campaigns` lists.

    Raises:
        UsageError: there is none.
    """
    campaign = find_campaign(connection, id_)
    inputs = {name: getattr(campaign, name) for name in campaign.__struct_fields__ if name not in ("id", "brand")}
    return Receipt(
        kind="campaign",
        id=campaign.id,
        brand=campaign.brand,
        formula=CAMPAIGN_FORMULA,
        version=None,
        inputs=inputs,
        mentions=_quotes(_named(connection, campaign.brand, campaign.posts)),
    )


def person_receipt(
    connection: Connection, kind: Literal["evangelist", "detractor"], name: str, until: datetime
) -> Receipt:
    """Of an author of a brand, named `BRAND/SOURCE/ID`; `until` is 'now' for the decay.

    Raises:
        UsageError: the name has another form, or that author never spoke of that brand.
    """
    brand, source, author = [*name.split("/", 2), "", ""][:3]
    if not author:
        msg = f"found {kind}:{name}; write {kind}:BRAND/SOURCE/ID, with the id that `atalaya {kind}s --json` shows"
        raise UsageError(msg)
    known = find_person(connection, brand, (source, author), until)
    if known is None:
        days = loyalty.WINDOW
        msg = f"{source}:{author} said nothing of {brand!r} in the {days} days before {until:%Y-%m-%d}"
        raise UsageError(msg)
    wanted = Wanted(brand=brand, since=window_start(until), until=until)
    return Receipt(
        kind=kind,
        id=f"{kind}:{brand}/{source}/{author}",
        brand=brand,
        formula=_person_formula(kind),
        version=loyalty.FORMULA_VERSION,
        inputs=_person_inputs(kind, known, until),
        mentions=_quotes(mentions_by(connection, source, author, wanted, limit=MOST_MENTIONS)),
        words=tuple(
            Word(at=said.at, who=said.who, what=said.what, text=said.text)
            for said in words_on(connection, brand, source, author)
        ),
    )


def _person_formula(kind: Literal["evangelist", "detractor"]) -> tuple[str, ...]:
    one = loyalty
    ours, sign = ("positive", "") if kind == "evangelist" else ("negative", "-")
    return (
        f"{kind} = max(0, {sign}affinity - margin) x loyalty x authenticity x recency; listed from "
        f"{one.LISTED_AT}, {one.LEAST_DAYS} days with a vote and {one.LEAST_SPAN} days from the first to the last",
        f"a day's vote: +1 where the mean score of its distinct mentions is over {one.SIGN_AT}, -1 where it is under "
        f"-{one.SIGN_AT}, else 0; each counts 0.5 ^ (its age in days / {one.HALF_LIFE:g}), {one.WINDOW} days back",
        f"affinity = (positive - negative) / (positive + neutral + negative + {one.PRIOR:g})",
        f"margin = {one.MARGIN} / sqrt(positive + neutral + negative + 1)",
        f"loyalty = 1 - exp(-{ours} / {one.LOYALTY_DAYS})",
        "authenticity = (1 - copies / mentions) ^ 2",
        f"recency = 0.5 ^ (days of silence over {one.GRACE} / {one.FADING:g})",
    )


def _person_inputs(kind: str, known: Known, until: datetime) -> dict[str, Any]:
    found, person = known.appraisal, known.person
    days = [
        {
            "day": f"{EPOCH + timedelta(days=day.day):%Y-%m-%d}",
            "mentions": day.mentions,
            "copies": day.copies,
            "spam": day.spam,
            "vote": day.sign,
        }
        for day in known.days
    ]
    return {
        "score": round(getattr(found, kind), 4),
        "positive": round(found.positive, 3),
        "neutral": round(found.neutral, 3),
        "negative": round(found.negative, 3),
        "margin": round(found.margin, 4),
        "affinity": person.affinity,
        "loyalty": person.loyalty if kind == "evangelist" else round(loyalty.loyalty_of(found.negative), 4),
        "authenticity": person.authenticity,
        "recency": person.recency,
        "days_active": person.days_active,
        "listed": found.listed and getattr(found, kind) >= loyalty.LISTED_AT and not person.campaign,
        "lapsed": found.lapsed,
        "campaign": person.campaign,
        "role": person.role,
        "role_why": person.role_why,
        "reach": person.reach,
        "links_given": person.links_given,
        "thanked_at": person.thanked_at,
        "last_seen": person.last_seen,
        "until": until,
        "days": days,
    }


def _of_mention(connection: Connection, mention: StoredMention) -> Receipt:
    inputs = {
        name: getattr(mention, name)
        for name in ("label", "score", "p", "text_weight", "weight", "lang", "voice", "why", "query_version", "cluster")
    }
    inputs |= {
        "spam": None if mention.spam is None else mention.spam.score,
        "followers": None if mention.author is None else mention.author.followers,
        "engagement": mention.engagement,
        "impact": mention.impact,
        "rules_version": mention.rules_version,
        "late_by": mention.late_by,
    }
    notes = [
        Word(at=event.at, who=event.who, what="note", text=msgspec.json.decode(event.after, type=str))
        for event in work_history(connection, mention.brand, mention.id)
        if event.what == "note" and event.after is not None
    ]
    return Receipt(
        kind="mention",
        id=mention.id,
        brand=mention.brand,
        formula=MENTION_FORMULA,
        version=mention.engine_version,
        inputs=inputs,
        reasons={
            "sentiment": mention.reasons,
            "spam": () if mention.spam is None else mention.spam.reasons,
            "behaviour": mention.behaviour,
        },
        mentions=_quotes([mention]),
        words=tuple(notes),
    )


def _behind(alert: StoredAlert) -> list[str]:
    """Ids that an alert names, those that explain it first."""
    found = [*alert.explanation.get("mentions", ()), *alert.evidence.get("mentions", ())]
    return list(dict.fromkeys(id_ for id_ in found if isinstance(id_, str)))


def _named(connection: Connection, brand: str, ids: Sequence[str]) -> Iterable[StoredMention]:
    for id_ in ids[:MOST_MENTIONS]:
        yield from find_mentions(connection, id_, brand)


def _quotes(found: Iterable[StoredMention]) -> tuple[Quote, ...]:
    return tuple(
        Quote(
            id=mention.id,
            created_at=mention.created_at,
            author=None if mention.author is None else mention.author.handle or mention.author.id,
            text=None if mention.erased else " ".join(filter(None, (mention.title, mention.text))),
            url=mention.url,
            label=mention.label,
            score=mention.score,
            weight=mention.weight,
        )
        for mention in found
    )
