"""Sentiment towards a brand: how well topics are judged that no training has seen, with and without the target.

    python -m benchmarks.target --data DIR

`--data` holds `sentiment/semeval/topic_train.tsv` (posts of 2015 and 2016 with a five-point label towards a topic). The
topics are split, never the rows: a fifth of them is held out, several times. For the time being the topics stand for
brands: the one that a post is labelled for is ours, all others are the others.

Figures are SemEval's: *2-class* is the average recall of negative and positive without the neutral rows, by the sign of
the score; *3-class* the average recall of three labels; *MAE* the mean absolute error on the five points, averaged over
the five classes, of a judge that only says -1, 0 or 1. Intervals (95 %) are over drawn topics.

*learnt* is a plain TF-IDF logistic regression of words and characters that is trained on the other topics' rows; it
needs scikit-learn and is left out without. `atalaya` as it comes was trained on most of these texts and is marked; with
*topics held back* it is trained anew for each fifth, without any text of its topics (a minute each; needs scipy).
An `unjudged` post counts by the probabilities that go with it: the two-class task asks for a side.
"""

import importlib.util
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from benchmarks.harness import arguments, environment, need, table
from mentions.records import Label
from processors.sentiment.base import Engine
from processors.sentiment.engines import ENGINES, open_engine
from processors.sentiment.focusing import FocusedEngine, focused
from processors.sentiment.target import Target
from processors.sentiment.vader_engine import NEGATIVE_FROM, POSITIVE_FROM

SEED, DRAWS, SHARE = 20_261_125, 3, 0.2
RESAMPLES = 500
TRAINED_HERE = frozenset({"atalaya"})
"""Engines that may have learnt from these rows."""


class Row(NamedTuple):
    """A post, its topic and its label from -2 to 2."""

    point: int
    topic: str
    text: str


Scores = list[float]
Judge = Callable[[Sequence[Row]], Scores]
"""Rows to scores; positive above `POSITIVE_FROM`, negative below `NEGATIVE_FROM`."""


def read(data: Path) -> list[Row]:
    """All rows."""
    path = need(data / "sentiment" / "semeval" / "topic_train.tsv")
    lines = path.read_text(encoding="utf-8").split("\n")
    cells = (line.split("\t", 2) for line in lines if line)
    return [Row(int(point), topic, text) for point, topic, text in cells]


def draws(topics: Sequence[str]) -> list[frozenset[str]]:
    """Several disjoint fifths of the topics."""
    order = sorted(topics)
    random.Random(SEED).shuffle(order)
    size = round(len(order) * SHARE)
    return [frozenset(order[i * size : (i + 1) * size]) for i in range(DRAWS)]


def targets_of(rows: Sequence[Row]) -> list[Target]:
    """The row's topic is ours, all other topics that the text may hold are the others."""
    topics = sorted({row.topic for row in rows})
    found = {topic: Target(frozenset({topic})) for topic in topics}
    answers = []
    for row in rows:
        text = row.text.lower()
        others = frozenset(topic for topic in topics if topic in text and topic != row.topic)
        answers.append(Target(frozenset({row.topic}), others) if others else found[row.topic])
    return answers


def label(score: float) -> Label:
    """By the bounds that VADER's authors give."""
    return "positive" if score >= POSITIVE_FROM else "negative" if score <= NEGATIVE_FROM else "neutral"


_SIGNS = {"negative": -1, "neutral": 0, "positive": 1}


class Judged(NamedTuple):
    """One row with what was said of it."""

    row: Row
    score: float
    sign: int


def two_class(judged: Sequence[Judged]) -> float:
    """Average recall of negative and positive, in per cent; a score of 0 is half right."""
    recalls = defaultdict[bool, list[float]](list)
    for row, score, _ in judged:
        if row.point:
            right = score * row.point
            recalls[row.point > 0].append(1.0 if right > 0 else 0.5 if right == 0 else 0.0)
    return 100 * mean(map(mean, recalls.values()))


def three_class(judged: Sequence[Judged]) -> float:
    """Average recall of three labels, in per cent."""
    recalls = defaultdict[int, list[bool]](list)
    for row, _, sign in judged:
        truth = (row.point > 0) - (row.point < 0)
        recalls[truth].append(sign == truth)
    return 100 * mean(map(mean, recalls.values()))


def five_point_error(judged: Sequence[Judged]) -> float:
    """Mean absolute error, averaged over the classes."""
    errors = defaultdict[int, list[int]](list)
    for row, _, sign in judged:
        errors[row.point].append(abs(sign - row.point))
    return mean(map(mean, errors.values()))


def interval(judged: Sequence[Judged], figure: Callable[[Sequence[Judged]], float]) -> tuple[float, float]:
    """95 % over drawn topics: posts of one topic are no independent draws."""
    by_topic = defaultdict[str, list[Judged]](list)
    for each in judged:
        by_topic[each.row.topic].append(each)
    topics, chance = list(by_topic.values()), random.Random(SEED)
    found = sorted(
        figure([x for rows in chance.choices(topics, k=len(topics)) for x in rows]) for _ in range(RESAMPLES)
    )
    return found[RESAMPLES // 40], found[-RESAMPLES // 40 - 1]


Asked = Callable[[Sequence[Row], Sequence[Target]], list[tuple[float, int]]]


def by_engine(name: str, *, with_target: bool) -> Asked:
    """Scores and signs of an engine of ours."""
    plain = open_engine(name)
    engine = FocusedEngine(plain, label) if with_target and name == "vader-fixed" else plain
    return by(engine, with_target=with_target)


def by(engine: Engine, *, with_target: bool) -> Asked:
    """Scores and signs of an engine."""

    def judge(rows: Sequence[Row], targets: Sequence[Target]) -> list[tuple[float, int]]:
        answers = []
        for row, target in zip(rows, targets, strict=True):
            found = engine.judge(row.text, "en", target if with_target else None)
            score = found.p[2] - found.p[0] if found.label == "unjudged" and found.p else found.score
            answers.append((score, _SIGNS.get(found.label, 0)))
        return answers

    return judge


def learn(rows: Sequence[Row], texts: Sequence[str]) -> Callable[[Sequence[str]], list[tuple[float, int]]]:
    """A plain TF-IDF logistic regression, classes balanced."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    parts: list[Any] = [
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True),
    ]
    given = hstack([part.fit_transform(texts) for part in parts]).tocsr()
    models = []
    for sign in (-1, 0, 1):
        truth = [((row.point > 0) - (row.point < 0)) == sign for row in rows]
        model = LogisticRegression(
            C=1.0, solver="liblinear", dual=True, tol=0.01, class_weight="balanced", max_iter=200
        )
        models.append(model.fit(given, truth))

    def judge(asked: Sequence[str]) -> list[tuple[float, int]]:
        features = hstack([part.transform(asked) for part in parts]).tocsr()
        scores = [model.decision_function(features) for model in models]
        return [
            (float(pos - neg), max(((neg, -1), (neu, 0), (pos, 1)))[1]) for neg, neu, pos in zip(*scores, strict=True)
        ]

    return judge


def show(name: str, judged: Sequence[Judged]) -> list[str]:
    """A row of the table."""
    low, high = interval(judged, two_class)
    return [
        name,
        f"{two_class(judged):.1f} ({low:.1f} to {high:.1f})",
        f"{three_class(judged):.1f}",
        f"{five_point_error(judged):.2f}",
    ]


def pair(rows: Sequence[Row], answers: Sequence[tuple[float, int]]) -> list[Judged]:
    """Rows beside what was said of them."""
    return [Judged(row, score, sign) for row, (score, sign) in zip(rows, answers, strict=True)]


def learnt(rows: list[Row], targets: list[Target], held: list[frozenset[str]], *, with_target: bool) -> list[Judged]:
    """Judge each held-out fifth by what was learnt from the other topics."""
    texts = (
        [focused(row.text, target)[0] for row, target in zip(rows, targets, strict=True)]
        if with_target
        else [row.text for row in rows]
    )
    judged: list[Judged] = []
    for out in held:
        inside = [i for i, row in enumerate(rows) if row.topic in out]
        held_texts = {rows[i].text for i in inside}
        train = [i for i, row in enumerate(rows) if row.topic not in out and row.text not in held_texts]
        judge = learn([rows[i] for i in train], [texts[i] for i in train])
        judged += pair([rows[i] for i in inside], judge([texts[i] for i in inside]))
    return judged


def trained_without(rows: Sequence[Row], data: Path) -> Engine:
    """`atalaya`, trained without these texts."""
    from processors.sentiment.linear import LinearEngine
    from processors.sentiment.linear_model import unpacked
    from tools.sentiment_data import training, without
    from tools.train_sentiment import header_and_tables, trained

    cutter, learnt = trained(without(training(data), (row.text for row in rows)))
    return LinearEngine(unpacked(header_and_tables(learnt, cutter, 1.0, data)))


def held_back(
    rows: list[Row], targets: list[Target], held: list[frozenset[str]], data: Path
) -> tuple[list[Judged], list[Judged]]:
    """Judge each held-out fifth by `atalaya` trained without its texts: without the target, and with it."""
    found: tuple[list[Judged], list[Judged]] = ([], [])
    for out in held:
        inside = [i for i, row in enumerate(rows) if row.topic in out]
        asked, whom = [rows[i] for i in inside], [targets[i] for i in inside]
        engine = trained_without(asked, data)
        for judged, with_target in zip(found, (False, True), strict=True):
            judged += pair(asked, by(engine, with_target=with_target)(asked, whom))
    return found


def show_quality(rows: list[Row], targets: list[Target], data: Path) -> None:
    """The tables: all held-out rows, and those that name another topic too."""
    held = draws(sorted({row.topic for row in rows}))
    inside = [i for i, row in enumerate(rows) if any(row.topic in out for out in held)]
    asked, whom = [rows[i] for i in inside], [targets[i] for i in inside]
    judged: dict[str, list[Judged]] = {}
    for name in (name for name in ENGINES if name != "vader"):
        for with_target in (False, True):
            mark = " (has seen these texts)" if name in TRAINED_HERE else ""
            key = f"{name}{' with target' if with_target else ''}{mark}"
            judged[key] = pair(asked, by_engine(name, with_target=with_target)(asked, whom))
    if importlib.util.find_spec("sklearn"):
        judged["learnt"] = learnt(rows, targets, held, with_target=False)
        judged["learnt with target"] = learnt(rows, targets, held, with_target=True)
    else:
        print("scikit-learn is not installed; `learnt` is left out.\n")
    if importlib.util.find_spec("scipy"):
        plain, told = held_back(rows, targets, held, data)
        judged |= {"atalaya, topics held back": plain, "atalaya with target, topics held back": told}
    else:
        print("scipy is not installed; `atalaya` is not trained anew.\n")
    heads = ("judge", "2-class", "3-class", "MAE")
    print(f"{len(asked):,} posts about {len({row.topic for row in asked})} held-out topics\n")
    table(heads, [show(name, found) for name, found in judged.items()])
    several = {row for row, target in zip(asked, whom, strict=True) if target.others}
    print(f"\n{len(several):,} of them name another topic too\n")
    table(heads, [show(name, [each for each in found if each.row in several]) for name, found in judged.items()])


def show_speed(rows: Sequence[Row], targets: Sequence[Target]) -> None:
    """What weighing the words costs, beside cutting the text into them."""
    from processors.sentiment.focusing import _TOKEN
    from processors.sentiment.targeting import focus

    cells = []
    for name, several in (("names no other", False), ("names another", True)):
        chosen = [
            ([word.lower() for word in _TOKEN.findall(row.text)], target)
            for row, target in zip(rows, targets, strict=True)
            if bool(target.others) == several
        ]
        times = []
        for _ in range(3):
            start = time.process_time()
            for tokens, target in chosen:
                focus(tokens, target)
            times.append(time.process_time() - start)
        cells.append([name, f"{len(chosen):,}", f"{1e6 * min(times) / len(chosen):.1f}"])
    table(("text", "texts", "us each"), cells)


def main() -> None:
    """Run all."""
    data = arguments(__doc__).parse_args().data
    environment()
    rows = read(data)
    targets = targets_of(rows)
    show_quality(rows, targets, data)
    print()
    show_speed(rows, targets)


if __name__ == "__main__":
    main()
