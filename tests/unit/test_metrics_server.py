import threading
from http.client import HTTPConnection

import pytest

from atalaya.metrics import CONTENT_TYPE, Metrics
from atalaya.metrics_server import serving_metrics
from mentions.errors import Unavailable


def ask(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, type and text of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers.get("content-type", ""), response.read().decode()
    finally:
        connection.close()


def test_metrics_and_health_are_served_and_nothing_else() -> None:
    """`/metrics` is Prometheus' text, `/healthz` says whether the process works and why not, all else is refused."""
    wrong = ""
    with serving_metrics(Metrics(), "127.0.0.1", 0, lambda: wrong) as port:
        status, kind, text = ask(port, "/metrics?name=x")
        assert (status, kind) == (200, CONTENT_TYPE)
        assert "atalaya_sent_records_total 0.0" in text
        assert ask(port, "/healthz")[::2] == (200, "ok\n")
        wrong = "nothing has moved for 61 s"
        assert ask(port, "/healthz")[::2] == (503, "nothing has moved for 61 s\n")
        assert ask(port, "/")[0] == 404
        assert ask(port, "/metrics", "POST")[0] == 501


def test_a_silent_client_holds_nobody() -> None:
    """One that connects and says nothing holds neither the others nor the end."""
    with serving_metrics(Metrics(), "127.0.0.1", 0) as port:
        silent = HTTPConnection("127.0.0.1", port)
        silent.connect()
        assert ask(port, "/healthz")[0] == 200
    silent.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "metrics"]


def test_a_port_that_is_taken_is_said_with_the_way_out() -> None:
    """The error names address, reason and the three ways to choose another port; a wrong host is one too."""
    with (
        serving_metrics(Metrics(), "127.0.0.1", 0) as port,
        pytest.raises(Unavailable, match=rf"127\.0\.0\.1:{port}: Address already in use.*--metrics-port"),
    ):
        serving_metrics(Metrics(), "127.0.0.1", port).__enter__()
    with pytest.raises(Unavailable, match=r"nowhere\.invalid:0"):
        serving_metrics(Metrics(), "nowhere.invalid", 0).__enter__()
