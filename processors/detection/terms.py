"""Which words a set of posts has more of than was to be expected. Pure.

The statistic is the excess of documents over the expected ones, (c - e) ln(c / e), of terms that a tenth of the posts
hold; of nine statistics that were measured the floor mattered most (docs/alerts.md, 'Why').
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from mentions.folding import fold
from processors.language import COMMON_WORDS

MOST_TERMS = 8
COVER, LESS_COVER, ENOUGH_TERMS, LEAST = 0.10, 0.06, 4, 3
"""A term stands in this share of the posts, in the lesser share where fewer than four terms do, and in three posts."""
_SHORTEST = 3
_find_words = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*").findall
_noise = re.compile(r"https?://\S+|www\.\S+|@[\w.:-]+|\brt\b|\bamp\b", re.IGNORECASE)
_FURTHER = {
    "en": "i'm it's don't can't didn't isn't won't you're that's i've again please thanks thank via says said really "
    "always never ever yes lol lmao omg got getting gets going goes went things thing lot gonna wanna us let also",
    "es": "q k xq pq tb ke d x jaja jajaja jajajaja gracias favor via dice dicen dijo pues bueno vale eh ay ya aun "
    "hecho ahi cual cuales cualquier cuanto segun mientras durante sido esten siendo q' pa nomas ahorita osea",
}
STOP_WORDS: Mapping[str, frozenset[str]] = {
    lang: frozenset(fold(word) for word in (*words, *_FURTHER.get(lang, "").split()))
    for lang, words in COMMON_WORDS.items()
}
"""By language, folded: words that say nothing of what a post is about."""
_ANY = STOP_WORDS["en"] | STOP_WORDS["es"]


class Term(Struct, frozen=True, gc=False):
    """A word or two, as most posts write it.

    Attributes:
        posts: how many hold it. expected: how many would, were they like the earlier ones.
    """

    term: str
    posts: int
    expected: float
    score: float


Said = Mapping[str, str]
"""Folded term -> as a post writes it."""


def terms_in(text: str, lang: str, masked: Iterable[str] = ()) -> dict[str, str]:
    """The words of a text and its pairs of neighbours, folded, without common words, handles, links and `masked` names.

    Returns:
        Folded term -> as it is written, in lower case.
    """
    plain = _noise.sub(" . ", text.lower())
    for name in masked:
        if name.lower() in plain:  # most are in few texts
            plain = re.sub(rf"(?<!\w)#?{re.escape(name.lower())}(?!\w)", " . ", plain)
    stop = STOP_WORDS.get(lang, _ANY)
    found: dict[str, str] = {}
    for clause in re.split(r"[.!?;,:()\n]+", plain):
        words = [(_folded(word), word) for word in _find_words(clause)]
        telling = [len(key) >= _SHORTEST and key not in stop for key, _ in words]
        found |= {key: word for (key, word), tells in zip(words, telling, strict=True) if tells}
        for place in range(len(words) - 1):
            if telling[place] and telling[place + 1]:
                (key, word), (next_key, next_word) = words[place], words[place + 1]
                found[f"{key} {next_key}"] = f"{word} {next_word}"
    return found


@lru_cache(maxsize=16_384)
def _folded(word: str) -> str:
    return fold(word).strip()


def excess_terms(now: Sequence[Said], before: Sequence[Said], most: int = MOST_TERMS) -> list[Term]:
    """The terms that tell `now` from `before`, the most telling first; none holds another.

    Args:
        now, before: per post its terms (`terms_in`); each author should stand there once.
    """
    counts = Counter(key for said in now for key in said)
    usual = Counter(key for said in before for key in said if key in counts)
    found = _chosen(counts, usual, len(now), len(before), COVER, most)
    if len(found) < ENOUGH_TERMS:
        found = _chosen(counts, usual, len(now), len(before), LESS_COVER, most)
    return [Term(_written(now, term.term), term.posts, term.expected, term.score) for term in found]


def _chosen(
    counts: Mapping[str, int], usual: Mapping[str, int], posts: int, earlier: int, cover: float, most: int
) -> list[Term]:
    scored = []
    for key, count in counts.items():
        expected = posts * (usual.get(key, 0) + 0.5) / (earlier + 1)
        if count >= max(LEAST, cover * posts) and count > expected:
            scored.append(
                Term(key, count, round(expected, 3), round((count - expected) * math.log(count / expected), 3))
            )
    scored.sort(key=lambda term: (-term.score, -len(term.term), term.term))
    chosen: list[Term] = []
    for term in scored:
        words = set(term.term.split())
        if not any(words <= set(other.term.split()) or set(other.term.split()) <= words for other in chosen):
            chosen.append(term)
            if len(chosen) == most:
                break
    return chosen


def _written(posts: Sequence[Said], key: str) -> str:
    """The commonest spelling; of equally common ones the first in the alphabet."""
    forms = Counter(said[key] for said in posts if key in said)
    return min(forms, key=lambda form: (-forms[form], form))
