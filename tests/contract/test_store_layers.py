"""What the store promises of labels' history and of layers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from mentions.errors import UsageError
from mentions.layers import BASE, BrandLayer, Layer
from processors.store.corrections import correct_text, corrections, label_history, text_key
from processors.store.layers import (
    NEVER_SEEN,
    add_layer,
    changed_since,
    choices,
    layer_versions,
    layers_in_use,
    use_layer,
)
from processors.store.opening import Store
from tests.store_rows import NOON

MINUTE = timedelta(minutes=1)
LAYER = Layer(bias=(0.5, -0.25, -0.25), step=0.01, terms={"masa madre": (-3, 0, 3), "¬rico": (9, -1, -8)})


def add(store: Store, brand: str = "lumbre", layer: Layer = LAYER) -> int:
    """Keep a layer in a transaction of its own; its version."""
    facts = {"before": 60.5, "after": 66.0}
    with store.writing() as connection:
        return add_layer(
            connection, brand, layer, engine_version="keyword-1", labels=60, evaluation=facts, who="ana", now=NOON
        )


def choose(store: Store, version: int, brand: str = "lumbre", minutes: int = 0) -> None:
    """Choose a version in a transaction of its own."""
    with store.writing() as connection:
        use_layer(connection, brand, version, who="ana", why="test", now=NOON + minutes * MINUTE)


def in_use(store: Store) -> list[BrandLayer]:
    """What each brand is judged with."""
    with store.reading() as connection:
        return layers_in_use(connection)


def test_a_layer_is_kept_as_it_was_learned_and_used_when_chosen(store: Store) -> None:
    """Versions count up by brand; one that was not chosen is not in use; the chosen one comes back unchanged."""
    assert [add(store), add(store), add(store, "nubira")] == [1, 2, 1]
    assert in_use(store) == []
    choose(store, 2)
    assert in_use(store) == [
        BrandLayer(brand="lumbre", version=2, engine_version="keyword-1", changed_at=NOON, layer=LAYER)
    ]
    with store.reading() as connection:
        (entry,) = layer_versions(connection, "nubira")
        assert (entry.labels, entry.trained_by, entry.evaluation) == (60, "ana", {"before": 60.5, "after": 66.0})
        assert len(layer_versions(connection)) == 3


def test_the_way_back_is_a_choice_like_any_other(store: Store) -> None:
    """The last choice counts, also that of the engine alone; each is kept with who and when; the same again is none."""
    for _ in range(2):
        add(store)
    for minutes, version in enumerate((1, 2, 2, BASE, 1)):
        choose(store, version, minutes=minutes)
    with store.reading() as connection:
        assert [(c.version, c.at) for c in choices(connection, "lumbre")] == [
            (1, NOON + 4 * MINUTE),
            (BASE, NOON + 3 * MINUTE),
            (2, NOON + MINUTE),
            (1, NOON),
        ]
    choose(store, BASE, minutes=9)
    assert in_use(store) == [
        BrandLayer(brand="lumbre", version=BASE, engine_version="", changed_at=NOON + 9 * MINUTE, layer=Layer())
    ]


def test_a_version_that_is_not_there_is_not_chosen(store: Store) -> None:
    """The error names the brand and the verb that lists its layers; another brand's version is none of this one's."""
    add(store, "nubira")
    with pytest.raises(UsageError, match="brand 'lumbre' has no layer 1; see `atalaya label versions --brand lumbre`"):
        choose(store, 1)
    assert in_use(store) == []


def test_a_choice_is_seen_by_its_marker(store: Store) -> None:
    """A process that polls hears of each choice once, and of nothing else."""
    with store.reading() as connection:
        marker = changed_since(connection, NEVER_SEEN)
        assert marker is not None
        assert changed_since(connection, marker) is None
    add(store)
    with store.reading() as connection:
        assert changed_since(connection, marker) is None
    choose(store, 1)
    with store.reading() as connection:
        newer = changed_since(connection, marker)
        assert newer is not None
        assert changed_since(connection, newer) is None


def test_two_who_train_at_once_get_two_versions(store: Store) -> None:
    """Nothing is overwritten: eight at once get the versions 1 to 8."""
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: add(store), range(8))) == list(range(1, 9))


def test_the_last_label_counts_and_every_one_is_remembered(store: Store) -> None:
    """A text has one label, the last; its history shows each change with who and when, and no repeats."""
    said = [("positive", "ana"), ("positive", "eva"), ("negative", "eva"), ("positive", "ana")]
    for minutes, (label, who) in enumerate(said):
        with store.writing() as connection:
            correct_text(
                connection, "lumbre", "la masa", label, who=who, now=NOON + minutes * MINUTE, lang="es", via="a.csv"
            )
    with store.reading() as connection:
        (last,) = corrections(connection)
        assert (last.label, last.who, last.lang, last.via, last.at) == (
            "positive",
            "ana",
            "es",
            "a.csv",
            NOON + 3 * MINUTE,
        )
        history = label_history(connection, "lumbre", text_key("la masa"))
    assert [(entry.label, entry.who, entry.at) for entry in history] == [
        ("positive", "ana", NOON),
        ("negative", "eva", NOON + 2 * MINUTE),
        ("positive", "ana", NOON + 3 * MINUTE),
    ]
