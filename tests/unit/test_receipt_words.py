"""Receipts in Spanish: the same formulas, and a word for every input."""

import re
from typing import Any, get_args

import pytest

from atalaya.receipt_formulas import ALERTS, in_spanish
from atalaya.receipt_words import KINDS_OF_RECEIPT, SAID, name_of, value_of
from atalaya.verbs.receipt_showing import show
from dashboards.review.values import Figure
from processors.detection.explaining import Explanation
from processors.store import receipts
from processors.store.campaign_reading import StoredCampaign
from processors.store.receipts import Receipt

SAME = {"id", "z", "p", "net", "sector", "n", "spam", "url"}
"""Names that are Spanish as they are, or nothing but a letter."""


def receipt(kind: Any, formula: tuple[str, ...], **changes: Any) -> Receipt:
    """One of an invented brand."""
    return Receipt(kind=kind, id="x", brand="lumbre", formula=formula, version=None, inputs={}, **changes)


def numbers(lines: tuple[str, ...]) -> list[list[str]]:
    """The numbers of each line, however they are written."""
    return [sorted(re.sub("[.,]", "", one) for one in re.findall(r"\d[\d.,]*\d|\d", line)) for line in lines]


def formulas() -> list[Receipt]:
    """A receipt for every formula there is."""
    alerts = [
        Receipt(kind="alert", id="x", brand="b", formula=(said,), version=None, inputs={"kind": kind})
        for kind, said in receipts.ALERT_FORMULAS.items()
    ]
    people = [receipt(kind, receipts._person_formula(kind)) for kind in ("evangelist", "detractor")]
    return [
        *alerts,
        *people,
        receipt("mention", receipts.MENTION_FORMULA),
        receipt("campaign", receipts.CAMPAIGN_FORMULA),
    ]


@pytest.mark.parametrize("one", formulas(), ids=lambda one: f"{one.kind}-{one.inputs.get('kind', '')}")
def test_a_formula_says_the_same_in_spanish(one: Receipt) -> None:
    """Line by line it has the same constants, and names the same pages."""
    spanish = in_spanish(one)
    assert spanish != one.formula
    assert numbers(spanish) == numbers(one.formula)
    assert [re.findall(r"docs/\w+", line) for line in spanish] == [
        re.findall(r"docs/\w+", line) for line in one.formula
    ]


def test_every_kind_of_alert_has_its_formula_in_spanish() -> None:
    """None is missing and none is left over."""
    assert ALERTS.keys() == receipts.ALERT_FORMULAS.keys()
    assert set(KINDS_OF_RECEIPT) == set(get_args(receipts.ReceiptKind))
    assert all(english and spanish for english, spanish in SAID.values())


def test_every_input_has_a_spanish_name() -> None:
    """Whatever an alert, a campaign or a figure is made of is named; in English it keeps its name in JSON."""
    names = {*receipts._ALERT, *Explanation.__struct_fields__, *StoredCampaign.__struct_fields__}
    names |= {"value", "n", "interval", "before", "usual", "low", "high", "verdict"} & set(Figure.__struct_fields__)
    assert {name for name in names - SAME if name_of(name, "es") == name} == set()
    assert name_of("affinity", "en") == "affinity"
    assert name_of("counted negative", "es") == "contadas: negativas"
    assert name_of("positive", "es", "evangelist") == "positivos"
    assert name_of("something_new", "es") == "something_new"


def test_words_of_closed_sets_are_translated_and_others_kept() -> None:
    """Labels, roles, severities; what nobody has named is shown as it was stored."""
    assert value_of("label", "negative", "es") == "negativa"
    assert value_of("role", "staff", "es") == "equipo"
    assert value_of("role", "new-role", "es") == "new-role"
    assert value_of("role", "staff", "en") == "staff"


def test_a_receipt_is_shown_without_noise(capsys: pytest.CaptureFixture[str]) -> None:
    """Few digits, probabilities by label, ids cut short; an explanation of no posts only compares."""
    shown = Receipt(
        kind="mention",
        id="x",
        brand="lumbre",
        formula=("a formula",),
        version=None,
        inputs={"score": 0.023195876, "p": (0.5, 0.25, 0.25), "posts": [f"p{n}" for n in range(9)], "subject": ""},
        evidence={"terms": [{"term": "pan", "posts": 3}], "window": ["2026-11-24T10:55:00Z"], "links": [["a.es", 2]]},
        explanation={"posts": 0, "authors": 0, "day_before": {"negatives": 1}, "week_before": None},
    )  # fmt: skip
    show(shown, [], "en")
    out = capsys.readouterr().out
    assert "score    0.0232\n" in out
    assert "negative 0.5, neutral 0.25, positive 0.25" in out
    assert "p0; p1; p2; p3; p4; and 4 more" in out
    assert "subject  -" in out
    assert "pan (posts 3)" in out
    assert "2026-11-24 10:55 UTC" in out
    assert "a.es 2" in out
    assert "authors" not in out
    assert "negatives 1" in out
