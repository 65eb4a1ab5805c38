"""Opens a figure of a review: its formula, what went in, and the mentions behind it, counted once more one by one."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, and_, func, select

from dashboards.review.action_model import ActionLine
from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.model import Review, Term
from dashboards.review.own_figures import OWN_FIGURES
from dashboards.review.periods import named, span_of
from dashboards.review.rows import Rows
from dashboards.review.team_log import POPULATIONS
from dashboards.review.terms import FORMULA as TERM_FORMULA
from dashboards.review.values import Figure, Lang, Period, Text
from mentions.errors import UsageError
from mentions.folding import fold
from processors.brand_names import names_of
from processors.detection.terms import terms_in
from processors.store.brands import history
from processors.store.own_voice import PRAISE, answering
from processors.store.reading import StoredMention, find_mentions
from processors.store.receipts import MOST_MENTIONS, Quote, Receipt
from processors.store.review_counts import CONDITIONS, PUBLIC, in_campaign, is_artificial, late, within
from processors.store.review_reading import documents
from processors.store.schema import link_mentions, mentions

PREFIX = "review:"
_DAY = timedelta(days=1)
_PARTS: Mapping[str, tuple[str, ...]] = {
    "mentions": ("mentions",),
    "stories": ("mentions", "clustered"),
    "net_sentiment": ("positive", "negative"),
    "negative_share": ("negative", "mentions"),
    "share_of_voice": ("mentions",),
    "response_share": ("asked",),
    "waiting": ("asked",),
    "spam_share": ("spam", "mentions"),
    "unjudged_share": ("unjudged", "mentions"),
    "language_unknown": ("language_unknown", "mentions"),
    "own_posts": ("own",),
}
"""The conditions (`processors.store.review_counts`) that a figure is made of; the mentions shown are of the first."""

_OF_TERMS = (
    Text(
        TERM_FORMULA,
        "z = (p - q) / raíz(r (1 - r) (1 / n + 1 / m)), dos partes de las publicaciones con su parte común r",
    ),
    Text(
        "one post for each author and story; common words, handles and own names left out",
        "una publicación por autor e historia; sin palabras comunes, cuentas ni nombres de la marca",
    ),
)
_OF_LINKS = Text(
    "mentions by the public that link to the page, against the mean of the comparable periods before",
    "menciones del público que enlazan a la página, frente a la media de los periodos anteriores comparables",
)


def figure_receipt(
    connection: Connection, id_: str, *, max_delay: Mapping[str, timedelta] | None = None, lang: Lang = "en"
) -> Receipt:
    """Open `review:BRAND/PERIOD/NAME`: the review is made anew, and its number counted from the rows beside it.

    Args:
        max_delay: by source, how long a poll holds, as the review itself was given it.
        lang: of the formula's sentences.

    Raises:
        UsageError: there is no such brand, period or figure.
    """
    brand, period_name, name = [*id_.removeprefix(PREFIX).split("/", 2), "", ""][:3]
    if not name:
        msg = f"found {id_!r}; write review:BRAND/PERIOD/NAME, as `atalaya review` shows it"
        raise UsageError(msg)
    period = named(period_name, history(connection, brand)[-1].brand.time_zone)
    rows = gather(connection, brand, period, max_delay=max_delay)
    review = build(rows)
    term = next((one for one in (*review.terms_rising, *review.terms_falling) if one.id == id_), None)
    if term is not None:
        return _of_term(connection, rows, review, term, lang)
    if name.startswith("link/"):
        return _of_link(connection, review, name.removeprefix("link/"), id_, lang)
    figure = next((one for one in figures_of(review) if one.id == id_), None)
    if figure is None:
        known = ", ".join(sorted({one.name for one in figures_of(review)}))
        msg = f"the review of {brand}, {period_name}, has no figure {name!r}; it has {known}"
        raise UsageError(msg)
    return _of_figure(connection, rows, review, figure, lang)


def figures_of(review: Review) -> Iterator[Figure]:
    """Every figure of a review, those of other brands and of the scorecard too."""
    yield from (*review.figures, *review.people, *review.spam, *review.quality.figures)
    for row in review.brands[1:]:
        yield from (row.mentions, row.share_of_voice, row.net_sentiment, row.response)
    for rule in review.scorecard:
        yield from rule.figures
    for line in review.actions:
        yield from (line.before, line.during, line.after)


def _of_figure(connection: Connection, rows: Rows, review: Review, figure: Figure, lang: Lang) -> Receipt:
    brand, _, base = figure.name.rpartition("/")
    subject, period, inputs = brand or review.brand, review.period, dict[str, Any]()
    line = next((one for one in review.actions if figure in (one.before, one.during, one.after)), None)
    if line is not None:
        subject, period, base = review.brand, _stretch(line, base, period.time_zone), line.indicator
        inputs = {"action": line.text, "state": line.state, "for": line.indicator}
    conditions = _conditions(connection, base)
    names = ("value", "n", "interval", "before", "usual", "low", "high", "verdict")
    inputs |= {name: getattr(figure, name) for name in names}
    inputs |= {"since": period.since, "until": period.until}
    inputs |= {f"counted {name}": _count(connection, subject, period, one) for name, one in conditions.items()}
    first = next(iter(conditions.values()), None)
    shown = () if first is None else tuple(_quotes(connection, subject, period, first))
    if base in ("evangelists", "evangelists_new", "evangelists_thanked", "lapsed"):
        inputs["people"] = [one.id for one in (review.lapsed if base == "lapsed" else review.evangelists)]
    if base in POPULATIONS:
        inputs["actions"] = [f"{one.id} {one.state}: {one.text}" for one in POPULATIONS[base](rows.log, period)]
    if base == "actions_better":
        inputs["actions"] = [f"{one.id}: {one.followed.said(lang)}" for one in review.actions]
    if base in OWN_FIGURES:
        inputs |= asdict(rows.periods[-1].own)
    if base in ("ack_median", "alerts_acknowledged"):
        inputs["alerts"] = [one.id for one in rows.alerts if not one.historic]
    note = () if figure.note is None else (figure.note.said(lang),)
    return Receipt(
        kind="review",
        id=figure.id,
        brand=subject,
        formula=(figure.formula.said(lang), *note),
        version=review.format,
        inputs=inputs,
        mentions=shown,
    )


def _stretch(line: ActionLine, part: str, zone: str) -> Period:
    """The days before, during or after an action."""
    before, _, after = line.lengths
    match part:
        case "before":
            return span_of(line.first_day - before * _DAY, line.first_day - _DAY, zone)
        case "after":
            return span_of(line.last_day + _DAY, line.last_day + after * _DAY, zone)
    return span_of(line.first_day, line.last_day, zone)


def _of_term(connection: Connection, rows: Rows, review: Review, term: Term, lang: Lang) -> Receipt:
    """The posts that were counted, found as they were: among those that were looked at, by their own words."""
    period, named = review.period, rows.brand
    said, _ = documents(connection, review.brand, period.since, period.until)
    masked, key = names_of(named.name, named.query, named.accounts), fold(term.term)
    holding = [one.id for one in said if key in terms_in(one.text, one.lang, masked)]
    inputs = {"term": term.term, "posts": term.posts, "expected": term.expected, "z": term.z, "label": term.label}
    inputs |= {"looked_at": review.terms_looked_at[0], "looked_at_before": review.terms_looked_at[1]}
    inputs["counted posts"] = len(holding)
    newest = holding[::-1][:MOST_MENTIONS]
    return Receipt(
        kind="review",
        id=term.id,
        brand=review.brand,
        formula=tuple(line.said(lang) for line in _OF_TERMS),
        version=review.format,
        inputs=inputs,
        mentions=tuple(_quote(one) for id_ in newest for one in find_mentions(connection, id_, review.brand)),
    )


def _of_link(connection: Connection, review: Review, url: str, id_: str, lang: Lang) -> Receipt:
    held = link_mentions.c
    mine = select(held.id).where(held.brand == mentions.c.brand, held.id == mentions.c.id, held.url == url)
    linking = and_(PUBLIC, mine.exists())
    inputs = {"url": url, "counted posts": _count(connection, review.brand, review.period, linking)}
    return Receipt(
        kind="review",
        id=id_,
        brand=review.brand,
        formula=(_OF_LINKS.said(lang),),
        version=review.format,
        inputs=inputs,
        mentions=tuple(_quotes(connection, review.brand, review.period, linking)),
    )


def _conditions(connection: Connection, base: str) -> dict[str, ColumnElement[bool]]:
    special = {
        "answers_unlinked": answering(),
        "answers_own_words": answering(),
        "praise_thanked": PRAISE,
        "late": late(connection),
        "artificial_share": is_artificial(),
        "campaign_share": and_(PUBLIC, in_campaign()),
    }
    if base in special:
        return {base: special[base]}
    return {name: CONDITIONS[name] for name in _PARTS.get(base, ())}


def _count(connection: Connection, brand: str, period: Period, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).where(*within(brand, period.since, period.until), condition)
    return int(connection.execute(query).scalar_one())


def _quotes(connection: Connection, brand: str, period: Period, condition: ColumnElement[bool]) -> Iterator[Quote]:
    m = mentions.c
    query = select(m.id).where(*within(brand, period.since, period.until), condition)
    for id_ in connection.scalars(query.order_by(m.created_at.desc(), m.id).limit(MOST_MENTIONS)).all():
        yield from map(_quote, find_mentions(connection, id_, brand))


def _quote(mention: StoredMention) -> Quote:
    return Quote(
        id=mention.id,
        created_at=mention.created_at,
        author=None if mention.author is None else mention.author.handle or mention.author.id,
        text=None if mention.erased else " ".join(filter(None, (mention.title, mention.text))),
        url=mention.url,
        label=mention.label,
        score=mention.score,
        weight=mention.weight,
    )
