"""`atalaya score --brand`: a text judged as a mention of one brand, as the pipeline would judge it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_cli import Call, call, piped
from tests.unit.test_label_verbs import BAD, STORE, labelled, stored

__all__ = ["call", "labelled", "stored"]
CONFIG = """
[[brand]]
name = "lumbre"
query = "lumbre OR \\"good oven\\""
aspects = { queue = ["standing in line"] }

[[brand]]
name = "nubira"
query = "nubira"
"""
BETTER = "Lumbre is far better than Nubira"


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder with two brands in its configuration, and no store yet."""
    (tmp_path / "atalaya.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def scored(call: Call, *words: str) -> dict[str, Any]:
    """The one line that was written."""
    code, out, err = call("score", *words)
    assert code == 0, err
    (line,) = out.splitlines()
    return dict(json.loads(line))


@pytest.mark.usefixtures("configured")
def test_one_text_is_judged_for_each_brand_apart(call: Call) -> None:
    """A comparison is good for one brand and bad for the other; each line says whose names the text holds."""
    good, bad = (scored(call, BETTER, "--lang", "en", "--brand", brand) for brand in ("lumbre", "nubira"))
    assert (good["label"], bad["label"]) == ("positive", "negative")
    assert good["about"] == {
        "brand": "lumbre", "version": 0, "own_names": ["lumbre"], "other_names": ["nubira"], "layer": None,
    }  # fmt: skip
    assert bad["about"]["own_names"] == ["nubira"]
    assert "about" not in scored(call, BETTER, "--lang", "en")


@pytest.mark.usefixtures("configured")
def test_a_brands_name_carries_no_feeling_and_its_aspects_count(call: Call) -> None:
    """A name that sounds good says nothing for its own brand; words of the brand's own aspects are found."""
    text = "standing in line at Good Oven on Monday"
    by_itself, masked = scored(call, text, "--lang", "en"), scored(call, text, "--lang", "en", "--brand", "lumbre")
    assert "good oven" in masked["about"]["own_names"]
    assert masked["score"] < by_itself["score"]
    assert "queue" in [aspect["name"] for aspect in masked["aspects"]]
    assert "queue" not in [aspect["name"] for aspect in by_itself["aspects"]]


@pytest.mark.usefixtures("configured")
def test_people_are_told_whom_it_is_about(call: Call) -> None:
    """`--explain` names the brand, its version, its names in the text, the others, and the corrections."""
    code, out, _ = call("score", BETTER, "--lang", "en", "--brand", "nubira", "--explain")
    assert code == 0
    assert "about nubira (only in the configuration); corrections: none in use" in out
    assert "its names, which say nothing by themselves: nubira" in out
    assert "other brands, whose part is not its own: lumbre" in out


@pytest.mark.usefixtures("labelled")
def test_the_corrections_of_the_brand_count(call: Call) -> None:
    """What a trained layer has learnt is heard with `--brand` and not without; the line names the layer."""
    assert call("label", "train", "--brand", "lumbre", *STORE)[0] == 0
    text = f"the bread of lumbre {BAD}"
    without, found = scored(call, text, "--lang", "en"), scored(call, text, "--lang", "en", "--brand", "lumbre", *STORE)
    assert (without["label"], found["label"]) == ("neutral", "negative")
    assert (found["about"]["version"], found["about"]["layer"]) == (1, 1)
    assert found["engine"] != without["engine"]
    assert "layer 1" in call("score", text, "--lang", "en", "--brand", "lumbre", "--explain", *STORE)[1]


@pytest.mark.usefixtures("configured")
def test_a_brand_that_is_not_watched_is_refused(call: Call) -> None:
    """An unknown brand ends with 2 and the known ones; a store that was named must be there."""
    code, out, err = call("score", "x", "--brand", "lumbra")
    assert (code, out) == (2, "")
    assert "'lumbra' is not watched; there is lumbre, nubira" in err
    code, _, err = call("score", "x", "--brand", "lumbre", "--store", "typo.sqlite")
    assert code == 2
    assert "there is no store" in err


def test_records_may_name_their_brand(configured: Path) -> None:
    """With `--brand`, a record's own brand takes its place; one that is not watched is an unusable line."""
    records = (
        {"text": BETTER, "lang": "en"},
        {"text": BETTER, "lang": "en", "brand": "nubira"},
        {"text": "x", "brand": "y"},
    )
    data = b"\n".join(json.dumps(record).encode() for record in records)
    code, lines, err = piped(["score", "--jsonl", "--brand", "lumbre"], data, configured)
    assert code == 4
    assert [line.get("label") for line in lines] == ["positive", "negative", None]
    assert "line 3" in err
    assert piped(["score", "--jsonl"], data, configured)[0] == 0
