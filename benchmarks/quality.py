"""Every engine beside what is commonly used instead, in six languages and on recorded mentions: macro-F1.

    python -m benchmarks.quality --data DIR

Beside our own engines: VADER (whatever the language), TextBlob and AFINN where they are installed (`pip install
textblob afinn`), and a plain regression over TF-IDF of words and characters (`pip install scikit-learn`), trained on
the same texts as `atalaya`. What is not installed is named. All are judged on UMSAB's validation sets, which none of
them was trained on, and on the airline mentions. `unjudged` counts as neutral. In brackets: the middle 95 % of 1,000
draws with replacement.
"""

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import arguments, environment, table
from benchmarks.sentiment import Judged, airline, macro_f1, xlmt
from benchmarks.spanish import interval
from mentions.records import Label
from processors.sentiment.engines import open_engine

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
BAND = 0.05
"""VADER's, used for TextBlob too. AFINN counts in whole numbers."""
Judge = Callable[[Sequence[str], str], list[str]]


def ours(name: str) -> Judge:
    """An engine of the package."""
    engine = open_engine(name, every_language=True) if name.startswith("vader") else open_engine(name)

    def judge(texts: Sequence[str], lang: str) -> list[str]:
        found = [engine.judge(text, lang).label for text in texts]
        return ["neutral" if label == "unjudged" else label for label in found]

    return judge


def by_score(score: Callable[[str], float]) -> Judge:
    """A judge that gives a number."""

    def label(value: float) -> str:
        return "positive" if value >= BAND else "negative" if value <= -BAND else "neutral"

    return lambda texts, _: [label(score(text)) for text in texts]


def regression(data: Path) -> Judge:
    """One regression for all languages, balanced classes, over TF-IDF of 1-2 words and 2-5 characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-not-found]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]
    from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-not-found]

    from tools.sentiment_data import training

    texts = training(data)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
    model = make_pipeline(make_union(words, grams), LogisticRegression(C=1, class_weight="balanced", max_iter=60))
    model.fit(texts.texts, texts.labels)
    return lambda found, _: [LABELS[number] for number in model.predict(found)]


def judges(data: Path) -> dict[str, Judge]:
    """All that can be had here; what cannot is printed."""
    found = {name: ours(name) for name in ("atalaya", "rules", "vader-fixed", "vader")}
    if _has("textblob"):
        from textblob import TextBlob  # type: ignore[import-not-found]

        found["TextBlob"] = by_score(lambda text: float(TextBlob(text).sentiment.polarity))
    if _has("afinn"):
        from afinn import Afinn  # type: ignore[import-not-found]

        found["AFINN"] = by_score(Afinn(emoticons=True).score)
    if _has("sklearn") and _has("scipy"):
        found["TF-IDF regression"] = regression(data)
    return found


def _has(package: str) -> bool:
    there = importlib.util.find_spec(package) is not None
    if not there:
        print(f"not installed, left out: {package}")
    return there


def row(name: str, judge: Judge, sets: dict[str, tuple[str, Judged]]) -> list[Any]:
    """A line of the table; the mean is of the six languages."""
    cells, six = [name], list[float]()
    for lang, judged in sets.values():
        texts, right = zip(*judged, strict=True)
        found = judge(texts, lang)
        figure = macro_f1(found, right)
        if len(six) < len(LANGUAGES):
            six.append(figure)
        low, high = interval(found, right) if len(texts) < 2_000 else (figure, figure)
        cells.append(f"{figure:.1f}" + (f" ({low:.0f}-{high:.0f})" if low < high else ""))
    return [*cells, f"{sum(six) / len(six):.1f}"]


def main() -> None:
    """Print the table."""
    data = arguments(__doc__).parse_args().data
    environment()
    sets = {lang: (lang, xlmt(data, lang, "val")) for lang in LANGUAGES} | {"airline": ("en", airline(data))}
    rows = [row(name, judge, sets) for name, judge in judges(data).items()]
    table(("macro-F1, %", *(f"{name} (n={len(judged):,})" for name, (_, judged) in sets.items()), "mean of six"), rows)


if __name__ == "__main__":
    main()
