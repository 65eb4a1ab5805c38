import asyncio
import logging

import pytest

from mentions.errors import BrokerUnavailable, StoreUnavailable, Unavailable
from processors.runtime import patience
from processors.runtime.patience import Patience


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses."""
    monkeypatch.setattr(patience, "_FIRST", 0.001)
    monkeypatch.setattr(patience, "_LONGEST", 0.002)


class Door:
    """Opens after some knocks."""

    def __init__(self, closed: int, error: Exception) -> None:
        self.closed, self.error = closed, error

    async def knock(self) -> str:
        """Raise until it opens."""
        self.closed -= 1
        if self.closed >= 0:
            raise self.error
        return "open"


def test_what_passes_is_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    """It is tried until it works; one line says that it waits, one that it goes on, and a reminder comes seldom."""
    waiting = Patience("the store")

    with caplog.at_level(logging.WARNING):
        found = asyncio.run(waiting.until_done(Door(30, StoreUnavailable("locked")).knock, Unavailable))

    assert (found, waiting.retries, waiting.waiting_for) == ("open", 30, "")
    assert [record.message for record in caplog.records] == [
        "waiting: nothing is lost meanwhile",
        "waiting: nothing is lost meanwhile",
        "going on",
    ]
    assert caplog.records[0].reason == "locked"  # type: ignore[attr-defined] # from `extra`


def test_what_does_not_pass_is_raised_at_once() -> None:
    """Anything else is somebody else's to handle."""
    waiting = Patience("the store")

    with pytest.raises(ZeroDivisionError):
        asyncio.run(waiting.until_done(Door(1, ZeroDivisionError()).knock, Unavailable))

    assert (waiting.retries, waiting.waiting_for) == (0, "")


def test_while_it_waits_it_says_for_what() -> None:
    """Health checks can tell what is waited for, and a wait that is cancelled is over."""

    async def scenario() -> tuple[str, str]:
        waiting = Patience("the brokers")
        task = asyncio.create_task(waiting.until_done(Door(10**6, BrokerUnavailable("away")).knock, BrokerUnavailable))
        while not waiting.waiting_for:
            await asyncio.sleep(0.001)
        meanwhile = waiting.waiting_for
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return meanwhile, waiting.waiting_for

    assert asyncio.run(asyncio.wait_for(scenario(), 10)) == ("the brokers", "")
