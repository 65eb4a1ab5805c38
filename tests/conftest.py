"""Fixtures that every folder of tests shares, and the rule that with CI=true nothing may be skipped."""

import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from processors.store.opening import Store, open_store
from tests import kafka as kafkas
from tests.postgres import MissingServerError, Server, serving


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true a skipped test is a failed one: a check that did not run proves nothing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running PostgreSQL; tests that need one are skipped where there is none, with the reason."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(serving())
        except MissingServerError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty store on each database that we promise to run on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.sqlite"
        return
    server: Server = request.getfixturevalue("postgres")
    address = server.new_database()
    yield address
    server.drop(address)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, empty store on each database."""
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def kafka() -> Iterator[kafkas.Broker]:
    """A running Kafka that many tests share; they are skipped where there is none, with the reason."""
    yield from _broker()


@pytest.fixture
def own_kafka() -> Iterator[kafkas.Broker]:
    """A running Kafka that the test may kill, hold and start again."""
    yield from _broker(own=True)


def _broker(*, own: bool = False) -> Iterator[kafkas.Broker]:
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(kafkas.serving(own=own))
        except kafkas.MissingBrokerError as error:
            pytest.skip(str(error))
        yield broker


@pytest.fixture
def topic_prefix() -> str:
    """What the names of a test's topics and groups begin with, such as "t3f2a1c9e.": nobody else's do."""
    return f"t{secrets.token_hex(4)}."


# A busy machine must not fail an example for being slow; speed is measured in benchmarks/.
settings.register_profile("atalaya", deadline=None)
settings.load_profile("atalaya")
