import sys
from pathlib import Path

import pytest

from mentions.errors import UsageError
from processors.sentiment.engines import open_engine
from processors.sentiment.transformers_engine import class_order

ROOT = Path(__file__).parents[2]
PACKAGES = ("mentions", "ingest", "processors", "dashboards", "atalaya")


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (("negative", "neutral", "positive"), (0, 1, 2)),
        (("Positive", "NEGATIVE", "neutral"), (1, 2, 0)),
        (("POS", "NEU", "NEG"), (2, 1, 0)),
        (("LABEL_0", "LABEL_1", "LABEL_2"), (0, 1, 2)),
        (("LABEL_2", "LABEL_0", "LABEL_1"), (1, 2, 0)),
    ],
)
def test_classes_are_known_by_name_in_any_order(labels: tuple[str, ...], order: tuple[int, int, int]) -> None:
    """The columns of negative, neutral and positive are found by the classes' names, or by XLM-T's numbers."""
    assert class_order(dict(enumerate(labels))) == order


@pytest.mark.parametrize(
    "labels",
    [
        ("negative", "positive"),
        ("LABEL_0", "LABEL_1"),
        ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
        ("joy", "anger", "fear"),
        ("negative", "neg", "positive"),
        ("negative", "neutral", "positive", "mixed"),
        ("LABEL_0", "LABEL_1", "neutral"),
        (),
    ],
)
def test_other_classes_are_refused_by_name(labels: tuple[str, ...]) -> None:
    """A model without exactly these three classes is an error that says which it has."""
    with pytest.raises(UsageError, match="negative, neutral and positive were expected") as refused:
        class_order(dict(enumerate(labels)))
    assert (", ".join(labels) or "none") in str(refused.value)


@pytest.mark.parametrize("library", ["torch", "transformers"])
def test_a_missing_extra_is_said(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without torch or transformers the error names the extra and how to install it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=r"pip install 'atalaya\[transformers\]'"):
        open_engine("transformers", model="models/xlm-t")


def test_an_engine_without_its_model_says_which_setting_is_missing() -> None:
    """The engine without a model names the setting."""
    with pytest.raises(UsageError, match=r"model in \[sentiment\]"):
        open_engine("transformers")


def test_one_file_alone_imports_the_libraries_and_not_at_once() -> None:
    """Only the engine's file names torch and transformers, and it imports them inside functions."""
    lines = [
        (path.name, line)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.split()[:2] in (["import", "torch"], ["import", "transformers"])
        or line.lstrip().startswith(("from torch", "from transformers"))
    ]
    assert {name for name, _ in lines} == {"transformers_engine.py"}
    assert all(line.startswith("    ") for _, line in lines)
