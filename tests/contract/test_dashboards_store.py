"""The tables of the dashboards, asked of a store in PostgreSQL as Grafana's data source asks them."""

import json
from collections.abc import Iterator

import pytest

from atalaya.cli import run
from dashboards.grafana import questions
from dashboards.grafana.questions import Question
from processors.store.opening import open_store
from tests.playing import Player, a_mention, a_post, add_brands
from tests.ports import free_ports
from tests.postgres import Server

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def address(postgres: Server) -> Iterator[str]:
    """A store in PostgreSQL with one mention of one of its two brands."""
    made = postgres.new_database()
    with open_store(made) as store:
        add_brands(store)
        Player(store).play(a_mention(a_post("one")))
    yield made
    postgres.drop(made)


def plant(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Have only this asked."""
    one = Question(board="Brand", panel="planted", text=statement, of="store")
    monkeypatch.setattr(questions, "questions", lambda: iter([one]))


def test_the_store_answers_every_table(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every SQL of every panel runs, for each brand; what finds nothing has a reason."""
    code = run(["dashboards", "check", "--postgres", address, "--json"])
    said = capsys.readouterr()
    asked = {(one.board, one.panel) for one in questions.questions() if one.of == "store"}
    answers = {(one["board"], one["panel"]): one for one in json.loads(said.out)}
    assert answers.keys() == asked
    assert (code, [one for one in answers.values() if one["error"]]) == (0, [])
    assert answers["Reputation live", "The last posts"]["found"] == 1
    assert "--prometheus" in said.err


def test_the_configured_store_is_asked(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an address the store of the configuration is asked, where it is a PostgreSQL."""
    monkeypatch.setenv("ATALAYA_STORE_URL", address)
    assert run(["dashboards", "check"]) == 0
    assert "3 questions, 0 without" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "SELECT id, feeling FROM mentions",
            "column \"feeling\" does not exist at character 12: 'feeling FROM mentions'",
        ),
        (
            "SELECT id FROM\nmentions WHERE ORDER BY 1",
            "syntax error at or near \"ORDER\" at character 31: 'ORDER BY 1'",
        ),
        ("SELECT 1 / (length(name) - 6) FROM brands", "division by zero"),
        ("SELECT id FROM mentions WHERE $__unixEpochFilter(day)", "nothing is known to fill in for $__unixEpochFilter"),
        ("DELETE FROM mentions RETURNING id", "cannot execute DELETE in a read-only transaction"),
        ("SELECT id FROM mentions WHERE text LIKE '%s' AND brand = 'nobody'", "nothing; something must be there"),
    ],
)
def test_a_wrong_statement_is_found(
    statement: str, said: str, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What PostgreSQL refuses, or what finds nothing, is exit 1: panel and place in the SQL are named."""
    plant(monkeypatch, statement)
    assert run(["dashboards", "check", "--postgres", address]) == 1
    out = capsys.readouterr().out
    assert "FAIL Brand, planted: " in out
    assert said in out


def test_what_is_no_store_is_said(postgres: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """A database without a store and an SQLite file are exit 2, one at which nobody answers is exit 3."""
    empty = postgres.empty_database()
    assert run(["dashboards", "check", "--postgres", empty]) == 2
    assert 'relation "brands" does not exist' in capsys.readouterr().err
    postgres.drop(empty)
    assert run(["dashboards", "check", "--postgres", "sqlite:///x.sqlite"]) == 2
    assert "postgresql://USER@HOST/DATABASE" in capsys.readouterr().err
    port = free_ports(1)[0]
    assert run(["dashboards", "check", "--postgres", f"postgresql://app@127.0.0.1:{port}/none"]) == 3
    assert str(port) in capsys.readouterr().err
