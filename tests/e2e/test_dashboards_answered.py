"""Every question of every dashboard, asked of a real Prometheus that scrapes the demo world."""

import json

import pytest

from atalaya.cli import run
from dashboards.grafana import asking
from tests.observed import Observed
from tests.ports import free_ports

pytestmark = pytest.mark.xdist_group("observed")


def test_every_question_has_an_answer(observed: Observed, capsys: pytest.CaptureFixture[str]) -> None:
    """No expression is refused, and none finds nothing but those with a reason why nothing need be there."""
    observed.prometheus.until('brand:share_of_voice:ratio24h{brand!=""}')
    code = run(["dashboards", "check", "--prometheus", observed.prometheus.url, "--json"])
    answers = json.loads(capsys.readouterr().out)
    assert len(answers) == len(list(asking.questions()))
    wrong = [
        (a["panel"], a["expr"], a["error"]) for a in answers if a["error"] or not (a["series"] or a["may_be_empty"])
    ]
    assert (code, wrong) == (0, [])


def test_a_reason_is_only_given_where_it_is_needed() -> None:
    """Every reason on the list is of a question that is asked: none is left of a panel that is gone."""
    asked = [asking.filled(query.expr) for _, _, query in asking.questions()]
    for holds, _ in asking.REASONS:
        assert any(holds in expr for expr in asked), holds


def test_a_wrong_question_is_found(
    observed: Observed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An expression that Prometheus refuses, or one of a metric that nobody shows, ends in exit 1 and is named."""
    board, title, query = next(iter(asking.questions()))
    wrong = [type(query)(expr="sum(("), type(query)(expr="atalaya_never_shown")]
    monkeypatch.setattr(asking, "questions", lambda: iter([(board, title, one) for one in wrong]))
    assert run(["dashboards", "check", "--prometheus", observed.prometheus.url]) == 1
    said = capsys.readouterr().out
    assert "parse error" in said
    assert "something must be there" in said
    assert "2 questions, 2 without" in said


def test_nobody_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """An address at which nobody answers is exit 3, and named."""
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    assert run(["dashboards", "check", "--prometheus", address]) == 3
    assert address in capsys.readouterr().err
