"""Whether the terms of an explanation name the true cause of a spike.

    python -m benchmarks.explaining --data DIR [--trials N] [--seed N]

`--data` holds `airline/Tweets.csv`, whose negative rows name a reason. A spike is n mentions of one airline, a share q
of them about one reason; the rest of that airline's is what it usually has. Gold are the 25 words most typical of the
reason in the half of the file that is not drawn from. Told are precision@8, the share of trials in which most posts
that hold one of the first three terms are of the true reason, and in which one of the first three terms is gold.
"""

import csv
import math
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import arguments, environment, need, table
from processors.detection.explaining import Document, explain
from processors.detection.terms import terms_in

NAMES = frozenset(
    (
        "united",
        "usairways",
        "americanair",
        "southwestair",
        "jetblue",
        "virginamerica",
        "delta",
        "aa",
        "american",
        "virgin",
    )
)
AIRLINES = ("United", "US Airways", "American", "Southwest", "Delta")
VAGUE = frozenset(("", "Can't Tell", "longlines"))
SIZES, SHARES = (20, 50, 150), (0.3, 0.6)
WHEN = datetime(2015, 2, 20, tzinfo=UTC)
Said = tuple[str, Document]
"""Reason and post."""


def halves(data: Path, chance: random.Random) -> tuple[list[Said], dict[str, list[Said]]]:
    """One half for the gold, the other by airline to draw from."""
    gold: list[Said] = []
    drawn: dict[str, list[Said]] = defaultdict(list)
    with need(data / "airline" / "Tweets.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if row["airline_sentiment"] == "negative" and not row["negativereason"]:
                continue
            said = row["negativereason"], Document(str(number), row["name"], row["text"], "en", "file", WHEN)
            (drawn[row["airline"]] if chance.random() < 0.5 else gold).append(said)
    return gold, drawn


def typical(gold: Sequence[Said]) -> dict[str, frozenset[str]]:
    """Per reason the 25 words whose share among its posts exceeds that among the others most surely."""
    reasons = sorted({reason for reason, _ in gold} - VAGUE)
    words = [(reason, {word for word in terms_in(post.text, "en", NAMES) if " " not in word}) for reason, post in gold]
    found = {}
    for reason in reasons:
        mine = Counter(word for of, said in words if of == reason for word in said)
        theirs = Counter(word for of, said in words if of != reason for word in said)
        size = sum(of == reason for of, _ in words)
        rest = len(words) - size
        sure = {w: (c / size - theirs[w] / rest) / math.sqrt(c + theirs[w]) for w, c in mine.items() if c >= 4}
        found[reason] = frozenset(sorted(sure, key=lambda word: (-sure[word], word))[:25])
    return found


def trial(
    drawn: Mapping[str, list[Said]], gold: Mapping[str, frozenset[str]], size: int, share: float, chance: random.Random
) -> tuple[float, bool, bool, float] | None:
    """Precision, whether the reason is right, whether it is among the top terms, seconds; None: too few posts."""
    reason, posts = chance.choice(sorted(gold)), drawn[chance.choice(AIRLINES)]
    about = [said for said in posts if said[0] == reason]
    others = [said for said in posts if said[0] != reason]
    wanted = int(size * share)
    if len(about) < wanted:
        return None
    chance.shuffle(about)
    chance.shuffle(others)
    spike = about[:wanted] + others[: size - wanted]
    usual = others[size - wanted : size - wanted + 540]
    usual += about[wanted : wanted + len(usual) // 9]
    began = time.process_time()
    found = explain([post for _, post in spike], [post for _, post in usual], masked=NAMES)
    spent = time.process_time() - began
    terms = [term.term for term in found.terms] or ["-"]
    hits = [any(word in gold[reason] for word in term.split()) for term in terms]
    first = set(terms[:3])
    held = Counter(of for of, post in spike if first & set(terms_in(post.text, "en", NAMES).values()))
    right = bool(held) and held.most_common(1)[0][0] == reason
    return statistics.mean(hits), right, any(hits[:3]), spent


def main() -> None:
    """Print a row for each size and share."""
    parser = arguments(__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    environment()
    chance = random.Random(given.seed)
    gold_half, drawn = halves(given.data, chance)
    gold = typical(gold_half)
    rows = []
    for size in SIZES:
        for share in SHARES:
            done = [d for _ in range(given.trials) if (d := trial(drawn, gold, size, share, chance))]
            if not done:
                continue
            precise, right, named, spent = zip(*done, strict=True)
            figures = (statistics.mean(precise), statistics.mean(right), statistics.mean(named))
            cells = (f"{size}", f"{share}", f"{len(done)}", *(f"{figure:.2f}" for figure in figures))
            rows.append((*cells, f"{1e3 * statistics.mean(spent):.1f}"))
    table(("posts", "share", "trials", "precision@8", "reason right", "cause in the top 3", "ms"), rows)


if __name__ == "__main__":
    main()
