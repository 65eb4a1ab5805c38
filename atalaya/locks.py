"""One process at a time for a file that takes only one."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mentions.errors import Unavailable


@contextmanager
def exclusive(path: Path, who: str) -> Iterator[None]:
    """Hold `path` + `.lock` while inside; the system frees it whatever becomes of the process.

    Raises:
        Unavailable: another process holds it; `who` says what that process would be.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(
                f"{path}: {who} is using it already; stop that one first, or name another file"
            ) from error
        yield
