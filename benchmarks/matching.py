"""Speed of matching by the number of queries, and its exactness on real mentions.

    python -m benchmarks.matching --data DIR [--prototype DIR]

`--data` holds `airline/Tweets.csv` and `sentiment/xlmt/LANGUAGE/{train,val}_text.txt`. `--prototype` holds a
`boolean_matcher.py` whose `Matcher` is asked the same queries about the same texts (lower-cased for it beforehand,
which its time does not include). Times are CPU time, the best of several runs; MB is what the process grew by, ours
with its parsed queries.
"""

import argparse
import csv
import gc
import importlib.util
import math
import multiprocessing
import random
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from mentions.matching import Matcher, parse_query
from mentions.tokens import Tokens

LANGUAGES = ("english", "spanish", "portuguese", "french", "german", "italian")
HANDLES = ("united", "VirginAmerica", "SouthwestAir", "JetBlue", "USAirways", "AmericanAir")
DISTANCE = 8  # the prototype's fixed NEAR
RUNS = 5

Group = list[str]
Spec = tuple[list[Group], Group, list[tuple[str, str]]]
"""Required groups of alternatives, excluded terms, pairs near each other: what the prototype takes."""


def main() -> None:
    """Check exactness and linear time, then measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with airline/ and sentiment/xlmt/")
    parser.add_argument("--prototype", type=Path, help="folder with boolean_matcher.py to compare with")
    parser.add_argument("--queries", type=int, nargs="+", default=[1, 1_000, 10_000, 100_000])
    options = parser.parse_args()
    prototype = load_prototype(options.prototype)
    rows = airline_rows(options.data)
    check_airline(rows)
    check_linear()
    texts = list(dict.fromkeys([row["text"] for row in rows] + list(tweets(options.data))))
    compare(texts, options.queries, prototype)


def airline_rows(data: Path) -> list[dict[str, str]]:
    """The real mentions, as the file gives them."""
    with need(data / "airline" / "Tweets.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def tweets(data: Path) -> Iterator[str]:
    """The tweets of six languages."""
    for language in LANGUAGES:
        for split in ("train", "val"):
            path = need(data / "sentiment" / "xlmt" / language / f"{split}_text.txt")
            # On \n only: some texts hold other line breaks.
            yield from path.read_text(encoding="utf-8").split("\n")[:-1]


def need(path: Path) -> Path:
    """The path, or the end with a clear word."""
    if not path.exists():
        sys.exit(f"missing data: {path}; give the folder that holds it with --data")
    return path


def load_prototype(folder: Path | None) -> ModuleType | None:
    """The prototype's module, if a folder is given."""
    if folder is None:
        return None
    path = folder / "boolean_matcher.py"
    spec = importlib.util.spec_from_file_location("boolean_matcher", path)
    if not path.exists() or spec is None or spec.loader is None:
        sys.exit(f"missing prototype: {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_airline(rows: list[dict[str, str]]) -> None:
    """A handle matches exactly where its regular expression does."""
    posts = sorted({(row["name"], row["tweet_created"], row["text"]) for row in rows})
    matcher = Matcher([(handle, parse_query(f"@{handle}")) for handle in HANDLES])
    patterns = {handle: re.compile(rf"(?<!\w)@{handle}(?!\w)", re.IGNORECASE) for handle in HANDLES}
    pairs = anywhere = differing = 0
    for _, _, text in posts:
        found = {name for name, _ in matcher.match_text(text)}
        differing += found != {handle for handle, pattern in patterns.items() if pattern.search(text)}
        pairs += len(found)
        anywhere += bool(found)
    print(f"airline: {len(posts)} posts, {anywhere} match, {pairs} pairs, {differing} differ from the expression\n")


def check_linear() -> None:
    """Four times the text takes about four times as long, whatever the text."""
    # Terms whose check is the dearest: repeated tokens, stars, sigils, distance.
    queries = [
        "a NEAR/5 b",
        '"a a a b"',
        "aa*",
        "@aa*",
        "#a",
        "a+b",
        "🔥 NEAR/3 👍",
        '"🔥 🔥 👍"',
        "新作新",
        "domain:a.example",
    ]
    matcher = Matcher(list(enumerate(map(parse_query, queries))))
    print("hostile text (characters)                  time of 4x the text / time of the text")
    for name, unit in HOSTILE.items():
        text = unit * (100_000 // len(unit))
        short, long = (
            min(cpu_seconds(partial(matcher.match_text, text * times)) for _ in range(RUNS)) for times in (1, 4)
        )
        print(f"  {name:30} {len(text):8}  {1000 * short:8.1f} ms {long / short:6.1f}x")
    print()


HOSTILE = {
    "one word": "a",
    "words": "a ",
    "marks": "a\u0301\u0316\u0300\u0323",
    "marks alone": "\u0303\u0316",
    "emoji": "🔥",
    "joined emoji": "👩\u200d",
    "flags": "🇪",
    "NUL": "\x00",
    "lone surrogates": "\ud800",
    "kanji": "新作",
    "jamo": "\u1112\u1161",
    "sigils": "@",
    "handles": "@a",
    "tags": "#a新",
    "addresses": "https://a.a.a.a/",
    "host": "https://" + "a." * 500,
    "ligatures": "\ufdfa",
    "dashes": "a - ",
    "spaces": " ",
}


def cpu_seconds(action: Callable[[], object]) -> float:
    """What the action costs."""
    start = time.process_time()
    action()
    return time.process_time() - start


def compare(texts: list[str], sizes: Sequence[int], prototype: ModuleType | None) -> None:
    """Measure each number of queries in a process of its own, so that none inherits the memory of another."""
    rng = random.Random(4)
    rng.shuffle(texts)
    frequency = Counter(word for text in texts for word in Tokens(text).words)
    share = sum(map(str.isascii, texts)) / len(texts)
    print(f"{len(texts)} texts, mean {sum(map(len, texts)) / len(texts):.0f} characters, {share:.0%} ASCII")
    print(" queries               texts/s  build s  parse s     MB   matches per 1,000 texts", flush=True)
    for size in sizes:
        specs = make_specs(size, frequency, rng)
        gc.collect()
        gc.freeze()
        child = multiprocessing.get_context("fork").Process(target=measure, args=(specs, texts, frequency, prototype))
        child.start()
        child.join()


def measure(specs: list[Spec], texts: list[str], frequency: Counter[str], prototype: ModuleType | None) -> None:
    """A line for each matcher, and how many times faster ours is; the matchers take turns."""
    lowered = [text.lower() for text in texts]
    runs = [(build_ours(specs, frequency), texts)]
    if prototype is not None:
        runs.append((build_prototype(prototype, specs, frequency), lowered))
    seconds = [math.inf] * len(runs)
    for _ in range(RUNS):
        for number, (built, given) in enumerate(runs):
            seconds[number] = min(seconds[number], cpu_seconds(partial(deque, map(built.match, given), maxlen=0)))
    for (built, given), took in zip(runs, seconds, strict=True):
        cost = f"{built.built_s:8.2f} {built.parsed_s:8.2f} {built.grown_mb:6.0f}"
        matches = 1000 * sum(len(built.match(text)) for text in given) / len(given)
        print(f"{len(specs):8}  {built.name}  {len(given) / took:9,.0f} {cost} {matches:8.0f}")
    if prototype is not None:
        print(f"{'':22}{seconds[1] / seconds[0]:5.1f} times the prototype's speed", flush=True)


class Built(NamedTuple):
    """A matcher, and what it cost to make."""

    name: str
    match: Callable[[str], Sequence[object]]
    built_s: float
    parsed_s: float
    grown_mb: float


def build_ours(specs: list[Spec], frequency: Counter[str]) -> Built:
    """Our matcher."""
    before, start = resident(), time.process_time()
    queries = [parse_query(written(spec)) for spec in specs]
    parsed = time.process_time()
    matcher = Matcher(enumerate(queries), frequency)
    built = time.process_time()
    return Built("ours     ", matcher.match_text, built - parsed, parsed - start, resident() - before)


def build_prototype(module: ModuleType, specs: list[Spec], frequency: Counter[str]) -> Built:
    """The prototype's matcher, which takes its queries as they are."""
    before, start = resident(), time.process_time()
    matcher = module.Matcher(specs, frequency)
    return Built("prototype", matcher.match, time.process_time() - start, 0.0, resident() - before)


def resident() -> float:
    """Memory of this process in MB, after a collection."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def make_specs(count: int, frequency: Counter[str], rng: random.Random) -> list[Spec]:
    """30 % one term, 50 % `A (B OR C..) NOT (D OR ..)`, 10 % NEAR, 10 % `(A OR B OR C OR D) (E OR ..) NOT F`."""
    words = [word for word, _ in frequency.most_common() if re.fullmatch("[a-z0-9]+", word)]
    common, rare = words[60:1500], [word for word in words if len(word) >= 4 and frequency[word] <= 40]
    names = brand_names(max(3000, count), rare, rng)
    return [make_spec(names, common, rng) for _ in range(count)]


def make_spec(names: list[str], common: list[str], rng: random.Random) -> Spec:
    """One query."""
    kind, name = rng.random(), rng.choice(names)
    if kind < 0.3:
        return [[name]], [], []
    if kind < 0.8:
        return [[name], rng.sample(common, rng.randint(2, 6))], rng.sample(common, rng.randint(0, 3)), []
    if kind < 0.9:
        left, right = rng.sample(common, 2)
        return [[left], [right]], [], [(left, right)]
    return [[*rng.sample(names, 3), name], rng.sample(common, 4)], rng.sample(common, 1), []


def brand_names(count: int, rare: list[str], rng: random.Random) -> list[str]:
    """A third real rare words, a third phrases of two of them, a third made-up names."""
    names = set(rng.sample(rare, min(len(rare), count // 3)))
    while len(names) < 2 * count // 3:
        names.add(f"{rng.choice(rare)} {rng.choice(rare)}")
    syllables = re.findall("..", "kazomiratelovibrudexnopaquifestogrebetanixova")
    endings = ["", "s", "ly", "io", "corp", " co", " air", " bank"]
    while len(names) < count:
        names.add("".join(rng.choices(syllables, k=rng.randint(2, 4))) + rng.choice(endings))
    return sorted(names)


def written(spec: Spec) -> str:
    """The same query in the query language."""
    required, excluded, near = spec
    if near:
        ((left, right),) = near
        return f"{left} NEAR/{DISTANCE} {right}"
    clauses = [f"({' OR '.join(map(quoted, group))})" if len(group) > 1 else quoted(group[0]) for group in required]
    return " ".join([*clauses, *(f"NOT {quoted(term)}" for term in excluded)])


def quoted(term: str) -> str:
    """A term as the language wants it."""
    return f'"{term}"' if " " in term else term


if __name__ == "__main__":
    main()
