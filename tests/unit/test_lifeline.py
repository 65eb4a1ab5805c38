"""What tests start ends with them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lifeline import runs

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
SCRIPT = """
import os, signal, sys, threading, time
from pathlib import Path
from tests import lifeline
from tests.failure.nursery import Nursery

found = []
sleeping = [sys.executable, "-c", "import time; time.sleep(300)"]
starting = threading.Thread(target=lambda: found.append(lifeline.popen(sleeping)))
starting.start()
starting.join()  # who started it has ended
if {nursery}:
    nursery = Nursery()
    found += [nursery._process, nursery.start(["send", sys.argv[1], "127.0.0.1:9", "x.", "3"], {{}}, Path(os.devnull))]
time.sleep(0.5)
assert all(process.poll() is None for process in found)
print(*(process.pid for process in found), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("nursery", [False, True])
def test_what_a_killed_run_started_ends(tmp_path: Path, nursery: bool) -> None:
    """A process outlives the thread that started it, and ends with the test run; so do those from the nursery."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(nursery=nursery), str(tmp_path / "outbox.sqlite")],
        cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    pids = [int(pid) for pid in done.stdout.split()]
    try:
        assert len(pids) == (3 if nursery else 1)
        deadline = time.monotonic() + DEADLINE
        while any(map(runs, pids)):
            assert time.monotonic() < deadline, "it lives on"
            time.sleep(0.05)
    finally:
        for pid in filter(runs, pids):
            os.kill(pid, signal.SIGKILL)
