"""One process at a time."""

from pathlib import Path

import pytest

from atalaya.locks import exclusive
from mentions.errors import Unavailable


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    """While one holds a file, another is told who has it; afterwards it is free."""
    path = tmp_path / "outbox.sqlite"
    with (
        exclusive(path, "one"),
        pytest.raises(Unavailable, match="another Atalaya"),
        exclusive(path, "another Atalaya"),
    ):
        pytest.fail("two at a time")
    with exclusive(path, "a third"):
        assert path.with_name("outbox.sqlite.lock").exists()
