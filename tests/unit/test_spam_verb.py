"""`atalaya spam`: one JSON line a text; for people the text with its marks."""

import json
from collections.abc import Callable

import pytest

from atalaya.cli import run

Said = Callable[..., str]


@pytest.fixture
def said(capfdbinary: pytest.CaptureFixture[bytes]) -> Said:
    """Runs the verb: what it prints."""

    def one(*arguments: str) -> str:
        assert run(["spam", *arguments]) == 0
        return capfdbinary.readouterr()[0].decode()

    return one


def test_a_text_becomes_one_json_line(said: Said) -> None:
    """Score, weight in [0, 1], verdict, and the reasons with their places; what is no spam has none."""
    lines = [json.loads(line) for line in said("Haz clic aquí: bit.ly/abc", "Pan de lumbre").splitlines()]
    assert lines == [
        {
            "id": None,
            "score": 0.65,
            "weight": 0.25,
            "is_spam": True,
            "reasons": [
                {"name": "link", "weight": 0.2, "span": [15, 25]},
                {"name": "shortener", "weight": 0.15, "span": [15, 25]},
                {"name": "call", "weight": 0.3, "span": [0, 13]},
            ],
        },
        {"id": None, "score": 0.0, "weight": 1.0, "is_spam": False, "reasons": []},
    ]


def test_people_see_where_the_reasons_stand(said: Said) -> None:
    """`--explain` marks the stretches in the text and lists the reasons."""
    shown = said("--explain", "Haz clic aquí: bit.ly/abc ya").splitlines()
    assert shown[0] == "spam (0.65), weight 0.25"
    assert shown[1].strip() == "[Haz clic aquí]: [bit.ly/abc] ya"
    assert [line.split()[:2] for line in shown[2:]] == [["+0.20", "link"], ["+0.15", "shortener"], ["+0.30", "call"]]
