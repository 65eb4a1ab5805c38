"""A real Chromium, driven through its DevTools protocol: pages, their errors, and waiting with a deadline."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
    *("--remote-debugging-address=127.0.0.1", "--remote-debugging-port=0", "about:blank"),
)
_TROUBLE = ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")


def program() -> str | None:
    """Where Chromium is; None: not installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Tab:
    """One page of the browser.

    Attributes:
        trouble: what went wrong on the page: exceptions, refused loads and scripts, dialogs.
    """

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket, self._session, self._calls = socket, session, 0
        self.trouble: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol and its result."""
        self._calls += 1
        message = {"id": self._calls, "sessionId": self._session, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=20))
            if answer.get("sessionId") != self._session:
                continue
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            if answer.get("method") in _TROUBLE:
                self.trouble.append(answer)

    def size(self, width: int, height: int) -> None:
        """Make the window as large as this, in CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, address: str, lang: str = "en") -> None:
        """Go to an address as a reader of this language and wait until the page is there."""
        self.call("Network.setExtraHTTPHeaders", headers={"accept-language": lang})
        self.call("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, expression: str, deadline: float = 15) -> None:
        """Wait until an expression is true.

        Raises:
            AssertionError: not within `deadline` seconds.
        """
        end = time.monotonic() + deadline
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"not within {deadline} s: {expression}; {self.trouble}"
            time.sleep(0.05)


@contextmanager
def browsing(folder: Path) -> Iterator[Tab]:
    """An open browser with an empty page; its profile lies in `folder`."""
    path = program()
    assert path is not None
    chromium = subprocess.Popen(
        [path, f"--user-data-dir={folder}", *_OPTIONS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with connect(_address(folder, chromium), max_size=None) as socket:
            yield Tab(socket, _attached(socket))
            socket.send(json.dumps({"id": 0, "method": "Browser.close"}))
    finally:
        try:
            chromium.wait(10)
        except subprocess.TimeoutExpired:
            chromium.kill()
            chromium.wait(10)


def _address(folder: Path, chromium: subprocess.Popen[bytes]) -> str:
    """Where the browser listens, which it writes down as soon as it does."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert chromium.poll() is None, f"Chromium ended with {chromium.returncode}"
        lines = _lines(folder / "DevToolsActivePort")
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    msg = "Chromium does not listen within 30 s"
    raise AssertionError(msg)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except FileNotFoundError:
        return []


def _attached(socket: ClientConnection) -> str:
    """The session of a fresh page."""
    target = _ask(socket, 1, "Target.createTarget", url="about:blank")["targetId"]
    return str(_ask(socket, 2, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"])


def _ask(socket: ClientConnection, number: int, method: str, **parameters: Any) -> dict[str, Any]:
    socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
    while True:
        answer = json.loads(socket.recv(timeout=20))
        if answer.get("id") == number and "sessionId" not in answer:
            result: dict[str, Any] = answer["result"]
            return result
