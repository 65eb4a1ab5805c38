"""How well spam is told by its text alone, how often real mentions are taken for spam, and what that costs.

    python -m benchmarks.spam --data DIR

DIR holds `airline/Tweets.csv`, `spam/youtube/*.csv` and `spam/sms/*.csv`. Nothing was learnt from them; phrases were
added after a look at half of the two labelled sets (`tune`: the first byte of the text's SHA-256 is even).
`tests/golden/spam.tsv` holds invented blatant spam and look-alikes, written before any rule.
"""

import csv
import gc
import hashlib
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.harness import arguments, environment, need, table
from benchmarks.intents import rows
from benchmarks.sentiment import PASSES, airline
from processors.spam import SPAM_FROM, judge_spam, weight_of
from processors.words import Words

Labelled = list[tuple[str, bool]]
"""Texts, and whether they are spam."""


def part_of(text: str) -> str:
    """`tune` or `held`."""
    return "held" if hashlib.sha256(text.encode()).digest()[0] % 2 else "tune"


def youtube(data: Path) -> Labelled:
    """Comments under five videos."""
    return [
        (row["CONTENT"].replace("\ufeff", ""), (row.get("label") or row.get("CLASS")) == "1")
        for file in sorted(need(data / "spam" / "youtube").glob("*.csv"))
        for row in _read(file, "utf-8-sig")
    ]


def sms(data: Path) -> Labelled:
    """Text messages, each once."""
    file = need(data / "spam" / "sms" / "spam_kaggle_latin1.csv")
    return list({row["v2"]: row["v1"] == "spam" for row in _read(file, "latin-1")}.items())


def _read(file: Path, encoding: str) -> Iterator[dict[str, str]]:
    with file.open(encoding=encoding, newline="") as stream:
        yield from csv.DictReader(stream)


def auc(judged: Sequence[tuple[float, bool]]) -> float:
    """How often spam scores above what is none; ties count half."""
    ham = sorted(score for score, is_spam in judged if not is_spam)
    spam = [score for score, is_spam in judged if is_spam]
    return sum(bisect_left(ham, s) + bisect_right(ham, s) for s in spam) / 2 / len(spam) / len(ham)


def figures(labelled: Labelled) -> list[str]:
    """Number, AUC, and at the threshold F1, precision, recall."""
    judged = [(judge_spam(text).score, is_spam) for text, is_spam in labelled]
    called = [is_spam for score, is_spam in judged if score >= SPAM_FROM]
    right, all_spam = sum(called), sum(is_spam for _, is_spam in judged)
    f1 = 2 * right / max(1, len(called) + all_spam)
    return [
        str(len(judged)),
        f"{auc(judged):.3f}",
        f"{f1:.3f}",
        f"{right / max(1, len(called)):.3f}",
        f"{right / max(1, all_spam):.3f}",
    ]


def show_labelled(data: Path) -> None:
    """Print the two labelled sets, whole and in halves."""
    lines = []
    for name, labelled in (("YouTube", youtube(data)), ("SMS", sms(data))):
        lines.append([name, *figures(labelled)])
        halves = {part: [item for item in labelled if part_of(item[0]) == part] for part in ("tune", "held")}
        lines += [[f"{name}, {part}", *figures(half)] for part, half in halves.items()]
    table(("set", "n", "AUC", "F1", "precision", "recall"), lines)


def show_mentions(texts: Sequence[str]) -> None:
    """Print how often mentions of airlines are called spam, and what they count."""
    scores = [judge_spam(text).score for text in texts]
    called = sum(score >= SPAM_FROM for score in scores)
    less = sum(weight_of(score) < 1000 for score in scores)
    mean = sum(map(weight_of, scores)) / len(scores) / 1000
    print(
        f"\nAirline mentions ({len(texts)} different texts): called spam {called} ({called / len(texts):.2%}), of less "
        f"than full weight {less / len(texts):.2%}, mean weight {mean:.3f}\n"
    )


def show_blatant() -> None:
    """Print the shares called spam of the invented list."""
    lines = []
    for judgement in ("spam", "ham"):
        for lang in ("es", "en"):
            cells = []
            for part in ("tune", "held"):
                wanted = {"part": part, "judgement": judgement, "lang": lang}
                texts = [row["text"] for row in rows("spam.tsv") if wanted.items() <= row.items()]
                called = sum(judge_spam(text).score >= SPAM_FROM for text in texts)
                cells.append(f"{called} of {len(texts)} ({called / len(texts):.0%})")
            lines.append([f"{'blatant spam' if judgement == 'spam' else 'look-alikes'}, {lang}", *cells])
    table(("called spam", "tune", "held"), lines)


def show_speed(texts: Sequence[str]) -> None:
    """Print CPU time per text beside the words that scoring has made, the best of several passes."""
    read = [(text, Words(text)) for text in texts]
    costs = []
    for _ in range(PASSES):
        gc.collect()
        started = time.process_time()
        for text, words in read:
            judge_spam(text, (), words)
        costs.append(1e6 * (time.process_time() - started) / len(read))
    print(f"\n{min(costs):.1f} CPU-us per text")


def main() -> None:
    """Print all tables."""
    chosen = arguments(__doc__).parse_args()
    environment()
    texts = sorted({text for text, _ in airline(chosen.data)})
    show_labelled(chosen.data)
    show_mentions(texts)
    show_blatant()
    show_speed(texts)


if __name__ == "__main__":
    main()
