"""The Spanish rules on tweets that nobody here chose: macro-F1, and texts per CPU second.

    python -m benchmarks.spanish --data DIR

`--data` holds `sentiment/xlmt/spanish/`. The rules were tuned on `train`; `val` was looked at a few times only.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import arguments, environment, table
from benchmarks.sentiment import macro_f1, rates, xlmt
from processors.sentiment.rules_engine import RulesEngine
from processors.sentiment.spanish_rules import SpanishRules
from processors.sentiment.vader_engine import open_vader

DRAWS = 1_000


def interval(found: Sequence[str], right: Sequence[str], seed: int = 1) -> tuple[float, float]:
    """The middle 95 % of macro-F1 over texts drawn with replacement."""
    draw, places = random.Random(seed), range(len(right))
    scores = []
    for _ in range(DRAWS):
        drawn = draw.choices(places, k=len(right))
        scores.append(macro_f1([found[i] for i in drawn], [right[i] for i in drawn]))
    scores.sort()
    return scores[DRAWS // 40], scores[-DRAWS // 40]


def show_quality(data: Path) -> None:
    """Both engines on both splits."""
    rules, vader = RulesEngine(), open_vader(every_language=True)
    rows = []
    for split in ("train", "val"):
        texts, right = zip(*xlmt(data, "es", split), strict=True)
        found = [rules.judge(text, "es").label for text in texts]
        low, high = interval(found, right)
        english = macro_f1([vader.judge(text, "es").label for text in texts], right)
        rows.append(
            [split, f"{len(texts):,}", f"{english:.1f}", f"{macro_f1(found, right):.1f} ({low:.1f} to {high:.1f})"]
        )
    table(("macro-F1, %", "n", "VADER on Spanish", "rules"), rows)


def show_speed(data: Path) -> None:
    """Warm: every text was seen before."""
    rules, engine = SpanishRules(), RulesEngine()
    texts = [text for text, _ in xlmt(data, "es", "train")]
    analysed, judged = rates([rules.analyse, lambda text: engine.judge(text, "es")], texts)
    table(
        ("texts/s", "n", "analysed", "judged, with reasons"),
        [["xlm-t", f"{len(texts):,}", f"{analysed:,.0f}", f"{judged:,.0f}"]],
    )


def main() -> None:
    """Print both tables."""
    data = arguments(__doc__).parse_args().data
    environment()
    show_quality(data)
    print()
    show_speed(data)


if __name__ == "__main__":
    main()
