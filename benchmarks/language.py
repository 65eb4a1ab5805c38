"""Accuracy and speed of language identification, with the source's tag and without.

    python -m benchmarks.language --data DIR [--split train]

`--data` holds `sentiment/xlmt/LANGUAGE/{train,val}_text.txt`; the folder's language is taken for the truth (some 3 % of
the German tweets are English). *Wrong tag* gives each text the tags of the five other languages. The neighbours' posts
are invented (`tests/golden`). Speeds are CPU time of one process, the best of several passes.
"""

import gc
import re
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import arguments, environment, table
from benchmarks.sentiment import PASSES, XLMT, xlmt
from processors.language import SHORT, LanguageIdentifier
from tests.golden_files import NEIGHBOURS, neighbours

DUTCH = """Deze Kolibri telefoon is erg traag sinds de laatste update.
Ik vond de service helemaal niet goed, we hebben een uur gewacht.
Weet iemand of de nieuwe winkel morgenochtend open is?
Wat een schande, drie uur vertraging en geen water.
Bedankt voor de goede hulp, jullie zijn geweldig.
De prijzen zijn de laatste maanden enorm gestegen."""

CONFIGURED = (("en", "es"), tuple(XLMT))
"""Configurations that the neighbours are tried with."""

_ADDRESSES = re.compile(r"https?(?:://\S+|\b)|@\w+")
"""What no letter of counts: xlm-t has `http` and `@user` for what stood there."""

Heard = list[tuple[str, str]]
"""(language, text)."""

Identify = Callable[[str, str], str]
"""From a text and its true language, of which a tag is made, to the language found."""


def show_loading() -> LanguageIdentifier:
    """What the first text without a tag waits for; the identifier, loaded."""
    before, start = _peak_mib(), time.perf_counter()
    identifier = LanguageIdentifier(tuple(XLMT))
    identifier.identify("Nubira odwołała lot", None)  # no common words of ours settle it
    print(f"First untagged text: {time.perf_counter() - start:.2f} s, peak memory +{_peak_mib() - before:.0f} MiB.\n")
    return identifier


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def show_accuracy(identifier: LanguageIdentifier, heard: Heard) -> None:
    """Per cent right, by language and by kind of tag, and what is taken for what."""
    ways: dict[str, Identify] = {
        "untagged": lambda text, _: identifier.identify(text, None),
        "right tag": identifier.identify,
    }
    columns = {way: [(true, identify(text, true)) for true, text in heard] for way, identify in ways.items()}
    columns["wrong tag"] = [
        (true, identifier.identify(text, tag)) for true, text in heard for tag in XLMT if tag != true
    ]
    rows = [[language, *(_right(pairs, language) for pairs in columns.values())] for language in XLMT]
    rows.append(["all", *(_right(pairs) for pairs in columns.values())])
    table(("right, %", *columns), rows)
    mistaken = Counter(pair for pair in columns["untagged"] if pair[0] != pair[1])
    print("\nUntagged, mistaken: " + ", ".join(f"{a} for {b} {n}" for (a, b), n in mistaken.most_common(12)) + ".")


def _right(pairs: Heard, language: str | None = None) -> str:
    chosen = [true == found for true, found in pairs if language in (None, true)]
    return f"{100 * sum(chosen) / max(1, len(chosen)):.1f}"


def show_lengths(identifier: LanguageIdentifier, heard: Heard) -> None:
    """Per cent right of untagged texts by their letters; `und` counts as wrong and is told apart."""
    rows = []
    for low, high in ((0, SHORT), (SHORT, 40), (40, 80), (80, 10**6), (SHORT, 10**6)):
        found = [(true, identifier.identify(text, None)) for true, text in heard if low <= _letters(text) < high]
        undetermined = sum(answer == "und" for _, answer in found)
        rows.append(
            [
                f"{low} to {high - 1}" if high < 10**6 else f"{low} on",
                f"{len(found):,}",
                _right(found),
                str(undetermined),
            ]
        )
    table(("letters", "n", "right, %", "und"), rows)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, _ADDRESSES.sub(" ", text)))


def show_neighbours() -> None:
    """What the neighbours' posts are heard as: how many as what they are, and how many as Spanish."""
    rows = []
    posts = {language: neighbours(language) for language in NEIGHBOURS} | {"nl": DUTCH.split("\n")}
    for configured in CONFIGURED:
        identifier = LanguageIdentifier(configured)
        for language, texts in posts.items():
            long = [text for text in texts if _letters(text) >= SHORT]
            untagged = [identifier.identify(text, None) for text in texts]
            tagged = [identifier.identify(text, "es") for text in long]
            rows.append(
                [
                    ", ".join(configured),
                    language,
                    f"{untagged.count(language)} of {len(texts)}",
                    str(untagged.count("es")),
                    f"{tagged.count('es')} of {len(long)}",
                ]
            )
    table(("configured", "neighbour", "heard", "as Spanish", f"as Spanish, tagged so, {SHORT} letters on"), rows)


def show_speed(identifier: LanguageIdentifier, heard: Heard) -> None:
    """CPU time per text."""
    rows = []
    for name, identify in (
        ("right tag", identifier.identify),
        ("untagged", lambda text, _: identifier.identify(text, None)),
    ):
        best = min(_seconds(identify, heard) for _ in range(PASSES)) / len(heard)
        rows.append([name, f"{1e6 * best:.0f}", f"{1 / best:,.0f}"])
    table(("", "us per text", "texts/s"), rows)


def _seconds(identify: Identify, heard: Heard) -> float:
    gc.collect()
    start = time.process_time()
    for true, text in heard:
        identify(text, true)
    return time.process_time() - start


def read(data: Path, split: str) -> Heard:
    """The tweets of all six languages."""
    return [(language, text) for language in XLMT for text, _ in xlmt(data, language, split)]


def main() -> None:
    """Print all tables."""
    parser = arguments(__doc__)
    parser.add_argument("--split", choices=("train", "val"), default="val", help="which part of xlm-t (default: val)")
    chosen = parser.parse_args()
    heard = read(chosen.data, chosen.split)
    environment()
    identifier = show_loading()
    show_accuracy(identifier, heard)
    print()
    show_lengths(identifier, heard)
    print()
    show_neighbours()
    print()
    show_speed(identifier, heard)


if __name__ == "__main__":
    main()
