"""What kafka-python 3.0.12 forgets."""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def forgotten_sockets() -> Iterator[None]:
    """Let it leave the sockets of failed attempts to connect to the collector, inside the block only."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
        yield
        gc.collect()
