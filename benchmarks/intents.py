"""How well intents and aspects are found, and what that costs.

    python -m benchmarks.intents --data DIR [--engine NAME]

`--data` holds `airline/Tweets.csv`. The labels are ours, by hand: `tests/golden/airline_intents.tsv` names rows of that
file, `tests/golden/intents_es.tsv` holds invented Spanish mentions. Rules were tuned on the part `tune` alone.
"""

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import arguments, environment, table
from benchmarks.sentiment import PASSES, airline
from mentions.records import Sentiment
from mentions.settings import SentimentSettings
from processors.aspects import ASPECTS, DEFAULT
from processors.intents import INTENTS, NOT_JUDGED, intents_of
from processors.sentiment.engines import open_engine
from processors.words import Words

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
DEFAULT_ENGINE = SentimentSettings().engine
PARTS = ("tune", "test", "fresh")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, what a reader found in it, and what an engine made of it."""

    part: str
    text: str
    intents: frozenset[str]
    aspects: frozenset[str]
    sentiment: Sentiment = NOT_JUDGED


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a golden file by its heading; remarks begin with `#`."""
    lines = [line for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    heads = lines[0].split("\t")
    for line in lines[1:]:
        yield dict(zip(heads, line.split("\t"), strict=True))


def names(cell: str) -> frozenset[str]:
    """The names in a cell."""
    return frozenset(filter(None, cell.split(",")))


def english(data: Path, engine: str) -> list[Labelled]:
    """The labelled mentions of airlines."""
    texts, judge = [text for text, _ in airline(data)], open_engine(engine)
    return [
        Labelled(row["part"], text, names(row["intents"]), names(row["aspects"]), judge.judge(text, "en"))
        for row in rows("airline_intents.tsv")
        for text in [texts[int(row["row"])]]
    ]


def spanish() -> list[Labelled]:
    """The invented Spanish mentions; no engine has judged them."""
    return [
        Labelled(row["part"], row["text"], names(row["intents"]), names(row["aspects"]))
        for row in rows("intents_es.tsv")
    ]


def show(title: str, lang: str, labelled: Sequence[Labelled]) -> None:
    """Print precision, recall and F1 of every intent and aspect, for both parts."""
    parts = [part for part in PARTS if any(item.part == part for item in labelled)]
    found = {
        part: [
            (item, {finding.name for finding in (*intents_of(words, lang, item.sentiment), *DEFAULT.find(words, lang))})
            for item in labelled
            if item.part == part
            for words in [Words(item.text)]
        ]
        for part in parts
    }
    counts = ", ".join(f"{part} {len(items)}" for part, items in found.items())
    print(f"\n{title} ({counts}): precision / recall / F1, n\n")
    lines = []
    for name in (*INTENTS, *ASPECTS):
        cells = [
            _figures([(name in item.intents | item.aspects, name in got) for item, got in found[p]]) for p in parts
        ]
        lines.append([name, *cells])
    table(("", *parts), [*lines, *_all("all intents", INTENTS, found), *_all("all aspects", ASPECTS, found)])


def _all(
    title: str, chosen: Sequence[str], found: Mapping[str, list[tuple[Labelled, set[str]]]]
) -> Iterator[list[str]]:
    yield [
        title,
        *(
            _figures([(n in item.intents | item.aspects, n in got) for item, got in found[part] for n in chosen])
            for part in found
        ),
    ]


def _figures(pairs: Sequence[tuple[bool, bool]]) -> str:
    """Of (is, found) pairs; a dash where there is none."""
    if not any(is_ for is_, _ in pairs):
        return f"-, 0 (found {sum(found for _, found in pairs)})"
    right = sum(is_ and found for is_, found in pairs)
    n, told = sum(is_ for is_, _ in pairs), sum(found for _, found in pairs)
    precision, recall = right / max(told, 1), right / max(n, 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return f"{precision:.2f} / {recall:.2f} / {f1:.2f}, {n}"


def show_speed(texts: Sequence[str]) -> None:
    """Print CPU time per text, the best of several passes; *unseen* is the first pass."""

    def cut() -> list[Words]:
        return [Words(text) for text in texts]

    unseen = _microseconds(cut, texts)
    words = cut()
    for item in words[:1]:
        intents_of(item, "en")
    steps = {
        "cut into words": cut,
        "intents": lambda: [intents_of(item, "en") for item in words],
        "aspects": lambda: [DEFAULT.find(item, "en") for item in words],
    }
    best = {name: min(_microseconds(step, texts) for _ in range(PASSES)) for name, step in steps.items()}
    print()
    table(
        ("step", "CPU-us per text"),
        [["cut into words, unseen", f"{unseen:.1f}"], *([name, f"{cost:.1f}"] for name, cost in best.items())],
    )
    print(f"\nTogether, warm: {sum(best.values()):.1f} CPU-us per text.")


def _microseconds(step: object, texts: Sequence[str]) -> float:
    assert callable(step)
    gc.collect()
    start = time.process_time()
    step()
    return 1e6 * (time.process_time() - start) / len(texts)


def main() -> None:
    """Print all tables."""
    parser = arguments(__doc__)
    parser.add_argument("--engine", default=DEFAULT_ENGINE, help="whose labels the rules see (default: %(default)s)")
    chosen = parser.parse_args()
    environment()
    show("Airline mentions", "en", english(chosen.data, chosen.engine))
    show("Invented Spanish mentions", "es", spanish())
    show_speed([text for text, _ in airline(chosen.data)])


if __name__ == "__main__":
    main()
