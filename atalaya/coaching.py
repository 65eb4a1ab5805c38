"""From a brand's labels to its layer: read the labelled texts as SCORE would, learn, and try what it would be worth."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from atalaya.brand_desk import BrandDesk
from atalaya.judging import judges_of
from mentions.errors import UsageError
from mentions.records import Hit
from mentions.settings import Settings
from processors.brand_book import BrandBook
from processors.scoring import Judges, opening
from processors.sentiment.layer import LABELS
from processors.sentiment.layer_evaluation import Evaluation, evaluate
from processors.sentiment.layer_training import Labelled, train_layer
from processors.sentiment.layered import read
from processors.store.corrections import Correction, corrections
from processors.store.layers import add_layer, choices, use_layer
from processors.store.opening import Store

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A brand's labels, ready to be learned from.

    Attributes:
        unheard: labels on texts that the engine cannot hear, for their language. erased: those whose text is gone.
    """

    brand: str
    engine_version: str
    rows: tuple[Labelled, ...]
    unheard: int = 0
    erased: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """What training did: `version` is None where there were too few labels, `used` whether it was switched on."""

    evaluation: Evaluation
    version: int | None
    used: bool


def lesson(settings: Settings, store: Store, brand: str | None) -> Lesson:
    """The labels of a brand; None: of the only one that has any.

    Raises:
        UsageError: there are none, or several brands have some and none was named.
    """
    judges, desk = judges_of(settings), BrandDesk(store)
    with store.reading() as connection:
        found = corrections(connection, None if brand is None else [brand])
    name = _one_brand(found, brand)
    return _lesson(name, found, judges, desk.book(), _newest(desk, name))


def _one_brand(found: Sequence[Correction], brand: str | None) -> str:
    names = sorted({entry.brand for entry in found})
    if len(names) == 1:
        return names[0]
    if names:
        raise UsageError(f"labels are of the brands {', '.join(names)}; say which: --brand {names[0]}")
    whose = f"brand {brand!r} has" if brand else "there are"
    raise UsageError(f"{whose} no labels yet; `atalaya label export --doubtful` makes a list to be labelled")


def _newest(desk: BrandDesk, name: str) -> int:
    return next((entry.version for entry in desk.current() if entry.brand.name == name), 0)


def _lesson(name: str, found: Iterable[Correction], judges: Judges, book: BrandBook, version: int) -> Lesson:
    rows, unheard, erased = [], 0, 0
    for entry in found:
        if entry.text is None:
            erased += 1
            continue
        text = opening(entry.text, judges.max_characters)
        lang = entry.lang or judges.languages.identify(text, None)
        target = book.targets(text, [Hit(name, version, "")])[0] if book.holds(name, version) else None
        reading = read(judges.engine, text, lang, target)
        if reading is None:
            unheard += 1
        else:
            rows.append(Labelled(reading, LABELS.index(entry.label)))
    return Lesson(name, judges.engine.version, tuple(rows), unheard, erased)


def tried(lesson: Lesson, tell: Tell = lambda _done, _all: None) -> Evaluation:
    """What a layer from these labels would be worth.

    Raises:
        UsageError: none of the labelled texts can be used.
    """
    if not lesson.rows:
        raise UsageError(
            f"brand {lesson.brand!r}: no label can be used: {lesson.erased} texts are erased, and "
            f"{lesson.unheard} are in languages that {lesson.engine_version} does not hear"
        )
    return evaluate(lesson.rows, tell)


def train(lesson: Lesson, evaluation: Evaluation, connection: Connection, *, who: str, now: datetime) -> Trained:
    """Keep a layer as a new version, and use it if it is worth it; nothing is kept where labels are missing."""
    if evaluation.missing:
        return Trained(evaluation, None, used=False)
    version = add_layer(
        connection,
        lesson.brand,
        train_layer(lesson.rows),
        engine_version=lesson.engine_version,
        labels=len(lesson.rows),
        evaluation=msgspec.to_builtins(evaluation),
        who=who,
        now=now,
    )
    if evaluation.passes:
        use_layer(connection, lesson.brand, version, who=who, why="trained", now=now)
    return Trained(evaluation, version, used=evaluation.passes)


def version_in_use(connection: Connection, brand: str) -> int:
    """0: the engine alone."""
    newest = next(iter(choices(connection, brand)), None)
    return 0 if newest is None else newest.version
