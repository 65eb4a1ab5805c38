"""Starts processes of ours quickly: by forking one that has everything imported, so that loops spend no time on it.

The nursery is a process of its own. Who is born in it belongs to whoever asked (Linux: a child subreaper), who may wait
for it, kill and freeze it like any child. All of them end with who asked, however that one ends.
"""

import ctypes
import gc
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from tests import lifeline

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
ROOT = Path(__file__).parents[2]


class Born:
    """A process from the nursery; behaves like `subprocess.Popen` as far as tests need."""

    def __init__(self, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Its exit code, minus the signal's number when it was killed; None while it runs."""
        with self._lock:
            if self.returncode is None:
                found, status = os.waitpid(self.pid, os.WNOHANG)
                if found:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

    def wait(self, seconds: float) -> int:
        """Its exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        deadline = time.monotonic() + seconds
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("born", seconds)
            time.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """One preloaded process; threads may share it."""

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        self._lock = threading.Lock()
        clean = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        self._process = lifeline.popen(
            [sys.executable, "-m", "tests.failure.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=clean,
        )

    def start(self, arguments: Sequence[str], env: Mapping[str, str], log: Path, *, hook: str = "") -> Born:
        """Run `atalaya ARGUMENTS`, or with `send` first the sender of `tests.failure.chaos`.

        Args:
            hook: a file in tests/failure/hooks that is run first.
        """
        asked = {"arguments": list(arguments), "env": dict(env), "log": str(log), "hook": hook}
        log.touch()
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(asked), file=self._process.stdin, flush=True)
            return Born(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End the nursery; who was born in it lives on."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def _serve() -> None:
    """Fork for each line that is asked."""
    _warm_up()
    for line in sys.stdin:
        asked = json.loads(line)
        ours, theirs = os.pipe()
        asker, between = os.getppid(), os.fork()
        if not between:
            parent = os.getpid()
            os.close(ours)
            child = os.fork()  # orphaned below, and so the subreaper's
            if child:
                os.write(theirs, str(child).encode())
                os._exit(0)
            os.close(theirs)
            _end_with(asker, parent)
            _live(asked)
        os.close(theirs)
        os.waitpid(between, 0)
        pid = os.read(ours, 32).decode()
        os.close(ours)
        print(pid, flush=True)


def _warm_up() -> None:
    """Import and look up what takes a worker most of its first two seconds."""
    from psycopg import RawCursor  # noqa: F401 # and the store

    import atalaya.working  # noqa: F401 # what workers need
    import ingest.kafka.sender  # noqa: F401 # and the sender
    import processors.sentiment.vader_fixed  # noqa: F401 # and the engine
    from atalaya.cli import main
    from mentions.settings import Settings
    from processors.language import LanguageIdentifier

    LanguageIdentifier(Settings().language.languages).identify("que no es corto ni está marcado", None)
    sys.argv = ["atalaya", "work", "score"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), suppress(SystemExit):
        main()  # no brokers are configured: it ends when it has read that
    inspect.getmodule(sys._getframe())  # what faust asks of every module that there is
    gc.freeze()


def _end_with(asker: int, parent: int) -> None:
    """Have Linux kill the calling process when `asker` has ended, to whom it goes when its `parent` ends."""
    while os.getppid() == parent:  # said before, it would end with this one
        time.sleep(0.001)
    lifeline.end_with_parent()
    if os.getppid() != asker:
        os._exit(1)


def _live(asked: Mapping[str, object]) -> None:
    log = os.open(str(asked["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(asked["env"])  # type: ignore[call-overload] # a mapping of words
    arguments = [str(word) for word in asked["arguments"]]  # type: ignore[attr-defined] # a list
    sys.argv = ["atalaya", *arguments]
    try:
        if asked["hook"]:
            importlib.import_module(f"tests.failure.hooks.{asked['hook']}")
        if arguments[0] == "send":
            from tests.failure.chaos import send

            send(*arguments[1:])
        else:
            from atalaya.cli import main

            main()
    except SystemExit as leaving:
        sys.stderr.flush()
        os._exit(leaving.code if isinstance(leaving.code, int) else int(bool(leaving.code)))
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type] # an exception is being handled
        sys.stderr.flush()
        os._exit(1)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    _serve()
