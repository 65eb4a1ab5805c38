"""A review as Markdown. What strangers wrote is put where it cannot be markup: on one line, its signs escaped."""

import re
from collections.abc import Iterator, Sequence

from msgspec import structs

from dashboards.review.model import BrandRow, LinkLine, PersonLine, Quote, Review, Rule, Term
from dashboards.review.values import Figure, Lang
from dashboards.review.voice import Voice
from mentions.codec import scrub

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def render(review: Review, lang: Lang) -> str:
    """Write a review as Markdown; the same review gives the same text."""
    return "\n".join(_lines(review, Voice(lang, review.period), lang)) + "\n"


def plain(text: str) -> str:
    r"""What a stranger wrote, on one line, every sign that Markdown or HTML could take for its own escaped.

    >>> plain("[a](javascript:x) <b>")
    '\\[a\\](javascript:x) \\<b\\>'
    """
    return _SIGNS.sub(r"\\\1", " ".join(_UNSHOWN.sub(" ", scrub(text)).split()))


def code(text: str) -> str:
    """An id between backticks, where nothing is markup; a backtick in it is left out."""
    return f"`{' '.join(_UNSHOWN.sub(' ', scrub(text)).replace('`', '').split())}`"


def _lines(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield f"# {plain(review.brand)}: {voice.of_period('review')} {review.period.name}"
    yield ""
    yield f"{voice.days(review.period)} ({review.period.time_zone})"
    yield ""
    yield f"## {voice('changed')}"
    yield ""
    yield from (f"- {plain(sentence.text.said(lang))}" for sentence in review.headline)
    yield from _figures(review, voice, lang)
    yield from _brands(review, voice, lang)
    yield from _alerts(review, voice, lang)
    yield from _terms(review, voice)
    yield from _people(review, voice, lang)
    yield from _spam(review, voice, lang)
    yield from _actions(review, voice, lang)
    yield from _quality(review, voice, lang)
    yield from _published(review, voice, lang)
    yield from _scorecard(review, voice, lang)


def _head(title: str) -> Iterator[str]:
    yield from ("", f"## {title}", "")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _shown(figure: Figure, voice: Voice, lang: Lang) -> str:
    if figure.value is None:
        return f"– ({figure.note.said(lang)})" if figure.note else "–"
    parts = [voice.value(figure.unit, figure.value), voice.interval(figure)]
    if figure.n is not None:
        parts.append(voice("n", count=voice.number(figure.n)))
    return "; ".join(part for part in parts if part)


def _figure_rows(figures: Sequence[Figure], voice: Voice, lang: Lang) -> list[list[str]]:
    return [
        [one.title.said(lang), _shown(one, voice, lang), voice.band(one), voice.verdict(one), f"{code(one.id)}"]
        for one in figures
    ]


def _figures(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("figures"))
    heads = (voice("figure"), voice.of_period("this"), voice("usual_range"), "", "id")
    yield from _table(heads, _figure_rows(review.figures, voice, lang))
    missing = [one for one in review.earlier if not one.comparable]
    if missing:
        yield ""
        whys = (f"{one.period.name} ({one.why_not.said(lang)})" if one.why_not else one.period.name for one in missing)
        yield f"{voice('not_compared')} {', '.join(whys)}."


def _brands(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("rivals"))
    if len(review.brands) < 2:
        yield voice("rivals_none")
        return
    first = review.brands[0]
    titles = [one.title.said(lang) for one in _four(first)]
    rows = [[plain(row.brand), *(_shown(one, voice, lang) for one in _four(row))] for row in review.brands]
    yield from _table(["", *titles], rows)


def _four(row: BrandRow) -> tuple[Figure, ...]:
    return row.mentions, row.share_of_voice, row.net_sentiment, row.response


def _alerts(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("alerts"))
    if not review.alerts:
        yield voice("alerts_none")
    for alert in review.alerts:
        kind = f"{voice.alert_kind(alert.kind)} ({voice.severity(alert.severity)})"
        yield f"- **{voice.moment(alert.opened_at)}, {kind}** {plain(alert.cause.said(lang))} {code(alert.id)}"
        yield from (f"  - {_quote(quote, voice)}" for quote in alert.quotes)
    if review.alerts_in_all > len(review.alerts):
        yield voice("more_alerts", n=review.alerts_in_all - len(review.alerts))


def _quote(quote: Quote, voice: Voice) -> str:
    if quote.text is None:
        return f"– {code(quote.id)}"
    text = quote.text if len(quote.text) <= 280 else f"{quote.text[:279]}…"
    who = plain(quote.author) if quote.author else voice("unknown_author")
    return f"{voice('said', text=plain(text))} – {who}, {plain(voice.source(quote.source))}"


def _terms(review: Review, voice: Voice) -> Iterator[str]:
    yield from _head(voice("terms_links"))
    for key, terms in (("terms_rising", review.terms_rising), ("terms_falling", review.terms_falling)):
        yield _listing(voice, key, [_term(one, voice) for one in terms], "terms_none")
    for key, links in (("links_rising", review.links_rising), ("links_falling", review.links_falling)):
        yield _listing(voice, key, [_link(one, voice) for one in links], "links_none")
    now, before = (voice.number(count) for count in review.terms_looked_at)
    if review.terms_looked_at[1]:
        yield f"- {voice('terms_of', count=now, before=before)}"


def _listing(voice: Voice, key: str, lines: Sequence[str], none: str) -> str:
    return f"- {voice(key)} ({voice('in_brackets')}): {'; '.join(lines)}" if lines else f"- {voice(key)}: {voice(none)}"


def _term(term: Term, voice: Voice) -> str:
    return f"{plain(term.term)} {voice.number(term.posts)} ({voice.value('count', term.expected)})"


def _link(link: LinkLine, voice: Voice) -> str:
    usual = "–" if link.expected is None else voice.value("count", link.expected)
    return f"{plain(link.url)} {voice.number(link.posts)} ({usual})"


def _people(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("people"))
    yield from _short(review.people, voice, lang)
    counted = {one.name: int(one.value or 0) for one in review.people}
    parts: list[tuple[str, Sequence[PersonLine], int]] = [
        ("people_by", review.evangelists, counted.get("evangelists", 0)),
        ("lapsed_by", review.lapsed, counted.get("lapsed", 0)),
        ("detractors_by", review.detractors or (), counted.get("detractors", 0)),
    ]
    for key, people, in_all in parts:
        if people:
            more = voice("more_people", n=in_all - len(people)) if in_all > len(people) else ""
            yield f"- {voice(key)}: {', '.join(_person(one, voice) for one in people)}{more}"
    if review.waiting:
        yield f"- {voice('waiting_first')}:"
        yield from (f"  - {_quote(quote, voice)}" for quote in review.waiting)


def _person(person: PersonLine, voice: Voice) -> str:
    return f"{plain(person.handle or person.author)} ({voice.number(person.score, 2)})"


def _short(figures: Sequence[Figure], voice: Voice, lang: Lang) -> Iterator[str]:
    for one in figures:
        verdict = "" if one.verdict == "unknown" else f" ({voice.verdict(one)})"
        yield f"- {one.title.said(lang)}: {_shown(one, voice, lang)}{verdict} {code(one.id)}"


def _spam(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("spam"))
    yield from _short(review.spam, voice, lang)
    for one in review.campaigns:
        sample = "" if one.sample is None else f": {voice('said', text=plain(one.sample[:200]))}"
        counts = voice("posts_by", posts=voice.number(one.posts), authors=voice.number(one.authors))
        kind = voice.known(f"campaign_{one.kind}", one.kind)
        yield f"- {voice.moment(one.opened_at)}, {kind}, {counts}{sample} {code(one.id)}"
    if not review.campaigns:
        yield f"- {voice('campaigns_none')}"


def _actions(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("actions"))
    if not review.actions:
        yield voice("actions_none")
        return
    yield voice("actions_lead")
    yield ""
    for line in review.actions:
        yield f"- **{plain(line.text)}** ({voice.span_of_days(line.first_day, line.last_day)}): {voice.ending(line)}"
        if line.word is not None:
            yield f"  - “{plain(line.word)}”"
        for part, figure in zip(voice.stretches(line), (line.before, line.during, line.after), strict=True):
            shown = f"{line.title.said(lang)}, {part}: {_shown(figure, voice, lang)}"
            yield f"  - {shown}{voice.daily(figure, line)}{_verdict(figure, voice)} {code(figure.id)}"
        if line.after.note != line.followed:  # that is said already
            yield f"  - {plain(line.followed.said(lang))}"


def _verdict(figure: Figure, voice: Voice) -> str:
    if figure.value is None or figure.verdict == "unknown":
        return ""
    return f" ({voice.verdict(figure)}: {voice.band(figure)})"


def _quality(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("quality"))
    yield from _short(review.quality.figures, voice, lang)
    for source in review.quality.sources:
        heard = "heard_unknown" if source.completeness is None else "heard"
        told = voice(heard, share=voice.share(source.completeness or 0.0))
        share = voice.share(source.share or 0.0)
        yield f"- {plain(voice.source(source.source))}: {voice('of_source', n=source.mentions, share=share)}; {told}"
    for one in review.quality.languages:
        share = voice.share(one.share or 0.0)
        yield f"- {plain(voice.language(one.lang))}: {voice('of_source', n=one.mentions, share=share)}"
    if review.quality.gaps:
        yield f"- {voice('gaps')}:"
    for gap in review.quality.gaps:
        span = f"{voice.moment(gap.start)}, {voice.span(gap.end - gap.start)}"
        yield f"  - {plain(voice.source(gap.source))}: {span}: {voice('said', text=plain(voice.told(gap.why)))}"
    yield from (f"- {why.said(lang)}" for why in review.quality.not_seen)


def _published(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    if review.published is None:
        return
    yield from _head(voice("differences"))
    yield voice.published(structs.replace(review.published, who=plain(review.published.who)))
    yield ""
    for one in review.published.differences:
        values = (one.published, one.today)
        before, today = ("–" if value is None else voice.value(one.unit, value) for value in values)
        yield f"- {one.title.said(lang)}: {before} → {today}. {one.why.said(lang)}"
    if not review.published.differences:
        yield f"- {voice('published_same')}"
    yield from (f"- {why.said(lang)}" for why in review.published.why)


def _scorecard(review: Review, voice: Voice, lang: Lang) -> Iterator[str]:
    yield from _head(voice("scorecard"))
    for rule in review.scorecard:
        yield from _rule(rule, voice, lang)
    yield ""
    yield f"{voice('say_yourselves')} {code(voice.own_word(review))}"


def _rule(rule: Rule, voice: Voice, lang: Lang) -> Iterator[str]:
    note = f": {rule.note.said(lang)}" if rule.note else ""
    yield f"- **{rule.number}. {rule.title.said(lang)}**{note}"
    yield from (f"  {line}" for line in _short(rule.figures, voice, lang))
    yield from (f"  - {plain(line.said(lang))}" for line in rule.lines)
    if rule.word is not None:
        yield f"  - {plain(rule.word.who)}, {voice.on(rule.word.at)}: {plain(rule.word.text)}"
    if rule.action is not None:
        yield f"  - → {rule.action.said(lang)}"
