"""From a stored mention to what its card on the page says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from dashboards.console import texts
from dashboards.console.speech import RECENT, Speech
from dashboards.console.texts import Piece
from mentions.records import Author, Finding, Reason
from processors.store.reading import StoredMention

_CONVERSATION = ("own", "reply_to_own", "quotes_own", "tags_own", "reply_to_mention")
_USUAL_KINDS = ("post", "article")
"""Kinds that go without saying."""
_READABLE_ID = 20
_ARROWS = {"up": "▲", "down": "▼"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A word and what it added, as it is shown."""

    term: str
    weight: str
    pull: str


@dataclass(frozen=True, slots=True)
class Chip:
    """An intent or an aspect as it is shown, and the words that decided it."""

    kind: str
    name: str
    decided: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a card says, in words; the template only arranges it. Empty: nothing to say."""

    element_id: str
    iso: str
    when: str
    clock: str
    ago: str
    skewed: bool
    erased: bool
    label: str
    label_word: str
    author: str
    author_title: str
    handle: str
    voice: str
    brand: str
    source: str
    kind: str
    language: str
    lang: str
    why: str
    clause: str
    title: Sequence[Piece]
    text: Sequence[Piece]
    rest: Sequence[Piece]
    link: str | None
    host: str
    reasons: Sequence[Weighed]
    decided: str
    score: str
    chips: Sequence[Chip]


def card_of(mention: StoredMention, s: Speech, now: datetime, zone: tzinfo, *, show_brand: bool) -> Card:
    """Say everything about one mention in the language of `s`, in the brand's time zone.

    Args:
        show_brand: several brands are watched.
    """
    first, rest = texts.lead(mention.text or "")
    reasons = [_weighed(reason, s) for reason in mention.reasons]
    link = texts.link(mention.url)
    author, handle, title = _names(mention.author, s)
    why, clause = _why(mention.why, s)
    return Card(
        element_id=texts.element_id(mention.brand, mention.id),
        iso=f"{mention.created_at:%Y-%m-%dT%H:%M:%S}Z",
        when=f"{s.when(mention.created_at, zone)} ({zone})",
        clock=_clock(mention.created_at, now, zone, s),
        ago="" if now - mention.created_at >= RECENT else s.ago(mention.created_at, now, zone),
        skewed=mention.clock_skew,
        erased=mention.erased,
        label=mention.label or "unjudged",
        label_word=s.known(mention.label, mention.label) if mention.label else "",
        author=author,
        author_title=title,
        handle=handle,
        voice="" if mention.voice == "public" else s.known(f"{mention.voice}_voice", mention.voice),
        brand=mention.brand if show_brand else "",
        source=s.source(mention.source),
        kind="" if mention.kind in _USUAL_KINDS else s.known(f"kind_{mention.kind}", mention.kind),
        language=s.language(mention.lang),
        lang="" if mention.lang == "und" else mention.lang,
        why=why,
        clause=clause,
        title=texts.pieces(mention.title or "", mention.reasons),
        text=texts.pieces(first, mention.reasons),
        rest=texts.pieces(rest, mention.reasons),
        link=link,
        host=_host(link),
        reasons=reasons,
        decided=", ".join(f"{word.term} {word.weight}" for word in reasons),
        score=_score(mention, s),
        chips=[
            *(_chip("intent", finding, s) for finding in mention.intents),
            *(_chip("aspect", finding, s) for finding in mention.aspects),
        ],
    )


def _names(author: Author | None, s: Speech) -> tuple[str, str, str]:
    """What the author is called, the handle beside it, and what is known besides."""
    if author is None:
        return s("unknown_author"), "", ""
    handle = f"@{author.handle.removeprefix('@')}" if author.handle else ""
    title = s("followers", count=s.number(author.followers)) if author.followers is not None else ""
    if author.name:
        return author.name, handle, title
    if handle:
        return handle, "", title
    return _shortened(author.id) or s("unknown_author"), "", ", ".join(filter(None, (author.id, title)))


def _shortened(author_id: str) -> str:
    """The beginning of an id that only machines read to its end."""
    return author_id if len(author_id) <= _READABLE_ID else f"{author_id[:_READABLE_ID]}…"


def _why(why: str, s: Speech) -> tuple[str, str]:
    if why in _CONVERSATION:
        return s(f"why_{why}"), ""
    return s("why"), why


def _weighed(reason: Reason, s: Speech) -> Weighed:
    pull = "up" if reason.weight > 0 else "down"
    return Weighed(reason.term, f"{_ARROWS[pull]} {s.signed(reason.weight, 1)}", pull)


def _chip(kind: str, finding: Finding, s: Speech) -> Chip:
    """A brand's own aspect is called what the brand calls it."""
    name = s.known(f"{kind}_{finding.name}", finding.name)
    return Chip(kind, name, s("chip_why", words=", ".join(s("said", text=term) for term in finding.terms)))


def _clock(moment: datetime, now: datetime, zone: tzinfo, s: Speech) -> str:
    """The hour; the day too when it is not today's."""
    is_today = moment.astimezone(zone).date() == now.astimezone(zone).date()
    return s.clock(moment, zone) if is_today else s.when(moment, zone)


def _host(link: str | None) -> str:
    """Where the link truly leads."""
    return (urlsplit(link).hostname or "").removeprefix("www.") if link else ""


def _score(mention: StoredMention, s: Speech) -> str:
    if mention.score is None or mention.label == "unjudged":
        return ""
    return s("score", score=s.signed(mention.score, 2), engine=mention.engine_version)
