"""Slow answers: a page never waits for them, and asks once."""

import threading
import time
from datetime import UTC, datetime, timedelta

from dashboards.console.slow import PATIENCE, Slow

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_page_does_not_wait_for_a_slow_answer() -> None:
    """Until the answer is there pages get None, however many ask it is made once, then every page has it."""
    go, asked = threading.Event(), list[str]()

    def make(question: str) -> str:
        asked.append(question)
        go.wait(20)
        return "Ana"

    slow = Slow(make, HOUR)
    began = time.monotonic()
    assert [slow.get("lumbre", NOON) for _ in range(3)] == [None] * 3
    assert time.monotonic() - began < PATIENCE + 5
    go.set()
    while slow.get("lumbre", NOON) is None:
        assert time.monotonic() - began < 20
    assert asked == ["lumbre"]


def test_a_quick_answer_is_there_at_once_and_made_anew_when_old() -> None:
    """The first page has a quick answer; after an hour the old one is shown while another is made."""
    counted = iter(range(10))
    slow = Slow(lambda _question: next(counted), HOUR)
    assert [slow.get("lumbre", NOON), slow.get("lumbre", NOON)] == [0, 0]
    assert slow.get("lumbre", NOON + HOUR) in (0, 1)
    end = time.monotonic() + 20
    while slow.get("lumbre", NOON + HOUR) != 1:
        assert time.monotonic() < end


def test_an_answer_that_fails_is_asked_for_again() -> None:
    """A failure is no answer: the page shows none, and the next one asks again."""
    answers = iter([ValueError("closed"), "Ana"])

    def make(_question: str) -> str:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    slow = Slow(make, HOUR)
    assert slow.get("lumbre", NOON) is None
    assert slow.get("lumbre", NOON) == "Ana"
