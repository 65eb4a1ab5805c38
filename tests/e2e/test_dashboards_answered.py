"""Every question of every dashboard and rule, asked of a real Prometheus that scrapes the demo world."""

import json
from typing import Any

import pytest

from atalaya.cli import run
from dashboards.grafana import excuses, questions
from dashboards.grafana.excuses import Excuse
from dashboards.grafana.questions import RULES, Question
from tests.observed import Observed
from tests.ports import free_ports

pytestmark = pytest.mark.xdist_group("observed")
NEVER = Question(board="Brand", panel="planted", text="atalaya_never_shown")


@pytest.fixture
def asked(observed: Observed, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the check on the demo, strictly, as soon as there is a share of voice; its exit code and answers."""

    def ask() -> tuple[int, list[dict[str, Any]], str]:
        observed.prometheus.until('brand:share_of_voice:ratio24h{brand!=""}')
        code = run(["dashboards", "check", "--prometheus", observed.prometheus.url, "--strict", "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return ask


def plant(monkeypatch: pytest.MonkeyPatch, *planted: Question) -> None:
    """Have only these asked."""
    monkeypatch.setattr(questions, "questions", lambda: iter(planted))


def test_every_question_has_an_answer(asked: Any) -> None:
    """Nothing of a panel, picker, annotation or rule is refused; what finds nothing has a reason, and needs it."""
    code, answers, err = asked()
    of_prometheus = [question for question in questions.questions() if question.of == "prometheus"]
    assert [(a["board"], a["panel"], a["line"]) for a in answers] == [(q.board, q.panel, q.line) for q in of_prometheus]
    wrong = [a for a in answers if a["error"] or a["needless"] or not (a["found"] or a["may_be_empty"])]
    assert (code, wrong) == (0, [])
    assert "--postgres" in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sum((", "parse error"),
        ("atalaya_never_shown", "something must be there"),
        ("rate(up[$__interval])", "nothing is known to fill in for $__interval at character 9"),
    ],
)
def test_a_wrong_question_is_found(
    text: str,
    said: str,
    observed: Observed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What Prometheus refuses, finds nowhere, or nobody can fill in is exit 1, with its dashboard, panel and line."""
    plant(monkeypatch, Question(board="Brand", panel="planted", line="one", text=text))
    assert run(["dashboards", "check", "--prometheus", observed.prometheus.url]) == 1
    out = capsys.readouterr().out
    assert f"FAIL Brand, planted, one: {'bad_data: ' * (said == 'parse error')}" in out
    assert said in out
    assert "1 questions, 1 without" in out


def test_a_needless_excuse_is_found(
    asked: Any, observed: Observed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is excused and finds something fails the strict check alone; where it may by chance, it fails none."""
    shown = Question(board="Brand", panel="planted", text="up")
    plant(monkeypatch, shown)
    for by_chance, codes in ((False, (1, 0)), (True, (0, 0))):
        excuse = Excuse(board="Brand", panel="planted", why="planted", by_chance=by_chance)
        monkeypatch.setattr(excuses, "EXCUSES", (excuse,))
        monkeypatch.setattr(excuses, "stale", lambda _asked: ())
        strict, *_ = asked()
        assert (strict, run(["dashboards", "check", "--prometheus", observed.prometheus.url])) == codes
        capsys.readouterr()


def test_an_alert_that_reads_what_nobody_shows_is_found(
    observed: Observed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alert may be silent, but not for want of the series that it reads."""
    alerts = [
        Question(board=RULES, panel="Planted", text="atalaya_never_shown > 1", may_be_empty="silent"),
        Question(board=RULES, panel="Planted", line="atalaya_never_shown", text="atalaya_never_shown"),
    ]
    plant(monkeypatch, *alerts)
    assert run(["dashboards", "check", "--prometheus", observed.prometheus.url]) == 1
    out = capsys.readouterr().out
    assert "ok   1 found nothing: silent\n     Rules, Planted\n" in out
    assert "FAIL Rules, Planted, atalaya_never_shown: nothing; something must be there" in out


def test_nobody_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """An address at which nobody answers is exit 3, and named; no address at all is exit 2."""
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    assert run(["dashboards", "check", "--prometheus", address]) == 3
    assert address in capsys.readouterr().err
    assert run(["dashboards", "check"]) == 2
    assert "--prometheus URL" in capsys.readouterr().err
