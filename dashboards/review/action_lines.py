"""Actions as a review tells them: a figure before, during and after, against its usual; no word on causes. Pure."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from dashboards.review.action_model import ActionLine
from dashboards.review.catalogue import CATALOGUE
from dashboards.review.figuring import Figures, Figuring
from dashboards.review.indicators import MAKERS, indicator_title
from dashboards.review.rows import ActionRows, PeriodRows
from dashboards.review.values import LANGS, Figure, Period, Text
from dashboards.review.voice import Voice
from mentions.brands import Brand

NOT_YET = {
    "during": Text("Not yet: it runs until {day}.", "Todavía no: dura hasta el {day}."),
    "after": Text("Not yet: the time after it ends on {day}.", "Todavía no: el tiempo posterior acaba el {day}."),
}
_PARTS = {
    "before": Text("before the action", "antes de la acción"),
    "during": Text("during the action", "durante la acción"),
    "after": Text("after the action", "después de la acción"),
}
_VERDICTS = {
    "level": Text("as usual", "como siempre"),
    "rose": Text("above the usual", "por encima de lo habitual"),
    "fell": Text("below the usual", "por debajo de lo habitual"),
}
_NOTHING = Text("nothing to compare with", "sin nada con que comparar")
_AIM = Text("the way it was meant to go", "en el sentido buscado")
_AGAINST = Text("against what was meant", "en contra de lo buscado")


def action_lines(made: Figuring) -> tuple[ActionLine, ...]:
    """Every action that the review speaks of, first begun first."""
    return tuple(_line(made, rows) for rows in made.rows.actions)


def better(line: ActionLine) -> bool | None:
    """Whether the indicator was, in the time after, beyond its usual range the way that was meant; None: unknown."""
    if line.after.value is None or line.after.verdict == "unknown":
        return None
    return line.after.verdict == _aimed(line.after)


def _line(made: Figuring, rows: ActionRows) -> ActionLine:
    action, around = rows.action, _length(rows.later)
    before, during, after = (
        _figure(made, rows, "before", rows.usual[-1], ()),
        _figure(made, rows, "during", rows.during, rows.like),
        _figure(made, rows, "after", rows.after, rows.usual),
    )
    return ActionLine(
        id=action.id,
        text=action.text,
        first_day=rows.days.first_day,
        last_day=rows.days.last_day,
        indicator=action.indicator,
        title=indicator_title(action.indicator),
        rules=action.rules,
        state=action.state,
        overdue=action.state == "open" and action.until <= made.now.period.until,
        added_by=action.added_by,
        closed_at=action.closed_at,
        closed_by=action.closed_by,
        word=action.word,
        lengths=(around, _length(rows.days), around),
        before=before,
        during=during,
        after=after,
        followed=_followed(rows, after),
    )


def _length(period: Period) -> int:
    return (period.last_day - period.first_day).days + 1


def _figure(made: Figuring, rows: ActionRows, part: str, now: PeriodRows | None, past: Sequence[PeriodRows]) -> Figure:
    name = f"action/{rows.action.id}/{part}"
    found = _not_yet(made, rows, part) if now is None else _made(made.brand, rows.action.indicator, (*past, now))
    when = _PARTS[part]
    title = Text(f"{found.title.en}, {when.en} {rows.action.id}", f"{found.title.es}, {when.es} {rows.action.id}")
    return replace(found, id=f"{made.prefix}/{name}", name=name, title=title)


def _made(brand: Brand, indicator: str, periods: Sequence[PeriodRows]) -> Figure:
    if indicator not in MAKERS:  # written by a newer build
        return _blank(indicator, Text("This build does not know it.", "Esta versión no la conoce."))
    return MAKERS[indicator](Figures(brand, periods))


def _not_yet(made: Figuring, rows: ActionRows, part: str) -> Figure:
    last, said = (rows.days if part == "during" else rows.later).last_day, NOT_YET[part]
    en, es = (f"{Voice(lang, made.now.period).day_of(last)} {last.year}" for lang in LANGS)
    return _blank(rows.action.indicator, Text(said.en.format(day=en), said.es.format(day=es)))


def _blank(indicator: str, note: Text) -> Figure:
    spec = CATALOGUE.get(indicator)
    title = indicator_title(indicator)
    return Figure(
        id="",
        name="",
        title=title,
        unit=spec.unit if spec else "count",
        value=None,
        good=spec.good if spec else 0,
        note=note,
        formula=spec.formula if spec else title,
    )


def _aimed(figure: Figure) -> str:
    """The verdict that was hoped for: of a figure that is neither good nor bad, more of it."""
    return "fell" if figure.good < 0 else "rose"


def _followed(rows: ActionRows, after: Figure) -> Text:
    if rows.after is None and after.note is not None:
        return after.note
    if after.value is None:
        return Text("After it: not known.", "Después: no se sabe.")
    said = _VERDICTS.get(after.verdict, _NOTHING)
    aim = None if after.verdict not in ("rose", "fell") else _AIM if after.verdict == _aimed(after) else _AGAINST
    others = tuple(_rivals(rows))
    en = "; ".join([said.en + (f", {aim.en}" if aim else ""), *(one.en for one in others)])
    es = "; ".join([said.es + (f", {aim.es}" if aim else ""), *(one.es for one in others)])
    return Text(f"After it: {en}.", f"Después: {es}.")


def _rivals(rows: ActionRows) -> Iterator[Text]:
    """Where the same figure went at other brands in the same days."""
    for brand, periods in rows.rivals:
        figure = _made(brand, rows.action.indicator, periods)
        if figure.value is not None and figure.verdict in _VERDICTS:
            said = _VERDICTS[figure.verdict]
            yield Text(f"{brand.name} then {said.en}", f"{brand.name}, entonces, {said.es}")
