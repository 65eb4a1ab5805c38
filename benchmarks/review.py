"""How long `atalaya review` takes for a week, at 1,000,000 stored mentions and at 15,000.

    python -m benchmarks.review [--postgres] [--size N ...] [--keep DIR] [--profile]

Six weeks of six brands (`benchmarks.big_store`: an invented world through the pipeline, its rows copied in bulk). Told
are the verb itself, started as a user would, for one brand; and in one process the last whole week of each brand, one
after the other, with its HTML page. Every read goes through a fresh connection; the file is in the system's cache.
"""

import argparse
import cProfile
import pstats
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select, text

from atalaya.collecting import collect_seldom
from benchmarks.big_store import fill
from benchmarks.harness import environment, table
from dashboards.review.building import build
from dashboards.review.gathering import gather
from dashboards.review.html import render
from dashboards.review.periods import named
from processors.store.brands import current
from processors.store.opening import open_store
from processors.store.schema import mentions
from tests.postgres import serving

WEEK = "2026-W47"
BRAND = "lumbre"
SIZES = {"15,000": (0.123, 1), "100,000": (0.123, 7), "1,000,000": (1.03, 10)}
"""Volume of the world and copies of each mention (`fill`)."""
USUAL_SIZES = ("15,000", "1,000,000")
Spent = tuple[float, float]
"""Seconds of wall and of CPU; of PostgreSQL's own processes only the wall shows what they took."""


def spent(work: Callable[[], object], who: int = resource.RUSAGE_SELF) -> Spent:
    """What one call takes; `who`: RUSAGE_CHILDREN for what it starts."""

    def cpu() -> float:
        used = resource.getrusage(who)
        return used.ru_utime + used.ru_stime

    wall, begun = time.perf_counter(), cpu()
    work()
    return time.perf_counter() - wall, cpu() - begun


def reviewed(url: str, brand: str) -> None:
    """Read, build and render one brand's week."""
    with open_store(url) as store, store.reading() as connection:
        (zone,) = [entry.brand.time_zone for entry in current(connection) if entry.brand.name == brand]
        render(build(gather(connection, brand, named(WEEK, zone))), "en")


def all_reviewed(url: str, brands: Sequence[str]) -> None:
    """One brand after the other."""
    for brand in brands:
        reviewed(url, brand)


def verb(url: str) -> None:
    """The verb in a process of its own."""
    command = [
        str(Path(sys.executable).with_name("atalaya")),
        "review",
        "--brand",
        BRAND,
        "--week",
        WEEK,
        "--store",
        url,
    ]
    subprocess.run([*command, "--format", "html"], check=True, stdout=subprocess.DEVNULL)


def count_of(url: str) -> int:
    """How many mentions there are."""
    with open_store(url) as store, store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(mentions)).scalar_one())


def brands_of(url: str) -> list[str]:
    """The brands that are watched."""
    with open_store(url) as store, store.reading() as connection:
        return [entry.brand.name for entry in current(connection)]


@contextmanager
def stores(folder: Path, *, postgres: bool) -> Iterator[Callable[[str], tuple[str, bool]]]:
    """Gives by name the address of a store, and whether it was filled before."""
    with ExitStack() as stack:
        server = stack.enter_context(serving()) if postgres else None

        def found(name: str) -> tuple[str, bool]:
            if server is not None:
                return server.new_database(), False
            path = folder / f"{name}.sqlite"
            return f"sqlite:///{path}", path.exists()

        yield found


def measured(url: str, made: str) -> list[list[str]]:
    """The lines of one store."""
    brands, size = brands_of(url), f"{count_of(url):,}"
    reviewed(url, BRAND)  # imports, and the file into the cache
    one = spent(lambda: reviewed(url, BRAND))
    every = spent(lambda: all_reviewed(url, brands))
    alone = spent(lambda: verb(url), resource.RUSAGE_CHILDREN)
    rows = (
        ("one brand", one),
        (f"{len(brands)} brands, one after the other", every),
        ("`atalaya review --brand`, a process", alone),
    )
    return [[size, made, what, f"{wall:.1f}", f"{cpu:.1f}"] for what, (wall, cpu) in rows]


def analysed(url: str) -> None:
    """Have PostgreSQL look at what it holds now.

    In a store that grows it does so by itself. One that was filled at once waits a minute for it; until then a review
    takes ten times as long.
    """
    with open_store(url) as store, store.writing() as connection:
        connection.execute(text("ANALYZE"))


def profiled(url: str) -> None:
    """Print what the time of one review goes into."""
    with cProfile.Profile() as profile:
        reviewed(url, BRAND)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


def main() -> None:
    """Fill and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL of its own instead of SQLite")
    parser.add_argument("--size", action="append", choices=SIZES, help=f"default: {' and '.join(USUAL_SIZES)}")
    parser.add_argument("--keep", type=Path, help="a folder where SQLite stores stay, and are found again")
    parser.add_argument("--profile", action="store_true", help="also print what the time goes into")
    given = parser.parse_args()
    environment()
    collect_seldom()  # as the verb does
    lines = []
    kind = "PostgreSQL" if given.postgres else "SQLite"
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="atalaya-bench-")))
        found = stack.enter_context(stores(given.keep or scratch, postgres=given.postgres))
        for size in given.size or USUAL_SIZES:
            volume, copies = SIZES[size]
            url, filled = found(size.replace(",", ""))
            if not filled:
                begun = time.perf_counter()
                count = fill(url, scratch, volume=volume, copies=copies)
                print(f"{kind}, {count:,} mentions: filled in {time.perf_counter() - begun:.0f} s", flush=True)
            if given.postgres:
                analysed(url)
            lines += measured(url, kind)
            if given.profile:
                profiled(url)
    table(("mentions", "store", "what", "wall, s", "CPU, s"), lines)


if __name__ == "__main__":
    main()
