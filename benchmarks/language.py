"""Accuracy and speed of language identification, with the source's tag and without.

    python -m benchmarks.language --data DIR [--split train]

`--data` holds `sentiment/xlmt/LANGUAGE/{train,val}_text.txt`; the folder's language is taken for the truth (some 3 % of
the German tweets are English). *Wrong tag* gives each text the tags of the five other languages. The neighbours' posts
are invented. Speeds are CPU time of one process, the best of several passes.
"""

import gc
import resource
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import arguments, environment, table
from benchmarks.sentiment import PASSES, XLMT, xlmt
from processors.language import SHORT, LanguageIdentifier

NEIGHBOURS = {
    "ca": """Aquest mòbil Kolibri va molt lent des de l'última actualització.
No m'ha agradat gens el servei, hem esperat una hora dreta.
Bon dia a tothom, quin fred que fa avui a la muntanya!
La coca de ceba és la millor que he tastat mai.
Algú sap si obren demà al matí la botiga nova del carrer Major?
Quina vergonya, tres hores de retard i sense aigua.
Els preus han pujat una barbaritat en els darrers mesos.
Ens van tractar molt bé i el cafè era calent.""",
    "gl": """Este móbil Kolibri vai moi lento dende a última actualización.
Non me gustou nada o servizo, agardamos unha hora enteira.
Bos días a todos, que frío vai hoxe na montaña!
A empanada de zamburiñas é a mellor que probei na miña vida.
Alguén sabe se abren mañá pola mañá a tenda nova da rúa do Vilar?
Que vergoña, tres horas de atraso e sen auga.
Os prezos subiron unha barbaridade nos últimos meses.
Tratáronnos moi ben e o café estaba quente.""",
    "eu": """Kolibri mugikor hau oso motel dabil azken eguneraketatik.
Ez zait batere gustatu zerbitzua, ordubete itxaron dugu.
Egun on guztioi, hotz handia egiten du gaur mendian!
Eskerrik asko arretagatik, profesional bikainak zarete.
Norbaitek badaki bihar goizean irekiko duten denda berria?
Prezioak izugarri igo dira azken hilabeteetan.""",
    "nl": """Deze Kolibri telefoon is erg traag sinds de laatste update.
Ik vond de service helemaal niet goed, we hebben een uur gewacht.
Weet iemand of de nieuwe winkel morgenochtend open is?
Wat een schande, drie uur vertraging en geen water.
Bedankt voor de goede hulp, jullie zijn geweldig.
De prijzen zijn de laatste maanden enorm gestegen.""",
}

Heard = list[tuple[str, str]]
"""(language, text)."""

Identify = Callable[[str, str], str]
"""From a text and its true language, of which a tag is made, to the language found."""


def show_loading() -> LanguageIdentifier:
    """What the first text without a tag waits for; the identifier, loaded."""
    before, start = _peak_mib(), time.perf_counter()
    identifier = LanguageIdentifier(tuple(XLMT))
    identifier.identify("The first text without a tag waits for the model.", None)
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
    for low, high in ((0, SHORT), (SHORT, 40), (40, 80), (80, 10**6)):
        found = [
            (true, identifier.identify(text, None)) for true, text in heard if low <= sum(map(str.isalpha, text)) < high
        ]
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


def show_neighbours(identifier: LanguageIdentifier) -> None:
    """How many of the neighbours' posts are heard as what they are."""
    rows = []
    for language, posts in NEIGHBOURS.items():
        texts = posts.split("\n")
        untagged = sum(identifier.identify(text, None) == language for text in texts)
        tagged = sum(identifier.identify(text, tag) == language for text in texts for tag in XLMT)
        rows.append([language, str(len(texts)), str(untagged), f"{tagged} of {len(texts) * len(XLMT)}"])
    table(("neighbour", "posts", "untagged", "tagged as one of the six"), rows)


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
    show_neighbours(identifier)
    print()
    show_speed(identifier, heard)


if __name__ == "__main__":
    main()
