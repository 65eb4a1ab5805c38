"""Which words and links rose and fell against the periods before. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from math import sqrt

from msgspec import Struct

from processors.detection.terms import terms_in
from processors.store.review_reading import Said

LEAST, LEAST_Z, MOST = 5, 3.5, 8
"""Posts that must hold a term; standard deviations between its shares (many terms are looked at); terms told."""
FORMULA = "z = (p - q) / sqrt(r (1 - r) (1 / n + 1 / m)), two shares of posts with their common share r"


class Shift(Struct, frozen=True):
    """A term: posts of now that hold it, how many would at the share of before, and the difference in deviations."""

    term: str
    posts: int
    expected: float
    z: float
    label: str | None


def shifts(now: Sequence[Said], before: Sequence[Said], masked: Set[str]) -> tuple[list[Shift], list[Shift]]:
    """Terms that rose and that fell, the strongest first, none holding another; none without two samples."""
    if not now or not before:
        return [], []
    said = [terms_in(post.text, post.lang, masked) for post in now]
    earlier = [terms_in(post.text, post.lang, masked) for post in before]
    counts, usual = Counter(key for one in said for key in one), Counter(key for one in earlier for key in one)
    n, m = len(said), len(earlier)
    scored: list[tuple[float, str]] = []
    for key in counts.keys() | usual.keys():
        a, b = counts[key], usual[key]
        if max(a, b) >= LEAST and abs(z := _z(a, n, b, m)) >= LEAST_Z:
            scored.append((z, key))
    scored.sort(key=lambda one: (-abs(one[0]), -len(one[1]), one[1]))
    labels = _labels(now, said)
    written = _written([*said, *earlier], {key for _, key in scored})

    def told(sign: int) -> list[Shift]:
        keys = _unlike([key for z, key in scored if z * sign > 0])
        values = {key: z for z, key in scored}
        return [
            Shift(written[k], counts[k], round(usual[k] * n / m, 1), round(values[k], 1), labels.get(k)) for k in keys
        ]

    return told(1), told(-1)


def _z(a: int, n: int, b: int, m: int) -> float:
    common = (a + b) / (n + m)
    return (a / n - b / m) / sqrt(common * (1 - common) * (1 / n + 1 / m)) if 0 < common < 1 else 0.0


def _unlike(keys: Sequence[str]) -> list[str]:
    chosen: list[str] = []
    for key in keys:
        words = set(key.split())
        if not any(words <= set(other.split()) or set(other.split()) <= words for other in chosen):
            chosen.append(key)
            if len(chosen) == MOST:
                break
    return chosen


def _labels(posts: Sequence[Said], said: Sequence[Mapping[str, str]]) -> dict[str, str]:
    found: dict[str, Counter[str]] = {}
    for post, words in zip(posts, said, strict=True):
        for key in words:
            found.setdefault(key, Counter())[post.label or "unjudged"] += 1
    return {key: min(counts, key=lambda label: (-counts[label], label)) for key, counts in found.items()}


def _written(said: Sequence[Mapping[str, str]], keys: Set[str]) -> dict[str, str]:
    forms: dict[str, Counter[str]] = {key: Counter() for key in keys}
    for words in said:
        for key in words.keys() & keys:
            forms[key][words[key]] += 1
    return {key: min(counts, key=lambda form: (-counts[form], form)) for key, counts in forms.items()}
