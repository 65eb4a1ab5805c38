import random
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from processors.detection.clusters import MOST, Clusters, rebuilt
from processors.detection.sketch import SLOTS, VERSION, sketch

SAID = "Tres horas de cola en la tienda de Lumbre de Vigo y al final no tenían el pan que compré por internet"
EDITED = "Cuatro horas de cola en la tienda de Lumbre de Lugo y al final no tenían el pan que pagué por internet"
OTHER = "Nubira me ha cancelado el vuelo de mañana a Lisboa y nadie contesta al teléfono desde las ocho"
TEN = 10 * 60


def noise(rng: random.Random) -> bytes:
    """A sketch of nothing in particular."""
    return bytes((VERSION,)) + rng.randbytes(2 * SLOTS)


def near(rng: random.Random, drawn: bytes, changed: int) -> bytes:
    """A sketch that differs from another in so many slots."""
    slots = np.frombuffer(drawn, "<u2", SLOTS, 1).copy()
    for slot in rng.sample(range(SLOTS), changed):
        slots[slot] = rng.randrange(1 << 16)
    return drawn[:1] + slots.tobytes()


def test_an_edited_copy_joins_the_first_and_another_text_does_not() -> None:
    """A cluster is named after its first mention."""
    clusters = Clusters()
    assert clusters.place("a", TEN, sketch(SAID)) is None
    assert clusters.place("b", TEN, sketch(OTHER)) is None
    assert clusters.place("c", TEN + 1, sketch(EDITED)) == "a"
    assert clusters.place("d", TEN + 2, sketch(OTHER + " ya")) == "b"


def test_a_copy_of_a_copy_joins_too() -> None:
    """Every kept member stands for its cluster, so that texts may drift; 40 of 64 slots are two thirds."""
    rng, clusters = random.Random(1), Clusters()
    drawn = noise(rng)
    assert clusters.place("m0", TEN, drawn) is None
    for number in range(1, 9):
        drawn = near(rng, drawn, 24)
        assert clusters.place(f"m{number}", TEN + number, drawn) == "m0"


def test_what_has_no_sketch_or_one_of_another_version_is_in_no_cluster() -> None:
    """It is compared with nothing, now or later."""
    clusters, drawn = Clusters(), sketch(SAID)
    newer = bytes((VERSION + 1,)) + drawn[1:]
    assert [clusters.place(key, TEN, data) for key, data in zip("abcd", (b"", b"", newer, newer), strict=True)] == [
        None
    ] * 4
    assert clusters.place("e", TEN, drawn) is None


@pytest.mark.parametrize(("minutes", "found"), [(59, True), (60, True), (119, True), (120, False), (600, False)])
def test_memory_is_this_hour_and_the_last(minutes: int, found: bool) -> None:
    """Hours are whole hours of the clock, whenever the first mention came."""
    clusters = Clusters()
    clusters.place("a", TEN, sketch(SAID))
    assert clusters.place("b", TEN + minutes, sketch(SAID)) == ("a" if found else None)


def test_a_story_goes_on_as_long_as_copies_come() -> None:
    """A cluster whose copies are never two hours apart keeps its name."""
    clusters = Clusters()
    clusters.place("a", TEN, sketch(SAID))
    assert [clusters.place(f"k{n}", TEN + 50 * n, sketch(SAID)) for n in range(1, 20)] == ["a"] * 19


def test_copies_that_add_nothing_take_no_room() -> None:
    """A hundred thousand shares of one text are one sketch per hour."""
    clusters = Clusters()
    for number in range(1_000):
        clusters.place(f"m{number}", TEN + number // 10, sketch(SAID))
    assert clusters.current.added == clusters.last.added == 1


def stream(seed: int, count: int) -> Iterator[tuple[str, int, bytes]]:
    """Mentions with near-duplicates among them, over some hours."""
    rng, tick, drawn = random.Random(seed), TEN, [noise(random.Random(seed + 1)) for _ in range(20)]
    for number in range(count):
        tick += rng.choice((0, 0, 0, 1, 7))
        if rng.random() < 0.02:
            tick += 70
        base = rng.choice(drawn)
        data = noise(rng) if rng.random() < 0.3 else near(rng, base, rng.choice((0, 4, 20, 30, 38)))
        yield f"m{number}", tick, data if rng.random() < 0.95 else b""


@pytest.mark.parametrize("seed", range(6))
def test_an_index_rebuilt_at_any_tick_goes_on_alike(seed: int) -> None:
    """From the mentions of two hours, with the clusters that they were given, the same clusters go on."""
    whole, rows = Clusters(), []
    for key, tick, data in stream(seed, 600):
        rows.append((key, tick, data, whole.place(key, tick, data)))
    for cut in range(50, 600, 110):
        now = rows[cut][1]
        clusters = rebuilt(row for row in rows[:cut] if row[1] // 60 >= now // 60 - 1)
        assert [clusters.place(key, tick, data) for key, tick, data, _ in rows[cut:]] == [row[3] for row in rows[cut:]]


def test_a_full_hour_forgets_its_oldest() -> None:
    """The newest sketches of an hour are found, however many came before; the oldest are not."""
    rng, clusters = random.Random(3), Clusters()
    drawn = [noise(rng) for _ in range(MOST + 500)]
    for number, data in enumerate(drawn):
        clusters.place(f"m{number}", TEN, data)
    assert clusters.current.added == MOST + 500
    last = len(drawn) - 1
    assert sum(clusters.place("x", TEN, drawn[n]) == f"m{n}" for n in range(last - 100, last)) == 100
    assert not any(clusters.place("x", TEN, drawn[n]) for n in range(100))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["noise", "one band", "chains"])
def test_memory_has_a_bound_whatever_comes(kind: str) -> None:
    """A million hostile sketches of one brand in an hour: as much room as MOST of them, and the newest still found."""
    rng, clusters = random.Random(4), Clusters()
    drawn = noise(rng)
    for number in range(1_000_000):
        if kind == "noise":
            drawn = noise(rng)
        elif kind == "one band":  # all fall into the same cells of two bands, and agree in nothing else
            drawn = drawn[:13] + rng.randbytes(2 * SLOTS - 12)
        else:  # each a near-duplicate of the one before: one endless cluster
            drawn = near(rng, drawn, 20)
        clusters.place(f"m{number}", TEN, drawn)
    assert clusters.place("last", TEN, drawn) is not None
    kept = clusters.current
    assert kept.sketches.nbytes + kept.table.nbytes < 5_000_000
    assert len(kept.clusters) == MOST
    assert sys.getsizeof(kept.clusters) < 200_000
