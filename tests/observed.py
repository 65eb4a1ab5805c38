"""The demo world under observation: `atalaya demo` as a process, and a Prometheus that asks it every second."""

import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboards.rules.rendering import rules_file
from tests import lifeline
from tests.prometheus import DEADLINE, Prometheus, at_once, prometheus

DAYS, SPEED = 8, 60
"""The shortest history after which a spike is judged without caution; an hour of the live part takes a minute."""
POURS_WITHIN = 180.0
"""Seconds for the history: 8 s with two idle cores."""
JOB = "atalaya"


@dataclass(frozen=True)
class Observed:
    """What a test may ask.

    Attributes:
        console: address of the running demo, without a slash at its end. store: its SQLite file, only to be read.
    """

    console: str
    store: Path
    prometheus: Prometheus


@contextmanager
def observed() -> Iterator[Observed]:
    """Start both, wait until the history is judged and rates exist; end both with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-observed-")))
        console = stack.enter_context(demo(folder))
        asked = stack.enter_context(prometheus({JOB: [console.removeprefix("http://")]}, rules=rules_file(at_once())))
        asked.until("atalaya_watermark_lag_seconds < 900", POURS_WITHIN)
        asked.until("sum(rate(atalaya_mentions_stored_total[15s])) > 0")
        yield Observed(console, folder / "atalaya-data" / "demo.sqlite", asked)


@contextmanager
def demo(folder: Path, days: int = DAYS, speed: int = SPEED) -> Iterator[str]:
    """Run `atalaya demo` in a folder; the address of its console."""
    options = ["--days", str(days), "--speed", str(speed), "--port", "0", "--quiet"]
    command = [sys.executable, "-c", "from atalaya.cli import main; main()", "demo", *options]
    log = folder / "demo.log"
    with log.open("ab") as output:
        process = lifeline.popen(command, cwd=folder, stdout=output, stderr=output)
    try:
        limit = time.monotonic() + DEADLINE
        while not (found := re.search(r"Console: (http://\S+)", log.read_text(errors="replace"))):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < limit, "the demo does not answer"
            time.sleep(0.1)
        yield found[1]
    finally:
        process.terminate()
        process.wait(DEADLINE)
