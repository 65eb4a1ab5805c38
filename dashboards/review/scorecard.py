"""The sixteen rules of social media optimisation, each measured, the team's word, or not measurable here. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from dashboards.review.figuring import Figuring, once
from dashboards.review.indicators import MAKERS, indicator_title
from dashboards.review.model import Rule
from dashboards.review.own_figures import ambassador_figure, help_figures, humble_figures, reuse_figures
from dashboards.review.scorecard_words import ACTIONS, KINDS, MISSING, TITLES
from dashboards.review.team_log import experiment_figures, process_figures, tactic_figures
from dashboards.review.values import Figure, Text
from processors.notifying.phrases import SOURCES
from processors.store.review_reading import largest, median_sharers

Measured = tuple[tuple[Figure, ...], tuple[Text, ...]]
"""A rule's figures and the lines behind them."""
_LESS_IS_BETTER = frozenset({"negative_share"})


def scorecard(made: Figuring, figures: Mapping[str, Figure]) -> tuple[Rule, ...]:
    """All sixteen rows."""
    return tuple(_rule(made, figures, number) for number in range(1, 17))


def _rule(made: Figuring, figures: Mapping[str, Figure], number: int) -> Rule:
    word = made.rows.words.get(number)
    measure = _MEASURES.get(number)
    found, lines = measure(made, figures) if measure else ((), ())
    if not any(figure.value is not None for figure in found):
        state = "word" if word is not None else "not_measurable"
        why = next((figure.note for figure in found if figure.note is not None), None) if found else None
        return Rule(number=number, title=TITLES[number], state=state, note=MISSING.get(number) or why, word=word)  # type: ignore[arg-type] # one of two states
    low = any(figure.verdict == ("fell" if figure.good > 0 else "rose") for figure in found if figure.good)
    first = found[0]
    weak = low or (first.good > 0 and first.value == 0)
    return Rule(
        number=number,
        title=TITLES[number],
        state="measured",
        figures=found,
        action=ACTIONS.get(number) if weak else None,
        word=word,
        lines=lines,
    )


def _links(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    if not made.rows.brand.domains:
        return (), ()
    return (
        MAKERS["own_page_mentions"](made),
        MAKERS["own_page_linkers"](made),
        made.single("own_pages_new", made.now.links.new, note=None if made.now.links.new is not None else _YOUNG),
    ), ()


def _linkers(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    top = made.rows.top_linkers
    if not made.rows.brand.domains or not top:
        return (), ()
    thanked = sum(done for _, done in top)
    return (made.single("linkers_thanked", thanked / len(top), n=len(top)),), tuple(
        Text(
            f"{name}: {'thanked' if done else 'not thanked'}",
            f"{name}: {'con' if done else 'sin'} gracias dadas",
        )
        for name, done in top[:5]
    )


def _travel(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    pages = made.now.links.travelled
    if not made.rows.brand.domains or not pages:
        return (), ()
    lines = tuple(
        Text(
            f"{page.url}: {page.sharers} sharers, {page.sources} networks, {page.hosts} domains",
            f"{page.url}: {page.sharers} personas, {page.sources} redes, {page.hosts} dominios",
        )
        for page in largest(pages)
    )
    reading = once(lambda rows: median_sharers(rows.links.travelled))
    return (made.figure("page_sharers", reading, n=len(pages)),), lines


def _friends(made: Figuring, figures: Mapping[str, Figure]) -> Measured:
    names = ("evangelists", "evangelists_new", "lapsed", "evangelists_thanked")
    return tuple(figures[name] for name in names), ()


def _answers(made: Figuring, figures: Mapping[str, Figure]) -> Measured:
    return tuple(figures[name] for name in ("response_share", "response_median", "response_p90")), ()


def _audience(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    rows, wanted = made.rows, made.rows.brand.audience
    known = [one for one in rows.languages if one.lang != "und"]
    found: list[Figure] = []
    if languages := wanted.get("languages"):
        total = sum(one.mentions for one in known)
        part = sum(one.mentions for one in known if one.lang in languages)
        found.append(made.single("audience_language", part / total if total else None, n=total))
    if aimed := {one.upper() for one in wanted.get("countries", ())}:
        total = sum(rows.countries.values())
        part = sum(count for country, count in rows.countries.items() if country in aimed)
        found.append(made.single("audience_country", part / total if total else None, n=total))
    if wanted.get("topics"):
        part, total = rows.topics
        found.append(made.single("audience_topic", part / total if total else None, n=total))
    return tuple(found), ()


def _content(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    own = made.rows.own
    if not made.now.responses.visible:
        return (), ()
    share = own.reacted / own.ripe if own.ripe else None
    lines = tuple(_of_kind(source, KINDS.get(kind, Text(kind, kind)), count) for source, kind, count in own.by_kind)
    return (made.single("own_posts", own.posts), made.single("own_posts_answered", share, n=own.ripe)), lines


def _of_kind(source: str, kind: Text, count: int) -> Text:
    en, es = SOURCES.get(source, (source, source))
    return Text(f"{en}, {kind.en}: {count}", f"{es}, {kind.es}: {count}")


def _real(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    own, (part, positive) = made.rows.own, made.rows.spam_or_campaign
    mentions = made.now.total("mentions")
    found = [
        made.single("artificial_share", part / mentions if mentions else None, n=mentions),
        made.single("artificial_positive", positive / part if part else None, n=part),
    ]
    if own.posts:
        found.append(made.single("own_copies", own.copies / own.posts, n=own.posts))
    return tuple(found), ()


def _goals(made: Figuring, figures: Mapping[str, Figure]) -> Measured:
    goals = made.rows.brand.goals
    values = {name: figure.value for name, figure in figures.items()}
    values["own_page_mentions"] = float(made.now.links.mentions)
    known = [(name, goal, value) for name, goal in goals.items() if (value := values.get(name)) is not None]
    if not known:
        return (), ()
    reached = [value < goal if name in _LESS_IS_BETTER else value >= goal for name, goal, value in known]
    figure = made.single("goals_reached", sum(reached) / len(known), n=len(known))
    return (figure,), tuple(_goal_lines(known, reached))


def _goal_lines(known: Sequence[tuple[str, float, float]], reached: Sequence[bool]) -> Iterator[Text]:
    for (name, goal, value), done in zip(known, reached, strict=True):
        sign, title = "<" if name in _LESS_IS_BETTER else "≥", indicator_title(name)
        found = f"{value:.4g} {sign} {goal:g}"
        yield Text(
            f"{title.en}: {found}: {'reached' if done else 'missed'}",
            f"{title.es}: {found}: {'alcanzado' if done else 'no alcanzado'}",
        )


def _experiments(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return experiment_figures(made)


def _tactics(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return tactic_figures(made)


def _process(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return (*process_figures(made), *ambassador_figure(made)), ()


def _mash_up(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return reuse_figures(made)


def _help(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return help_figures(made)


def _humble(made: Figuring, _: Mapping[str, Figure]) -> Measured:
    return humble_figures(made), ()


_YOUNG = Text("Told after four weeks of history.", "Se dice tras cuatro semanas de historia.")
_MEASURES: Mapping[int, Callable[[Figuring, Mapping[str, Figure]], Measured]] = {
    1: _links, 3: _linkers, 4: _travel, 5: _mash_up, 6: _help, 7: _friends, 8: _answers, 9: _audience, 10: _content,
    11: _real, 12: _humble, 13: _experiments, 14: _goals, 15: _tactics, 16: _process,
}  # fmt: skip
