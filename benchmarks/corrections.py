"""What a brand's own labels buy: macro-F1 on airline mentions with 0 to 1,000 labels of them, and what the guard says.

    python -m benchmarks.corrections --data DIR [--engine atalaya]

A fifth of the mentions, drawn once, is the test and is never labelled; repeats are left out. Labels are drawn from the
rest, each label in its share, anew for each of five draws. Every airline's names are masked, as in a run.
"""

import csv
import re
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.harness import arguments, environment, need, table
from mentions.layers import Layer
from processors.sentiment.base import Engine
from processors.sentiment.engines import ENGINES, open_engine
from processors.sentiment.layer import LABELS
from processors.sentiment.layer_evaluation import evaluate
from processors.sentiment.layer_training import Labelled, predict, train_layer
from processors.sentiment.layered import judge_layered, read
from processors.sentiment.target import Target

COUNTS = (50, 200, 500, 1_000)
DRAWS = 5
NAMES = {
    "Virgin America": ("virgin america", "virginamerica", "virgin"),
    "United": ("united", "united airlines"),
    "Southwest": ("southwest", "southwestair", "southwest airlines"),
    "Delta": ("delta", "jetblue", "delta airlines"),  # as the file has it: its Delta mentions speak to JetBlue
    "US Airways": ("us airways", "usairways"),
    "American": ("american", "americanair", "american airlines"),
}
_NOISE = re.compile(r"@\w+|https?://\S+")


def mentions(data: Path, engine: Engine) -> tuple[list[Labelled], list[tuple[str, Target]]]:
    """Every mention that the engine can read, once, with its label; and its text and target."""
    rows, texts, seen = [], [], set[str]()
    with need(data / "airline" / "Tweets.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.DictReader(file):
            key = _key(row["text"])
            if not key or key in seen:
                continue
            seen.add(key)
            target = Target(own=frozenset(NAMES[row["airline"]]))
            reading = read(engine, row["text"], "en", target)
            if reading is not None:
                rows.append(Labelled(reading, LABELS.index(row["airline_sentiment"])))  # type: ignore[arg-type]
                texts.append((row["text"], target))
    return rows, texts


def _key(text: str) -> str:
    bare = unicodedata.normalize("NFKD", _NOISE.sub("", text).lower())
    return "".join(char for char in bare if char.isalnum())


def macro_f1(rows: Sequence[Labelled], found: Sequence[int]) -> float:
    """In per cent."""
    cells = np.zeros((3, 3))
    for row, label in zip(rows, found, strict=True):
        cells[row.label, label] += 1
    return float(np.mean(200 * np.diag(cells) / np.maximum(cells.sum(0) + cells.sum(1), 1)))


def drawn(pool: Sequence[Labelled], count: int, seed: int) -> list[Labelled]:
    """So many of the pool, each label in its share."""
    random = np.random.default_rng(seed)
    labels = np.array([row.label for row in pool])
    chosen: list[int] = []
    for label in range(3):
        places = np.flatnonzero(labels == label)
        chosen += random.permutation(places)[: round(count * len(places) / len(pool))].tolist()
    return [pool[at] for at in chosen]


def show_curve(rows: Sequence[Labelled]) -> None:
    """One line for each count of labels."""
    order = np.random.RandomState(0).permutation(len(rows)).tolist()
    test, pool = ([rows[at] for at in part] for part in (order[: len(rows) // 5], order[len(rows) // 5 :]))
    readings = [row.reading for row in test]
    base = macro_f1(test, predict(Layer(), readings))
    lines = [["0", f"{base:.1f}", "", "", "", "", ""]]
    for count in COUNTS:
        scores, sizes, gains, seconds, passed = [], [], [], [], []
        for seed in range(DRAWS):
            labelled = drawn(pool, count, seed)
            begun = time.process_time()
            layer = train_layer(labelled)
            found = evaluate(labelled)
            seconds.append(time.process_time() - begun)
            scores.append(macro_f1(test, predict(layer, readings)))
            sizes.append(len(msgspec.json.encode(layer)) / 1024)
            gains.append(found.gain)
            passed.append(found.passes)
        lines.append(
            [
                f"{count:,}",
                f"{np.mean(scores):.1f} ± {np.std(scores):.1f}",
                f"{min(scores) - base:+.1f}",
                f"{np.mean(gains):+.1f} ± {np.std(gains):.1f}",
                f"{sum(passed)} of {DRAWS}",
                f"{np.mean(sizes):.0f}",
                f"{np.mean(seconds):.1f}",
            ]
        )
    heads = ("labels", "macro-F1", "worst draw's gain", "gain by cross-validation", "switched on", "KiB", "CPU s")
    print(f"test: {len(test):,} mentions; labels drawn from {len(pool):,}; mean ± sd of {DRAWS} draws")
    table(heads, lines)


def show_speed(engine: Engine, rows: Sequence[Labelled], texts: Sequence[tuple[str, Target]]) -> None:
    """What a layer costs where it is applied: CPU microseconds a text, the engine warm."""
    layer = train_layer(drawn(rows, 1_000, 0))
    few, costs = texts[:5_000], []
    for _ in range(3):
        begun = time.process_time()
        for text, target in few:
            engine.judge(text, "en", target)
        alone = time.process_time()
        for text, target in few:
            judge_layered(engine, layer, text, "en", target)
        costs.append((alone - begun, time.process_time() - alone))
    first, second = (1e6 * min(times) / len(few) for times in zip(*costs, strict=True))
    table(("CPU-us a text", "engine alone", "with a layer"), [["airline", f"{first:.1f}", f"{second:.1f}"]])


def main() -> None:
    """Everything, for one engine."""
    parser = arguments(__doc__)
    parser.add_argument("--engine", default="atalaya" if "atalaya" in ENGINES else "vader-fixed", choices=ENGINES)
    asked = parser.parse_args()
    environment()
    engine = open_engine(asked.engine)
    print(f"\nengine {engine.version}\n")
    rows, texts = mentions(asked.data, engine)
    show_curve(rows)
    show_speed(engine, rows, texts)


if __name__ == "__main__":
    main()
