"""Fixtures that the tests of whole processes share."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.observed import Observed
from tests.observed import observed as observing
from tests.prometheus import MissingPrometheusError


@pytest.fixture(scope="package")
def observed() -> Iterator[Observed]:
    """The demo world with a real Prometheus; skipped where there is none, with the reason.

    Tests that take it are marked `xdist_group("observed")`, so that one process has all of them, and one world, which
    ends with the tests of this folder: it costs a quarter of a core.
    """
    with ExitStack() as stack:
        try:
            world = stack.enter_context(observing())
        except MissingPrometheusError as error:
            pytest.skip(str(error))
        yield world
