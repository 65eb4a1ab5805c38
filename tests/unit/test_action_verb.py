"""`atalaya action`: written down, listed, closed; what is wrong is named."""

import json

import pytest

from tests.unit.test_cli import Call, call, replayed

__all__ = ["call", "replayed"]
ADD = ("action", "add", "campaign Navidad", "--brand", "lumbre", "--for", "net_sentiment", "--store", "s.sqlite")
DAYS = ("--from", "2026-12-01", "--to", "2026-12-20")


@pytest.mark.usefixtures("replayed")
def test_an_action_is_added_listed_and_closed(call: Call) -> None:
    """`add` says its id and days, `list` shows it with days of the brand's zone, `close` how it ended."""
    code, out, _ = call(*ADD, *DAYS, "--rule", "13")
    assert code == 0
    id_, rest = out.strip().split(": ", 1)
    assert rest == "lumbre, 2026-12-01 to 2026-12-20, for net_sentiment"
    code, out, _ = call("action", "list", "--store", "s.sqlite")
    assert code == 0
    for cell in ("2026-12-01 to 2026-12-20", "lumbre", "open", "campaign Navidad", "13", id_):
        assert cell in out
    code, out, _ = call("action", "close", id_[:5], "--done", "--note", "two posts a day", "--store", "s.sqlite")
    assert (code, out) == (0, f"{id_}: campaign Navidad: done\n")
    code, out, _ = call("action", "list", "--json", "--brand", "lumbre", "--store", "s.sqlite")
    (row,) = json.loads(out)
    assert (row["state"], row["word"], row["rules"], row["indicator"]) == (
        "done", "two posts a day", [13], "net_sentiment",
    )  # fmt: skip
    code, out, err = call("action", "list", "--open", "--store", "s.sqlite")
    assert (code, out) == (0, "")
    assert "atalaya action add" in err


@pytest.mark.usefixtures("replayed")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*ADD[:5], "--for", "volume", *DAYS), "for: found 'volume'; an action is for one of mentions, stories,"),
        ((*ADD[:7], "--from", "1.12.2026"), "found '1.12.2026'; write a day: 2026-11-16"),
        ((*ADD[:7], "--from", "2026-12-02", "--to", "2026-12-01"), "found 2026-12-02 to 2026-12-01"),
        ((*ADD[:4], "nubira", *ADD[5:7]), "nubira"),
        ((*ADD[:7], "--rule", "17"), "rule: found 17; the rules have numbers from 1 to 16"),
        (("action", "close", "abc", "--done"), "there is no action 'abc'; `atalaya action list` shows them"),
        (("action", "close", "abc"), "give --done or --dropped"),
        (("action", "close", "abc", "--done", "--dropped"), "give --done or --dropped"),
    ],
)
def test_what_is_wrong_is_named_and_what_would_be_right(call: Call, arguments: tuple[str, ...], said: str) -> None:
    """Wrong usage ends with code 2 and a sentence that names the field."""
    code, _, err = call(*arguments, "--store", "s.sqlite")
    assert code == 2
    assert said in err


@pytest.mark.usefixtures("replayed")
def test_the_teams_word_on_a_rule_stands_in_the_review_of_its_day(call: Call) -> None:
    """`note --rule` says of which day it is; the review of that day's week has it with date and author, others not."""
    words = ("four guides, none of them about us", "--brand", "lumbre")
    code, out, _ = call("note", "--rule", "6", *words, "--on", "2026-11-18", "--store", "s.sqlite")
    assert (code, out) == (0, "lumbre: your word on rule 6, about 2026-11-18\n")
    for week, count in (("2026-W47", 1), ("2026-W46", 0)):
        code, out, _ = call("review", "--brand", "lumbre", "--week", week, "--format", "json", "--store", "s.sqlite")
        rule = json.loads(out)["scorecard"][5]
        assert (rule["state"], bool(rule.get("word"))) == (("word", True) if count else ("not_measurable", False))
        if count:
            assert (rule["word"]["text"], bool(rule["word"]["who"]), bool(rule["word"]["at"])) == (words[0], True, True)


@pytest.mark.usefixtures("replayed")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "6", "words"), "atalaya note --rule 6 'your words' --brand BRAND"),
        (("--rule", "17", "words", "--brand", "lumbre"), "rule: found 17; the rules have numbers from 1 to 16"),
        (("--rule", "6", "words", "--brand", "lumbre", "--on", "monday"), "found 'monday'; write a day: 2026-11-16"),
        (("--rule", "6", " ", "--brand", "lumbre"), "text: found 0 characters"),
        (("ana",), "what is to stand beside 'ana' is missing"),
        (("ana", "words", "--on", "2026-11-16"), "--on goes with --rule"),
    ],
)
def test_a_word_that_cannot_be_placed_is_refused(call: Call, arguments: tuple[str, ...], said: str) -> None:
    """A word on a rule needs a brand, a rule and words; a note needs what it stands beside."""
    code, _, err = call("note", *arguments, "--store", "s.sqlite")
    assert code == 2
    assert said in err
