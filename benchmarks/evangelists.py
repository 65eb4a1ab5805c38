"""Whether the ranking of authors finds those who speak for a brand, beside what others rank by.

    python -m benchmarks.evangelists [--seeds N] [--from N]

A simulated brand: 5,000 authors over 90 days with known roles (evangelists, detractors, casual and heavy posters,
one-hit wonders with reach, one-day fans, bots in bursts and steady bots, fans who left), whose sentiment labels are
kept at 100, 75 or 60 %; the others are mostly lost to neutral. Told are the precision among the first K (K: how many
evangelists there are), the average precision, and who else fills these places. Seeds 100 to 102 chose the constants.
"""

import argparse
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.harness import environment, table
from processors.detection.loyalty import Appraisal, Day, appraise

AUTHORS, DAYS = 5_000, 90
SHARES = {
    "evangelist": 0.02,
    "detractor": 0.02,
    "casual": 0.70,
    "heavy": 0.03,
    "one hit": 0.14,
    "one day": 0.04,
    "bot burst": 0.02,
    "bot steady": 0.01,
    "lapsed": 0.02,
}
KEPT = (1.0, 0.75, 0.6)
COPIED = 0.77
OTHERS_COPY = 0.03


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated author; posts are (day, sign as judged, whether it copies)."""

    role: str
    reach: float
    posts: list[tuple[int, int, bool]]


def days_of(role: str, chance: np.random.Generator) -> tuple[list[int], float, float]:
    """On which days somebody posts, and how probable a positive and a negative post are."""
    draw: dict[str, Callable[[], object]] = {
        "evangelist": lambda: chance.choice(DAYS, int(chance.integers(6, 26))),
        "detractor": lambda: chance.choice(DAYS, int(chance.integers(6, 26))),
        "casual": lambda: chance.integers(0, DAYS, min(4, 1 + int(chance.poisson(0.6)))),
        "heavy": lambda: chance.integers(0, DAYS, int(chance.integers(15, 61))),
        "one hit": lambda: chance.integers(0, DAYS, 1),
        "one day": lambda: np.full(int(chance.integers(5, 16)), chance.integers(0, DAYS)),
        "bot burst": lambda: chance.integers(0, DAYS - 4) + chance.integers(0, 4, int(chance.integers(20, 101))),
        "bot steady": lambda: chance.integers(0, DAYS, int(chance.integers(30, 91))),
        "lapsed": lambda: chance.integers(0, 35, int(chance.integers(6, 20))),
    }
    moods = {
        "evangelist": (0.8, 0.05),
        "detractor": (0.05, 0.8),
        "casual": (0.45, 0.25),
        "heavy": (0.4, 0.2),
        "one hit": (0.7, 0.1),
        "one day": (0.95, 0.01),
        "bot burst": (0.98, 0.0),
        "bot steady": (0.98, 0.0),
        "lapsed": (0.8, 0.05),
    }
    return [int(day) for day in np.asarray(draw[role]())], *moods[role]


def simulate(seed: int, kept: float) -> list[Person]:
    """One brand's authors."""
    chance = np.random.default_rng(seed)
    people = []
    for role in map(str, chance.choice(list(SHARES), AUTHORS, p=list(SHARES.values()))):
        reach = float(chance.lognormal(5.5, 1.5)) * (30 if role == "one hit" else 0.3 if role.startswith("bot") else 1)
        days, positive, negative = days_of(role, chance)
        posts = []
        for day in days:
            drawn = chance.random()
            sign = 1 if drawn < positive else -1 if drawn < positive + negative else 0
            if chance.random() > kept:
                sign = 0 if sign and chance.random() < 0.8 else int(chance.choice([-1, 0, 1]))
            copy = bool(chance.random() < (COPIED if role.startswith("bot") else OTHERS_COPY))
            posts.append((day, sign, copy))
        people.append(Person(role, reach, posts))
    return people


def appraised(person: Person) -> Appraisal:
    """By the code that ships."""
    by_day: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for day, sign, copy in person.posts:
        by_day[day].append((sign, copy))
    days = [
        Day(day, len(said), sum(copy for _, copy in said), 0, sum(1000 * sign for sign, copy in said if not copy))
        for day, said in by_day.items()
    ]
    return appraise(days, DAYS)


def _signs(person: Person) -> tuple[int, int, int]:
    signs = [sign for _, sign, _ in person.posts]
    return signs.count(1), signs.count(-1), len(signs)


def _wilson(person: Person) -> float:
    positive, _, total = _signs(person)
    share, z = positive / total, 1.64
    spread = z * math.sqrt((share * (1 - share) + z * z / (4 * total)) / total)
    return (share + z * z / (2 * total) - spread) / (1 + z * z / total)


def _net_share(person: Person) -> float:
    positive, negative, total = _signs(person)
    return (positive - negative) / total * math.log1p(total)


RANKINGS: dict[str, Callable[[Person], float]] = {
    "**atalaya**": lambda person: appraised(person).evangelist,
    "positive posts": lambda person: _signs(person)[0],
    "positive less negative posts": lambda person: _signs(person)[0] - _signs(person)[1],
    "share of positive posts, from 5 on": lambda p: _signs(p)[0] / _signs(p)[2] if _signs(p)[2] >= 5 else 0.0,
    "lower bound of that share (Wilson)": _wilson,
    "net share x log posts (like an NPS)": _net_share,
    "reach x positive posts": lambda person: person.reach * _signs(person)[0],
}


def average_precision(true: Sequence[bool], scores: Sequence[float]) -> float:
    """Mean precision at the place of each true one."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    hits = np.asarray(true)[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def row(name: str, rank: Callable[[Person], float], worlds: Sequence[list[Person]], wanted: str) -> tuple[str, ...]:
    """The figures of one ranking, means over the worlds."""
    figures = []
    for people in worlds:
        jitter = 1e-9 * np.random.default_rng(0).random(len(people))  # equals come in no order
        scores = np.array([rank(person) for person in people]) + jitter
        true = [person.role == wanted for person in people]
        top = [people[place].role for place in np.argsort(-scores)[: sum(true)]]
        share = [sum(role.startswith(kind) for role in top) / len(top) for kind in ("bot", "one", "lapsed", "heavy")]
        figures.append((top.count(wanted) / len(top), average_precision(true, scores), *share))
    means = [statistics.mean(column) for column in zip(*figures, strict=True)]
    return (name, *(f"{mean:.2f}" for mean in means))


def main() -> None:
    """A table for each share of labels kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--from", dest="first", type=int, default=200)
    given = parser.parse_args()
    environment()
    heads = ("ranking", "precision at K", "average precision", "bots", "one day or post", "lapsed", "heavy")
    for kept in KEPT:
        worlds = [simulate(seed, kept) for seed in range(given.first, given.first + given.seeds)]
        print(f"\n{kept:.0%} of the labels kept, seeds {given.first} to {given.first + given.seeds - 1}\n")
        rows = [row(name, rank, worlds, "evangelist") for name, rank in RANKINGS.items()]
        rows.append(
            row("detractors, by the same rule", lambda person: appraised(person).detractor, worlds, "detractor")
        )
        table(heads, rows)
    began = time.process_time()
    for person in worlds[0]:
        appraised(person)
    print(f"\n{1e6 * (time.process_time() - began) / AUTHORS:.0f} CPU-us an author")


if __name__ == "__main__":
    main()
