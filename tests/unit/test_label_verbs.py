"""`atalaya label`: from a list of doubtful mentions to a layer that is used, or refused with its reason, and back."""

import csv
import io
import json
import random
from pathlib import Path

import pytest

from atalaya.doctor import examine
from atalaya.judging import judges_of
from mentions.layers import Layer
from mentions.settings import OutboxSettings, Settings, StoreSettings
from processors.store.layers import add_layer, use_layer
from processors.store.opening import open_store
from tests.store_rows import NOON
from tests.unit.test_cli import Call, call, write_lines

__all__ = ["call"]
STORE = ("--store", "s.sqlite")
GOOD, BAD, PLAIN = "soaks up the sauce", "is doughy again", "opens at eight"
"""Phrases that the engine has no word for, and that people of a bakery do."""


def post(number: int, text: str) -> dict[str, object]:
    """One invented post."""
    return {"id": str(number), "text": text, "created_at": f"2026-11-16T09:{number % 60:02d}:00Z", "lang": "en"}


@pytest.fixture
def stored(call: Call, tmp_path: Path) -> list[str]:
    """Ids of sixty stored mentions, twenty of each phrase; the engine takes all for neutral."""
    texts = [f"the bread of lumbre {phrase}, seen {n}" for n in range(20) for phrase in (GOOD, BAD, PLAIN)]
    write_lines(tmp_path / "posts.jsonl", [post(n, text) for n, text in enumerate(texts)])
    code, _, err = call("replay", "posts.jsonl", "--brand", "lumbre=lumbre", *STORE, "--no-summary")
    assert code == 0, err
    return [f"file:{n}" for n in range(60)]


def labels_of(document: str) -> str:
    """The list that `export --doubtful` wrote, as a person fills it in."""
    rows = list(csv.DictReader(io.StringIO(document.removeprefix("\ufeff"))))
    for row in rows:
        row["label"] = "positiva" if GOOD in row["text"] else "NEGATIVE" if BAD in row["text"] else "neutral"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def labelled(call: Call, stored: list[str], tmp_path: Path) -> Path:
    """The file of sixty labels, imported."""
    code, out, err = call("label", "export", "--doubtful", "--brand", "lumbre", "--limit", "100", *STORE)
    assert code == 0, err
    path = tmp_path / "labelled.csv"
    path.write_text(labels_of(out), encoding="utf-8")
    code, out, err = call("label", "import", "labelled.csv", *STORE)
    assert (code, out) == (0, "lumbre: 60 labels taken\n"), err
    return path


def in_use(call: Call) -> list[tuple[int, str]]:
    """Each layer with its state."""
    code, out, err = call("label", "versions", "--json", *STORE)
    assert code == 0, err
    return [(entry["version"], entry["state"]) for entry in json.loads(out)]


@pytest.mark.usefixtures("labelled")
def test_labels_become_a_layer_that_is_used_and_taken_back(call: Call) -> None:
    """`evaluate` shows both figures, `train` switches the better one on, `use` goes back and forth."""
    code, out, err = call("label", "evaluate", "--json", *STORE)
    found = json.loads(out)
    assert (code, found["brand"], found["passes"], found["missing"]) == (0, "lumbre", True, {}), err
    assert found["labels"] == {"negative": 20, "neutral": 20, "positive": 20}
    assert found["after"] > found["before"] + 20
    code, out, err = call("label", "train", *STORE)
    assert code == 0, err
    assert "lumbre: layer 1 is used from now on; running processes take it within 10 s" in out
    assert in_use(call) == [(1, "in use")]
    assert call("label", "use", "lumbre", "base", *STORE)[0] == 0
    assert in_use(call) == [(1, "not used")]
    assert call("label", "use", "lumbre", "1", *STORE)[0] == 0
    assert in_use(call) == [(1, "in use")]


@pytest.mark.usefixtures("labelled")
def test_what_comes_after_is_judged_with_the_layer_and_says_so(call: Call, tmp_path: Path) -> None:
    """A mention judged later has the people's label; engine and reasons name the layer and its words."""
    assert call("label", "train", *STORE)[0] == 0
    write_lines(tmp_path / "more.jsonl", [post(100, f"lumbre bread {GOOD}") | {"created_at": "2026-11-17T09:00:00Z"}])
    code, _, err = call("replay", "more.jsonl", "--brand", "lumbre=lumbre", *STORE, "--no-summary")
    assert code == 0, err
    (newest,) = json.loads(call("mentions", "--json", "--limit", "1", *STORE)[1])
    assert newest["label"] == "positive"
    assert newest["engine_version"].endswith("+lumbre.1")
    assert {"soaks", "soaks up", "sauce"} & {reason["term"] for reason in newest["reasons"]}


def test_too_few_labels_train_nothing_and_say_how_many_are_missing(call: Call, stored: list[str]) -> None:
    """With two labels nothing is written, the exit code is 1, and the missing ones are counted by label."""
    for id_, label in zip(stored, ("positive", "negative"), strict=False):
        assert call("label", "add", id_, label, "--brand", "lumbre", *STORE)[0] == 0
    code, out, _ = call("label", "train", *STORE)
    assert code == 1
    assert (
        "nothing was trained. Labels are missing: 4 more negative, 5 more neutral, 4 more positive, 35 more of any"
        in out
    )
    assert in_use(call) == []


def test_labels_that_contradict_each_other_are_kept_out(call: Call, stored: list[str], tmp_path: Path) -> None:
    """A layer from labels given at random is kept as a version, not switched on, and the reason is said."""
    names = ("positive", "negative", "neutral")
    chance = random.Random(5)
    lines = [f"{id_},{chance.choice(names)},lumbre" for id_ in stored]
    (tmp_path / "random.csv").write_text("id_or_text,label,brand\n" + "\n".join(lines) + "\n")
    assert call("label", "import", "random.csv", *STORE)[0] == 0
    code, out, _ = call("label", "train", *STORE)
    assert code == 1
    assert "lumbre: layer 1 is kept and not used." in out
    assert in_use(call) == [(1, "not used")]


@pytest.mark.usefixtures("stored")
def test_a_row_that_cannot_be_used_names_file_line_and_field(call: Call, tmp_path: Path) -> None:
    """Good rows are taken, bad ones are told with file, line, field, and what would be right; exit code 4."""
    (tmp_path / "mixed.csv").write_text(
        "id_or_text;label;brand\nfile:1;positive;lumbre\nfile:999;positive;lumbre\nfile:2;great;lumbre\n"
        "file:3;;lumbre\n;neutral;lumbre\nthe rye is back;neutro;nobody\nthe rye is back;neutro;\n",
    )
    code, out, err = call("label", "import", "mixed.csv", *STORE)
    assert (code, out) == (4, "lumbre: 1 labels taken\n")
    assert "mixed.csv:3: id_or_text: brand 'lumbre' has no mention 'file:999'" in err
    assert "mixed.csv:4: label: found 'great'; positive, neutral, negative are right" in err
    assert "mixed.csv:6: id_or_text: found nothing" in err
    assert "mixed.csv:7: brand: found 'nobody'; known: lumbre" in err
    assert "mixed.csv:8: brand: found nothing" in err
    assert "1 labels taken, 5 rows could not be used; 1 rows have no label yet" in err


@pytest.mark.usefixtures("stored")
def test_labels_go_out_and_come_in_again_unchanged(call: Call, tmp_path: Path) -> None:
    """What `export` writes `import` reads: ids, and texts that no mention holds, as JSON Lines too."""
    lines = [
        {"id_or_text": "file:1", "label": "positive", "brand": "lumbre"},
        {"id_or_text": "=the rye, again", "label": "negative", "brand": "lumbre", "lang": "en"},
    ]
    write_lines(tmp_path / "labels.jsonl", lines)
    assert call("label", "import", "labels.jsonl", *STORE)[0] == 0
    (tmp_path / "out.csv").write_text(call("label", "export", *STORE)[1], encoding="utf-8")
    assert call("label", "import", "out.csv", *STORE)[0] == 0
    found = json.loads(call("label", "export", "--json", *STORE)[1])
    kept = [{name: row[name] for name in ("id_or_text", "label", "lang")} for row in found]
    assert kept == [
        {"id_or_text": "file:1", "label": "positive", "lang": "en"},
        {"id_or_text": "=the rye, again", "label": "negative", "lang": "en"},
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("evaluate",), "there are no labels yet; `atalaya label export --doubtful`"),
        (("use", "lumbre", "7"), "brand 'lumbre' has no layer 7; see `atalaya label versions --brand lumbre`"),
        (("use", "lumbre", "first"), "found version 'first'; the number of a layer is right, or `base`"),
        (("add", "file:999", "positive", "--brand", "lumbre"), "brand 'lumbre' has no mention 'file:999'"),
        (("add", "file:1", "great", "--brand", "lumbre"), "label: found 'great'"),
        (("add", "file:1", "positive", "--brand", "nobody"), "brand: found 'nobody'; known: lumbre"),
    ],
)
@pytest.mark.usefixtures("stored")
def test_a_wrong_request_is_a_sentence(call: Call, arguments: tuple[str, ...], sentence: str) -> None:
    """Nothing is changed, the exit code is 2, and the sentence says what would be right."""
    code, _, err = call("label", *arguments, *STORE)
    assert code == 2
    assert sentence in err


def test_a_layer_of_another_engine_is_told_to_be_trained_anew(call: Call, tmp_path: Path) -> None:
    """`doctor` names a layer in use that the configured engine does not fit, and so does who chooses it; both say what
    mends it.
    """
    store = StoreSettings(url=f"sqlite:///{tmp_path}/s.sqlite")
    settings = Settings(store=store, outbox=OutboxSettings(path=str(tmp_path / "o.sqlite")))
    engine = judges_of(settings).engine.version
    found = []
    for version in (engine, "older-1"):
        with open_store(store.address()) as opened, opened.writing() as connection:
            number = add_layer(
                connection, "lumbre", Layer(), engine_version=version, labels=60, evaluation={}, who="ana", now=NOON
            )
            use_layer(connection, "lumbre", number, who="ana", why="", now=NOON)
        found += [finding for finding in examine(settings) if finding.what == "layers"]
    assert [(finding.well, finding.found) for finding in found] == [
        (True, f"lumbre 1 over {engine}"),
        (False, f"not applied, as the engine is {engine} now: lumbre 2 (over older-1)"),
    ]
    assert "`atalaya label train --brand NAME`" in found[1].advice
    code, _, err = call("label", "use", "lumbre", "2", "--store", store.url)
    assert code == 0
    assert f"layer 2 was trained over older-1 and is not applied while the engine is {engine}" in err
