import asyncio
import contextlib
import os
import time

import pytest

from processors.runtime import supervision
from processors.runtime.supervision import Standing, Supervisor, may_leave, verdict


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing(beaten=100, progressed=100, lag={0: 5}), ""),
        (Standing(beaten=100, progressed=39, lag={0: 5}), "no progress for 61 s"),
        (Standing(beaten=100, progressed=39, lag={0: 0}, in_hand=3), "no progress for 61 s"),
        (Standing(beaten=100, progressed=39, lag={0: 0}), ""),
        (Standing(beaten=100, progressed=39, lag={}), ""),
        (Standing(beaten=100, progressed=39, lag=None), ""),
        (Standing(beaten=100, progressed=39, lag={1: 1}, waiting_for="the store"), "waiting for the store"),
        (Standing(beaten=39, progressed=100), "its loop has not turned for 61 s"),
        (Standing(beaten=100, progressed=30, in_hand=3, ending=41), ""),
        (Standing(beaten=100, progressed=41, in_hand=3, ending=30), ""),
        (Standing(beaten=100, progressed=30, lag={0: 5}, ending=39), "asked to end 61 s ago and has finished nothing"),
        (Standing(beaten=39, progressed=39, ending=39), "its loop has not turned for 61 s"),
    ],
)
def test_a_worker_is_stuck_when_it_has_work_and_gets_nowhere(standing: Standing, said: str) -> None:
    """It must end when records wait or are in hand and none was finished for long, or when its loop hangs."""
    found = verdict(standing, now=100, stuck_after=60)

    assert said in found
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("standing", "leaves"),
    [
        (Standing(beaten=100, progressed=0), False),
        (Standing(beaten=100, progressed=0, ending=80), True),
        (Standing(beaten=100, progressed=0, ending=81), False),
        (Standing(beaten=100, progressed=81, ending=0), False),
        (Standing(beaten=100, progressed=0, ending=80, in_hand=1), False),
        (Standing(beaten=100, progressed=0, ending=80, failed=True), False),
        (Standing(beaten=100, progressed=0, ending=80, lag={0: 5}), True),
    ],
)
def test_a_worker_leaves_clients_that_hold_on(standing: Standing, leaves: bool) -> None:
    """Asked to end, with nothing in hand and nothing failed, it waits 20 s for its clients and no longer."""
    assert may_leave(standing, now=100) == leaves


def test_progress_is_told_from_idleness() -> None:
    """Lag is what the brokers hold beyond what is done; with none of it a worker rests and is not stuck."""
    supervisor = Supervisor("watch", 60)
    supervisor.assigned({0: (10, 20), 1: (5, 5)})
    assert supervisor.standing.lag == {0: 10, 1: 0}

    supervisor.done(0, 15)
    supervisor.ends({0: 20, 1: 8})

    assert supervisor.standing.lag == {0: 5, 1: 3}


def test_unknown_lag_is_not_zero() -> None:
    """While the brokers do not tell, waiting is right: no lag is claimed and nothing is stuck."""
    supervisor = Supervisor("watch", 60)
    supervisor.assigned({0: (0, 9)})
    supervisor.standing.progressed = 0.0

    supervisor.ends_unknown()

    assert supervisor.standing.lag is None
    assert not verdict(supervisor.standing, time.monotonic(), 60)


def test_a_batch_in_hand_counts_until_it_is_done() -> None:
    """While a batch is worked on it is in hand; at its end, good or bad, that was progress."""
    supervisor = Supervisor("score", 60)
    supervisor.standing.progressed = 0.0

    in_hand = []
    with contextlib.suppress(ValueError), supervisor.working(7):
        in_hand.append(supervisor.standing.in_hand)
        raise ValueError

    assert (in_hand, supervisor.standing.in_hand) == ([7], 0)
    assert supervisor.standing.progressed > 0


@pytest.mark.parametrize(("waiting", "code"), [("", 1), ("the store", 3)])
def test_a_stuck_worker_ends_its_process(monkeypatch: pytest.MonkeyPatch, waiting: str, code: int) -> None:
    """The process ends from a thread, since the loop may hang: 1, or 3 when it is known to wait for something."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(supervision, "LOOK_EVERY", 0.01)
    supervisor = Supervisor("watch", 0.0)

    with supervisor.watching():
        supervisor.standing.in_hand = 1
        supervisor.beat(time.monotonic() + 100, waiting)
        deadline = time.monotonic() + 5
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)

    assert ended[:1] == [code]


async def _stays() -> None:
    await asyncio.sleep(60)


def test_a_worker_whose_clients_hold_on_ends_well_and_says_where_it_stood(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process ends with 0, and its log names the task and the thread that did not end."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(supervision, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(supervision, "LEAVES_WITHIN", 0.0)
    supervisor = Supervisor("watch", 60)

    async def run() -> None:
        holding = asyncio.create_task(_stays(), name="holding")
        with supervisor.watching(asyncio.get_running_loop()):
            supervisor.end(failed=False)
            while not ended:
                await asyncio.sleep(0.01)
        holding.cancel()

    asyncio.run(asyncio.wait_for(run(), 5))

    assert ended[:1] == [0]
    standing = "\n".join(caplog.records[0].standing)  # type: ignore[attr-defined] # an extra of ours
    assert "task holding: _stays test_supervision.py:" in standing
    assert "thread supervisor: " in standing
