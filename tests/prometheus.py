"""A real Prometheus and a real Alertmanager for the tests, on free ports of 127.0.0.1, with deadlines.

    with alertmanager(text) as alerting, prometheus({"atalaya": ["127.0.0.1:8080"]}, alerting=alerting) as asked:
        asked.until("up == 1")
        asked.query("sum by (brand) (atalaya_mentions)")

Both are Debian's packages (`tools/test.sh` installs them). What they keep lies in a folder that goes with the block.
"""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import yaml
from msgspec.structs import replace

from dashboards.rules.catalogue import GROUPS
from dashboards.rules.kinds import Alerting, Group, Rule
from tests import lifeline
from tests.ports import free_ports

DEADLINE = 60.0
"""Seconds for whatever must come; with two idle cores a first scrape comes within 6 (discovery takes 5)."""
STOPS_WITHIN = 10.0
_PAUSE = 0.05


class MissingPrometheusError(Exception):
    """There is no Prometheus or Alertmanager on this machine; `str()` says what would help."""


class QueryError(Exception):
    """Prometheus refused an expression; `str()` is what it said."""


@dataclass(frozen=True)
class Sample:
    """One series of an answer, `value` as it is now."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Server:
    """A running server. `url` ends without a slash."""

    url: str

    def get(self, path: str, **parameters: str) -> Any:
        """What it answers, read as JSON.

        Raises:
            QueryError: it refused.
        """
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(f"{self.url}{path}?{query}", timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise QueryError(error.read().decode(errors="replace")) from error

    def post(self, path: str, document: object = None) -> None:
        """Send JSON, or nothing."""
        body = b"" if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}{path}", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()


class Prometheus(Server):
    """Scrapes and evaluates every second."""

    def query(self, expression: str) -> list[Sample]:
        """Evaluate now; a scalar is one sample without labels.

        Raises:
            QueryError: the expression is wrong; with what Prometheus says of it.
        """
        found = self.get("/api/v1/query", query=expression)["data"]
        if found["resultType"] == "scalar":
            return [Sample({}, float(found["result"][1]))]
        return [Sample(one["metric"], float(one["value"][1])) for one in found["result"]]

    def until(self, expression: str, deadline: float = DEADLINE) -> list[Sample]:
        """Evaluate until something comes; an `AssertionError` when nothing has come after so many seconds."""
        limit = time.monotonic() + deadline
        while not (found := self.query(expression)):
            assert time.monotonic() < limit, f"after {deadline:.0f} s still nothing: {expression}"
            time.sleep(_PAUSE)
        return found

    def alerts(self) -> list[Mapping[str, Any]]:
        """Alerts that are pending or firing, as its API has them."""
        return cast(list[Mapping[str, Any]], self.get("/api/v1/alerts")["data"]["alerts"])


class Alertmanager(Server):
    """Groups, inhibits, tells."""

    def alerts(self) -> list[Mapping[str, Any]]:
        """All alerts that it holds, as its API has them."""
        return cast(list[Mapping[str, Any]], self.get("/api/v2/alerts"))


@contextmanager
def prometheus(
    jobs: Mapping[str, Sequence[str]], *, rules: str | None = None, alerting: Alertmanager | None = None
) -> Iterator[Prometheus]:
    """Start one; end it with the block.

    Args:
        jobs: by job, the addresses "host:port" whose `/metrics` is asked for each second.
        rules: a rule file as text; groups without an interval of their own are evaluated each second.
        alerting: whom it tells of alerts.

    Raises:
        MissingPrometheusError: it is not installed.
        RuntimeError: it did not start; with what it said.
    """
    configuration: dict[str, Any] = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": list(targets)}]} for job, targets in jobs.items()
        ],
        "rule_files": ["rules.yml"] if rules else [],
    }
    if alerting is not None:
        target = {"targets": [alerting.url.removeprefix("http://")]}
        configuration["alerting"] = {"alertmanagers": [{"static_configs": [target]}]}
    with _folder() as folder:
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        (folder / "rules.yml").write_text(rules or "", encoding="utf-8")
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--log.level=warn"]
        with _running("prometheus", options, folder) as url:
            yield Prometheus(url)


@contextmanager
def alertmanager(configuration: str) -> Iterator[Alertmanager]:
    """Start one with a configuration file as text; end it with the block.

    Raises:
        MissingPrometheusError: it is not installed.
        RuntimeError: it did not start; with what it said.
    """
    with _folder() as folder:
        (folder / "alertmanager.yml").write_text(configuration, encoding="utf-8")
        options = [f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data", "--log.level=warn"]
        with _running("prometheus-alertmanager", [*options, "--cluster.listen-address="], folder) as url:
            yield Alertmanager(url)


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="atalaya-prometheus-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _running(program: str, options: Sequence[str], folder: Path) -> Iterator[str]:
    if not shutil.which(program):
        msg = f"no {program} in PATH; install the packages prometheus and prometheus-alertmanager"
        raise MissingPrometheusError(msg)
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("ab"))
        process = lifeline.popen([program, *options, f"--web.listen-address={address}"], stdout=log, stderr=log)
        stack.callback(_end, process)
        _wait_until_ready(process, f"http://{address}", folder / "log")
        yield f"http://{address}"


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    limit = time.monotonic() + DEADLINE
    while not _is_ready(url):
        if process.poll() is not None or time.monotonic() > limit:
            msg = f"it did not start:\n{log.read_text(errors='replace')[-4000:]}"
            raise RuntimeError(msg)
        time.sleep(_PAUSE)


def _is_ready(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/-/ready", timeout=2).close()
    except OSError:
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOPS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOPS_WITHIN)


def at_once(groups: Iterable[Group] = GROUPS) -> tuple[Group, ...]:
    """The same rules, but nothing has to last: for tests that cannot wait."""
    return tuple(Group(group.name, tuple(map(_at_once, group.rules))) for group in groups)


def _at_once(rule: Rule) -> Rule:
    return replace(rule, lasting=timedelta(0)) if isinstance(rule, Alerting) else rule
