"""Speed and exactness of the VADER engines against vaderSentiment, and how well each judges brand mentions.

    python -m benchmarks.sentiment --data DIR

`--data` holds `sentiment/vader/*_GroundTruth.txt`, `airline/Tweets.csv` and `sentiment/xlmt/LANGUAGE/`. Speeds are CPU
time of one process, the best of several passes, the engines taking turns. *Unseen* is one pass over the airline
mentions by an engine that has only judged other tweets, as in a stream.
"""

import csv
import gc
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.harness import arguments, environment, need, table
from processors.sentiment.vader_engine import VaderEngine, open_vader, open_vader_fixed

VADER_SETS = ("tweets", "movieReviewSnippets", "amazonReviewSnippets", "nytEditorialSnippets")
XLMT = {"en": "english", "es": "spanish", "pt": "portuguese", "fr": "french", "de": "german", "it": "italian"}
LABELS = ("negative", "neutral", "positive")
PASSES = 3

Judged = list[tuple[str, str]]
"""(text, label)."""


def lines(path: Path) -> list[str]:
    """The lines of a file, ended by LF alone: tweets hold other line ends."""
    return need(path).read_bytes().decode(errors="replace").removesuffix("\n").split("\n")


def vader_set(data: Path, name: str) -> list[str]:
    """The texts of one of VADER's own sets."""
    rows = (
        line.rstrip("\r").split("\t", 2) for line in lines(data / "sentiment" / "vader" / f"{name}_GroundTruth.txt")
    )
    return [row[2] for row in rows if len(row) == 3]


def airline(data: Path) -> Judged:
    """Mentions of six airlines."""
    with need(data / "airline" / "Tweets.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        return [(row["text"], row["airline_sentiment"]) for row in csv.DictReader(file)]


def xlmt(data: Path, language: str, split: str) -> Judged:
    """Tweets of one language."""
    folder = data / "sentiment" / "xlmt" / XLMT[language]
    labels = [LABELS[int(label)] for label in lines(folder / f"{split}_labels.txt")]
    return list(zip(lines(folder / f"{split}_text.txt"), labels, strict=True))


def seconds(judge: Callable[[str], object], texts: Iterable[str]) -> float:
    """CPU seconds for one pass."""
    gc.collect()
    start = time.process_time()
    for text in texts:
        judge(text)
    return time.process_time() - start


def rates(judges: Sequence[Callable[[str], object]], texts: Sequence[str]) -> list[float]:
    """Texts per CPU second of each judge, the best of several passes."""
    passes = [[seconds(judge, texts) for judge in judges] for _ in range(PASSES)]
    return [len(texts) / min(times) for times in zip(*passes, strict=True)]


def unseen_seconds(open_engine: Callable[[], VaderEngine], before: Sequence[str], texts: Sequence[str]) -> float:
    """CPU seconds of one pass by an engine that knows only `before`."""
    engine = open_engine()
    seconds(engine.polarity_scores, before)
    return seconds(engine.polarity_scores, texts)


def show_speed(data: Path) -> None:
    """Texts per second of vaderSentiment and ours."""
    reference, strict, fixed = SentimentIntensityAnalyzer(), open_vader(), open_vader_fixed()
    tweets, mentions = vader_set(data, "tweets"), [text for text, _ in airline(data)]
    before = [*tweets, *(text for split in ("train", "val") for text, _ in xlmt(data, "en", split))]
    judges: list[Callable[[str], object]] = [engine.polarity_scores for engine in (reference, strict, fixed)]
    judges.append(lambda text: fixed.judge(text, "en"))
    rows = [_speeds(name, rates(judges, texts)) for name, texts in (("VADER's tweets", tweets), ("airline", mentions))]
    unseen = [
        [seconds(reference.polarity_scores, mentions)]
        + [unseen_seconds(open_engine, before, mentions) for open_engine in (open_vader, open_vader_fixed)]
        for _ in range(PASSES)
    ]
    rows.append(_speeds("airline, unseen", [len(mentions) / min(times) for times in zip(*unseen, strict=True)]))
    table(("texts/s", "vaderSentiment", "vader", "vader-fixed", "vader-fixed with reasons"), rows)


def _speeds(name: str, speeds: list[float]) -> list[str]:
    cells = [f"{speed:,.0f} ({speed / speeds[0]:.1f}x)" for speed in speeds[1:]]
    return [name, f"{speeds[0]:,.0f}", *cells, *[""] * (3 - len(cells))]


def show_long_texts() -> None:
    """What one long text costs; vaderSentiment is spared more than 1,000 words."""
    ours = [open_vader().polarity_scores, open_vader_fixed().polarity_scores]
    judges = [SentimentIntensityAnalyzer().polarity_scores, *ours]
    rows = []
    for name, word in (("words", "this good thing is really great "), ("emoji", "😀")):
        for count in (1_000, 8_000):
            text = word * (count // len(word.split()))
            cells = [f"{1000 / speed:.1f}" for speed in rates(judges if count == 1_000 else ours, [text])]
            rows.append([f"{count:,} {name}", *[""] * (3 - len(cells)), *cells])
    table(("ms", "vaderSentiment", "vader", "vader-fixed"), rows)


def show_equality(data: Path) -> None:
    """On how many texts the strict engine differs in any of the four numbers."""
    reference, strict = SentimentIntensityAnalyzer(), open_vader()
    texts = [text for name in VADER_SETS for text in vader_set(data, name)] + [text for text, _ in airline(data)]
    texts += [text for language in XLMT for split in ("train", "val") for text, _ in xlmt(data, language, split)]
    differing = sum(reference.polarity_scores(text) != strict.polarity_scores(text) for text in texts)
    print(f"`vader` differs from vaderSentiment on {differing} of {len(texts):,} texts (all four numbers compared).")


def macro_f1(found: Sequence[str], right: Sequence[str]) -> float:
    """The mean of the three labels' F1, in per cent."""
    scores = []
    for label in LABELS:
        both = sum(f == r == label for f, r in zip(found, right, strict=True))
        scores.append(2 * both / max(1, found.count(label) + right.count(label)))
    return 100 * sum(scores) / len(scores)


def show_quality(data: Path) -> None:
    """How well each engine judges mentions that nobody at VADER chose."""
    rows = []
    for name, judged in (("airline", airline(data)), ("xlm-t English, val", xlmt(data, "en", "val"))):
        texts, right = [text for text, _ in judged], [label for _, label in judged]
        found = [[engine.judge(text, "en").label for text in texts] for engine in (open_vader(), open_vader_fixed())]
        rows.append([name, f"{len(texts):,}", *(f"{macro_f1(labels, right):.1f}" for labels in found)])
    table(("macro-F1, %", "n", "vader", "vader-fixed"), rows)


def main() -> None:
    """Print all tables."""
    data = arguments(__doc__).parse_args().data
    environment()
    show_speed(data)
    print()
    show_long_texts()
    print()
    show_equality(data)
    print()
    show_quality(data)


if __name__ == "__main__":
    main()
