"""Train the weights of the engine `atalaya` from the folder of recorded data, and say what they are worth.

    python tools/train_sentiment.py --data DIR [--out FILE] [--measure]

Needs numpy and scipy (`pip install -e '.[train]'`). `--measure` holds back parts of the training data and prints
macro-F1 without writing anything. The same data give the same file. Nothing is trained on the airline mentions.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))

from processors.sentiment import linear_model
from processors.sentiment.linear_model import GRAM_MASK, Header, packed
from processors.sentiment.linear_terms import (
    LENGTH_POWER,
    gram_terms,
    hashed,
    joined,
    lexicon_of,
    marked,
    pair_key,
    rating,
)
from processors.sentiment.pieces import Piece, cut
from processors.sentiment.repair import unescaped
from tools.sentiment_data import LANGUAGES, Texts, files, held_back, training, validation

VERSION = "atalaya-2"
PENALTY = 3.0
"""Of the squared weights; 1, 2, 3, 4 gave 60.0, 60.1, 60.4, 60.3 as the mean of six languages held back."""
ROUNDS = 25
"""Of L-BFGS; 50 gave the same within noise."""
LANGUAGE_POWER = 0.5
"""A language's weight is its number of texts to this power; within it the classes are balanced."""
KEPT_WORDS, KEPT_GRAMS, KEPT_PAIRS = 70_000, 90_000, 40_000
BYTES_PER_WORD = 127


@dataclass
class Matrices:
    """Texts as numbers: texts x words, texts x pairs, texts x compound."""

    words: Any
    pairs: Any
    compound: Any


class Cutter:
    """Turns texts into matrices; a word of each lexicon is a column of its own, made of its terms."""

    def __init__(self) -> None:
        self._index = dict[tuple[str, str], int]()
        self.names = list[tuple[str, str]]()
        self.ratings = list[float]()
        self.counts = Counter[str]()
        self._chunks = dict[str, tuple[Piece, ...]]()

    def matrices(self, texts: Texts, *, counting: bool = False) -> Matrices:
        """Cut all texts; `counting`: remember how often each word comes."""
        words, pairs, compounds = _Rows(), _Rows(), []
        for text, lang in zip(texts.texts, texts.langs, strict=True):
            lexicon, rated = lexicon_of(lang), 0.0
            said = marked(joined(self._pieces(text), lexicon), lexicon)
            share = max(len(said), 1) ** -LENGTH_POWER
            for word, place in said:
                i = self._number(lexicon, word)
                words.add(i, share * place)
                rated += self.ratings[i] * place
            if counting:
                self.counts.update({word for word, _ in said})
            keys = [hashed("w:" + word) for word, _ in said]
            for first, second in pairwise(keys):
                pairs.add(pair_key(first, second) & GRAM_MASK, share)
            words.end()
            pairs.end()
            c = rated / (rated * rated + 15) ** 0.5
            compounds.append((c, max(c, 0), max(-c, 0), float(c == 0)))
        return Matrices(
            words.matrix(len(self.names)), pairs.matrix(GRAM_MASK + 1), np.array(compounds, np.float32).reshape(-1, 4)
        )

    def terms(self) -> Any:
        """Words x terms: the word, its n-grams, its rating above and below 0 (the last two columns)."""
        rows = _Rows()
        for (_, word), rated in zip(self.names, self.ratings, strict=True):
            rows.add(hashed("w:" + word) & GRAM_MASK, 1.0)
            for place, share in gram_terms(word):
                rows.add(place & GRAM_MASK, share)
            if rated:
                rows.add(GRAM_MASK + (1 if rated > 0 else 2), abs(rated) / 2)
            rows.end()
        return rows.matrix(GRAM_MASK + 3)

    def _pieces(self, text: str) -> list[Piece]:
        found = list[Piece]()
        for chunk in unescaped(text).split():
            if chunk not in self._chunks:
                self._chunks[chunk] = cut(chunk)
            found += self._chunks[chunk]
        return found

    def _number(self, lexicon: str, word: str) -> int:
        name = (lexicon, word)
        if name not in self._index:
            self._index[name] = len(self.names)
            self.names.append(name)
            self.ratings.append(rating(word, lexicon))
        return self._index[name]


class _Rows:
    """Collects a sparse matrix row by row."""

    def __init__(self) -> None:
        self._columns, self._values, self._ends = list[int](), list[float](), [0]

    def add(self, column: int, value: float) -> None:
        self._columns.append(column)
        self._values.append(value)

    def end(self) -> None:
        self._ends.append(len(self._columns))

    def matrix(self, width: int) -> Any:
        values, columns = np.array(self._values, np.float32), np.array(self._columns, np.int32)
        return sp.csr_matrix((values, columns, self._ends), shape=(len(self._ends) - 1, width))


@dataclass
class Learnt:
    """Weights of terms, pairs, compound and bias, a column for each class."""

    terms: Any
    pairs: Any
    compound: Any
    bias: Any

    def logits(self, matrices: Matrices, terms: Any) -> Any:
        """Texts x classes."""
        of_words = terms @ self.terms
        wide = _widened(matrices.words, of_words.shape[0])
        return wide @ of_words + matrices.pairs @ self.pairs + matrices.compound @ self.compound + self.bias


def _widened(matrix: Any, width: int) -> Any:
    return sp.csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))


def row_weights(texts: Texts) -> Any:
    """Each text's weight: classes balanced inside a group, groups by their size to `LANGUAGE_POWER`."""
    labels, groups = np.array(texts.labels), np.array(texts.groups)
    weights = np.ones(len(labels))
    for group in sorted(set(texts.groups)):
        size = (groups == group).sum()
        for label in range(3):
            here = (groups == group) & (labels == label)
            weights[here] = (len(labels) / size) ** LANGUAGE_POWER * size / (3 * max(1, here.sum()))
    return (weights / weights.mean()).astype(np.float32)


def learn(matrices: Matrices, terms: Any, labels: Sequence[int], weights: Any) -> Learnt:
    """Multinomial logistic regression, ridge penalty, by L-BFGS on variables scaled by their curvature."""
    words = _widened(matrices.words, terms.shape[0])
    places = np.unique(terms[np.unique(words.indices)].indices)
    seen = np.asarray((matrices.pairs > 0).sum(0)).ravel()
    pair_places = np.flatnonzero(seen >= 2)
    few, pairs = terms[:, places].tocsr(), matrices.pairs[:, pair_places].tocsr()
    compound = matrices.compound
    backs = (words.T.tocsr(), few.T.tocsr(), pairs.T.tocsr())
    a, b = len(places), len(places) + len(pair_places)
    c = b + compound.shape[1]
    wanted, share = np.eye(3, dtype=np.float32)[np.array(labels)], weights[:, None]
    penalty = np.concatenate([np.full(b, PENALTY), np.full(c - b, 0.1), [0.0]]).astype(np.float32)[:, None]
    curvature = np.concatenate([
        few.T.power(2) @ (words.T.power(2) @ share), pairs.T.power(2) @ share, (compound**2).T @ share, [[share.sum()]]
    ])  # fmt: skip
    scale = (1 / np.sqrt(0.22 * curvature + penalty + 1e-6)).astype(np.float32)

    def loss(flat: Any) -> tuple[float, Any]:
        v = flat.astype(np.float32).reshape(-1, 3) * scale
        z = words @ (few @ v[:a]) + pairs @ v[a:b] + compound @ v[b:c] + v[c]
        z -= z.max(1, keepdims=True)
        odds = np.exp(z)
        whole = odds.sum(1, keepdims=True)
        value = -(share * wanted * (z - np.log(whole))).sum(dtype=np.float64)
        error = share * (odds / whole - wanted)
        slope = np.concatenate([
            backs[1] @ (backs[0] @ error), backs[2] @ error, compound.T @ error, error.sum(0, keepdims=True)
        ])  # fmt: skip
        slope = (slope + penalty * v) * scale
        return float(value + (penalty * v * v).sum(dtype=np.float64) / 2), slope.ravel().astype(np.float64)

    start = np.zeros(3 * (c + 1))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS, "maxcor": 6})
    v = found.x.astype(np.float32).reshape(-1, 3) * scale
    whole_terms, whole_pairs = np.zeros((terms.shape[1], 3), np.float32), np.zeros((GRAM_MASK + 1, 3), np.float32)
    whole_terms[places], whole_pairs[pair_places] = v[:a], v[a:b]
    return Learnt(whole_terms, whole_pairs, v[b:c], v[c])


def trained(texts: Texts) -> tuple[Cutter, Learnt]:
    """The weights that texts give, with the words that they stand for."""
    cutter = Cutter()
    matrices = cutter.matrices(texts, counting=True)
    return cutter, learn(matrices, cutter.terms(), texts.labels, row_weights(texts))


def macro_f1(labels: Any, predicted: Any) -> float:
    """Mean of the three classes' F1, in per cent."""
    scores = []
    for label in range(3):
        right = ((labels == label) & (predicted == label)).sum()
        wrong = ((labels == label) != (predicted == label)).sum()
        scores.append(2 * right / max(1, 2 * right + wrong))
    return 100 * float(np.mean(scores))


def temperature(logits: Any, labels: Any) -> float:
    """What logits must be divided by for the likelihood of held-out labels to be greatest."""
    best = (np.inf, 1.0)
    for t in np.arange(0.5, 3.0, 0.02):
        z = logits / t
        z = z - z.max(1, keepdims=True)
        loss = float((np.log(np.exp(z).sum(1)) - z[np.arange(len(labels)), labels]).mean())
        best = min(best, (loss, float(t)))
    return round(best[1], 2)


def report(name: str, learnt: Learnt, cutter: Cutter, matrices: Matrices, texts: Texts) -> None:
    """Print macro-F1 for each group."""
    predicted = learnt.logits(matrices, cutter.terms()).argmax(1)
    labels, groups = np.array(texts.labels), np.array(texts.groups)
    figures = [
        f"{group} {macro_f1(labels[groups == group], predicted[groups == group]):.1f}"
        for group in dict.fromkeys(texts.groups)
    ]
    print(f"{name}: {', '.join(figures)}", flush=True)


def tried(texts: Texts) -> float:
    """Train on seven eighths, print what the last is judged to be, and return the temperature that suits it."""
    most, rest = held_back(texts)
    cutter = Cutter()
    matrices, last = cutter.matrices(most), cutter.matrices(rest)
    terms = cutter.terms()
    learnt = learn(matrices, terms, most.labels, row_weights(most))
    report("held back", learnt, cutter, last, rest)
    return temperature(learnt.logits(last, terms), np.array(rest.labels))


def header_and_tables(learnt: Learnt, cutter: Cutter, cooling: float, data: Path) -> bytes:
    """The file's bytes: what is heaviest, in signed bytes."""
    terms, pairs = _over_neutral(learnt.terms), _over_neutral(learnt.pairs)
    matrix = cutter.terms()[:, : GRAM_MASK + 1]
    base = matrix @ terms[: GRAM_MASK + 1]
    words = {hashed("w:" + word): base[i] for i, (_, word) in enumerate(cutter.names) if cutter.counts[word] >= 2}
    for i, (_, word) in enumerate(cutter.names):
        if cutter.counts[word] < 2 and len(words) < KEPT_WORDS:
            words.setdefault(hashed("w:" + word), base[i])
    grams = {place for _, word in cutter.names for place in (p & GRAM_MASK for p, _ in gram_terms(word))}
    tables = (
        _bytes(dict(list(words.items())[:KEPT_WORDS])),
        _bytes(_heaviest({place: terms[place] for place in grams}, KEPT_GRAMS)),
        _bytes(_heaviest({int(place): pairs[place] for place in np.flatnonzero(pairs.any(1))}, KEPT_PAIRS)),
    )
    compound = _over_neutral(learnt.compound)
    bias = _over_neutral(learnt.bias[None])[0]
    rated = terms[GRAM_MASK + 1 :] / 2
    header = Header(
        version=VERSION,
        languages=tuple(LANGUAGES),
        sizes=(len(tables[0][0]), len(tables[1][0]), len(tables[2][0])),
        scales=(tables[0][1], tables[1][1], tables[2][1]),
        bias=_pair(bias),
        rated_up=_pair(rated[0]),
        rated_down=_pair(rated[1]),
        compound=(_pair(compound[0]), _pair(compound[1]), _pair(compound[2]), _pair(compound[3])),
        temperature=cooling,
        trained_on={path.relative_to(data).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files(data)},
    )
    return packed(header, tuple(table for table, _ in tables))


def _over_neutral(weights: Any) -> Any:
    return np.stack([weights[:, 0] - weights[:, 1], weights[:, 2] - weights[:, 1]], 1)


def _pair(values: Any) -> tuple[float, float]:
    return round(float(values[0]), 5), round(float(values[1]), 5)


def _heaviest(table: dict[int, Any], most: int) -> dict[int, Any]:
    return dict(sorted(table.items(), key=lambda item: (-float(np.abs(item[1]).max()), item[0]))[:most])


def _bytes(table: dict[int, Any]) -> tuple[dict[int, tuple[int, int]], float]:
    """Signed bytes and their scale; the 0.05 % heaviest are cut off, so that the rest keep their steps."""
    scale = float(np.quantile(np.abs(np.array(list(table.values()))).max(1), 0.9995)) / BYTES_PER_WORD
    steps = {name: np.clip(np.round(values / scale), -127, 127).astype(int) for name, values in table.items()}
    return {name: (int(a), int(b)) for name, (a, b) in steps.items() if a or b}, scale


def main() -> None:
    """Train once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of recorded data")
    out = Path(linear_model.__file__).with_name(linear_model.FILE)
    parser.add_argument("--out", type=Path, default=out, help="the file to write (default: the package's own)")
    parser.add_argument("--measure", action="store_true", help="print figures, write nothing")
    given = parser.parse_args()
    texts = training(given.data)
    print(f"{len(texts.texts):,} training texts: {dict(Counter(texts.groups))}", flush=True)
    cooling = tried(texts)
    print(f"temperature {cooling}")
    check = validation(given.data)
    cutter, learnt = trained(texts)
    whole = header_and_tables(learnt, cutter, cooling, given.data)
    report("validation", learnt, cutter, cutter.matrices(check), check)
    if not given.measure:
        given.out.write_bytes(whole)
        print(f"{given.out.name}: {len(whole):,} bytes, SHA-256 {sha256(whole).hexdigest()}")


if __name__ == "__main__":
    main()
