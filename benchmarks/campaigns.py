"""How many campaigns are found among real mentions, how many chance clusters alert, and what that costs.

    python -m benchmarks.campaigns --data DIR [--seeds 101 102 ...] [--compress 24] [--prototype DIR]

`--data` holds `airline/Tweets.csv`: 14,640 mentions with their authors, order and times, taken for one brand's and put
closer together by `--compress`, which overstates chance. Among them 140 campaigns per seed: 5 to 40 accounts over 5 to
90 minutes, one kind of edit each. An alert finds a campaign when at least half of the posts in its cluster are of that
campaign (its text is a real post's, which may be the fourth); else it is a background alert. What is shipped was chosen
on the seeds 11 to 16; others are reported. `--prototype` holds the measuring prototype, which then runs beside.
Speeds are CPU time of one process, the best of several passes.
"""

import csv
import gc
import importlib
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from statistics import median

from benchmarks.harness import arguments, environment, need, table
from mentions.clock import EPOCH, tick_of
from mentions.hosts import hosts_in
from processors.detection.campaigns import Memory, Rules, State, fold_campaigns
from processors.detection.clusters import Clusters
from processors.detection.sketch import normalised, sketch
from processors.fold import FoldMention

EDITS = ("url+mention", "replace1", "replace2", "add3", "typo3", "replace3", "spin30")
SIZES, LENGTHS = (5, 10, 20, 40), (300, 1800, 5400)
CAMPAIGNS, PASSES, CHUNK = 140, 11, 50
SEEDS = (101, 102, 103, 104, 105, 106)
START = EPOCH + timedelta(days=20_000)


@dataclass(frozen=True, slots=True)
class Said:
    """A post, `seconds` after the first; campaign 0 is the background."""

    seconds: float
    author: str
    text: str
    campaign: int


@dataclass(frozen=True, slots=True)
class Truth:
    """How a campaign was made."""

    edit: str
    size: int
    length: int


@dataclass(slots=True)
class Outcome:
    """Of one seed.

    Attributes:
        found: campaign -> number of its posts when it alerted. chance: texts of background alerts.
        by_origin: campaigns found whose alert was opened by the real post that they copy.
    """

    truth: dict[int, Truth]
    found: dict[int, int]
    chance: list[str]
    by_origin: set[int]


def background(data: Path, compress: float) -> list[Said]:
    """The real mentions."""
    with need(data / "airline" / "Tweets.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        rows = [
            (datetime.strptime(row["tweet_created"] + "+0000", "%d-%m-%Y %H.%M%z"), row["name"], row["text"])
            for row in csv.DictReader(file)
        ]
    rows.sort(key=lambda row: row[0])
    return [Said((at - rows[0][0]).total_seconds() / compress, name, text, 0) for at, name, text in rows]


def edited(edit: str, text: str, rng: random.Random, vocabulary: Sequence[str]) -> str:
    """A copy as spammers vary them: with other address and handle, words replaced or added, typing errors, respun."""
    words, letters = text.split(), "abcdefghijklmnopqrstuvwxyz"
    if edit == "url+mention":
        kept = " ".join(word for word in words if not word.startswith("http"))
        code = "".join(rng.choices(letters + "0123456789", k=17))
        return f"@{code[:7]} {kept} https://t.co/{code[7:]}"
    if edit.startswith("replace"):
        for place in rng.sample(range(len(words)), min(int(edit[7:]), len(words))):
            words[place] = rng.choice(vocabulary)
        return " ".join(words)
    if edit == "add3":
        return " ".join([rng.choice(vocabulary), rng.choice(vocabulary), *words, rng.choice(vocabulary)])
    if edit == "typo3":
        return "".join(rng.choice(letters) if char.isalpha() and rng.random() < 0.03 else char for char in text)
    return " ".join(rng.choice(vocabulary) if rng.random() < 0.3 else word for word in words)  # spin30


def world(real: Sequence[Said], seed: int) -> tuple[list[Said], dict[int, Truth]]:
    """The background with campaigns, in order of time."""
    rng = random.Random(seed)
    vocabulary = [word for said in real[:3000] for word in said.text.split() if word.isalpha()]
    pool = [said.text for said in rng.sample(list(real), 4000) if len(normalised(said.text)) >= 50]
    truth, posts = {}, list[Said]()
    for number in range(1, CAMPAIGNS + 1):
        made = Truth(EDITS[number % len(EDITS)], rng.choice(SIZES), rng.choice(LENGTHS))
        begin, truth[number] = rng.uniform(0, real[-1].seconds - 6000), made
        posts += [
            Said(
                begin + rng.uniform(0, made.length),
                f"account {number}.{account}",
                edited(made.edit, pool[number], rng, vocabulary),
                number,
            )
            for account in range(made.size)
        ]
    return sorted([*real, *posts], key=lambda said: said.seconds), truth


def mention(number: int, said: Said) -> FoldMention:
    """As folding sees it."""
    at = START + timedelta(seconds=said.seconds)
    return FoldMention(
        key=f"{number:06}",
        author=said.author,
        brand="airlines",
        id=f"file:{number}",
        source="file",
        kind="post",
        voice="public",
        author_id=said.author,
        created_at=at,
        fold_tick=tick_of(at),
        lang="en",
        label="neutral",
        score=0.0,
        text_weight=1000,
        weight=1000,
        sketch=sketch(said.text) or None,
        detail=said.text.encode(),
    )


def hosts(one: FoldMention) -> tuple[str, ...]:
    """The hosts in its text, which stands for its detail here."""
    return tuple(hosts_in((one.detail or b"").decode()))


RULES = Rules(hosts=hosts, late=lambda _: False)


def outcome(real: Sequence[Said], seed: int) -> Outcome:
    """Fold the world of a seed, post by post."""
    said, truth = world(real, seed)
    state, memory, result = State(), Memory(), Outcome(truth, {}, [], set())
    posts, clusters = Counter[int](), defaultdict[str, Counter[int]](Counter)
    for number, one in enumerate(said):
        posts[one.campaign] += 1
        folding = mention(number, one)
        found = fold_campaigns(state, memory, [folding], folding.fold_tick - 1, RULES)
        (judged,) = found.judged
        members = clusters[judged.cluster or judged.key]
        members[one.campaign] += 1
        if any(step.step == "open" for step in found.steps):
            campaign, count = max((item for item in members.items() if item[0]), key=itemgetter(1), default=(0, 0))
            if campaign and 2 * count >= members.total():
                result.found.setdefault(campaign, posts[campaign])
                if not one.campaign:
                    result.by_origin.add(campaign)
            else:
                result.chance.append(one.text)
    return result


def share(outcomes: Sequence[Outcome], chosen: Callable[[Truth], bool]) -> str:
    """Per cent found of the chosen campaigns."""
    found = [number in one.found for one in outcomes for number, truth in one.truth.items() if chosen(truth)]
    return f"{100 * sum(found) / max(1, len(found)):.0f}"


def show_found(outcomes: Sequence[Outcome], seeds: Sequence[int]) -> None:
    """By seed, by kind of edit, by size and length."""
    rows = [
        [
            str(seed),
            f"{100 * len(one.found) / CAMPAIGNS:.1f}",
            f"{median(one.found.values()):.0f}",
            str(len(one.chance)),
            str(len(one.by_origin)),
        ]
        for seed, one in zip(seeds, outcomes, strict=True)
    ]
    posts = [post for one in outcomes for post in one.found.values()]
    mean = 100 * len(posts) / CAMPAIGNS / len(outcomes)
    most = max(len(one.chance) for one in outcomes)
    rows.append(["all", f"{mean:.1f}", f"{median(posts):.0f}", f"at most {most}", ""])
    table(("seed", "found, %", "at post (median)", "background alerts", "opened by the post that was copied"), rows)
    print()
    table(
        ("found, %", *EDITS, *(f"{size} accounts" for size in SIZES), *(f"{length // 60} min" for length in LENGTHS)),
        [
            [
                "",
                *(share(outcomes, lambda truth, edit=edit: truth.edit == edit) for edit in EDITS),  # type: ignore[misc]
                *(share(outcomes, lambda truth, size=size: truth.size == size) for size in SIZES),  # type: ignore[misc]
                *(share(outcomes, lambda truth, span=span: truth.length == span) for span in LENGTHS),  # type: ignore[misc]
            ]
        ],
    )
    print("\nBackground alerts:")
    for text in sorted({text for one in outcomes for text in one.chance}):
        print(f"* {text[:120]}")


def show_costs(real: Sequence[Said], seed: int, prototype: Path | None) -> None:
    """CPU time per mention of the sketch, of looking it up and keeping it, and of the whole fold."""
    said, _ = world(real, seed)
    mentions = [mention(number, one) for number, one in enumerate(said)]

    def fold_all() -> Callable[[int, int], None]:
        state, memory = State(), Memory()
        return lambda start, end: _fold(state, memory, mentions[start:end])

    def look_up() -> Callable[[int, int], None]:
        clusters = Clusters()
        return lambda start, end: _place(clusters, mentions[start:end])

    ways: dict[str, Callable[[], Callable[[int, int], None]]] = {
        "sketch": lambda: lambda start, end: _draw(said[start:end]),
        "look up and keep": look_up,
        "whole fold": fold_all,
    }
    if prototype is not None:
        sys.path.insert(0, str(need(prototype)))
        campaigns = importlib.import_module("campaign_sim").Campaigns

        def beside() -> Callable[[int, int], None]:
            detector = campaigns(min_authors=4)
            return lambda start, end: [detector.add(s.seconds, s.author, s.text) for s in said[start:end]] and None

        ways["prototype: sketch and look-up"] = beside
    best = {name: _microseconds(way, len(said)) for name, way in ways.items()}
    best["sketch and look-up"] = best["sketch"] + best["look up and keep"]
    table(("CPU-us per mention", *best), [["", *(f"{cost:.1f}" for cost in best.values())]])


def _draw(said: Sequence[Said]) -> None:
    for one in said:
        sketch(one.text)


def _place(clusters: Clusters, mentions: Sequence[FoldMention]) -> None:
    for one in mentions:
        clusters.place(one.key, one.fold_tick, one.sketch or b"")


def _fold(state: State, memory: Memory, mentions: Sequence[FoldMention]) -> None:
    fold_campaigns(state, memory, mentions, mentions[-1].fold_tick, RULES)


def _microseconds(way: Callable[[], Callable[[int, int], None]], count: int) -> float:
    """Of each stretch of CHUNK mentions the best of PASSES: a machine that others use is seldom quiet for long."""
    best = [float("inf")] * (count // CHUNK)
    for _ in range(PASSES):
        gc.collect()
        run = way()
        for chunk in range(len(best)):
            start = time.process_time()
            run(chunk * CHUNK, (chunk + 1) * CHUNK)
            best[chunk] = min(best[chunk], time.process_time() - start)
    return 1e6 * sum(best) / (len(best) * CHUNK)


def main() -> None:
    """Print all tables."""
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--compress", type=float, default=24.0, help="how many times closer in time (default: 24)")
    parser.add_argument("--prototype", type=Path, help="folder of the measuring prototype (campaign_sim.py)")
    chosen = parser.parse_args()
    environment()
    real = background(chosen.data, chosen.compress)
    show_found([outcome(real, seed) for seed in chosen.seeds], chosen.seeds)
    print()
    show_costs(real, chosen.seeds[0], chosen.prototype)


if __name__ == "__main__":
    main()
