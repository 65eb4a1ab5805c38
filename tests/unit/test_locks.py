"""One process at a time."""

from pathlib import Path

import pytest

from atalaya.locks import exclusive
from mentions.errors import Unavailable


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    """While one holds a file, another is told who has it; afterwards it is free."""
    path = tmp_path / "outbox.sqlite"
    with exclusive(path, "another Atalaya"):
        with pytest.raises(Unavailable, match="another Atalaya"), exclusive(path, "another Atalaya"):
            pass
    with exclusive(path, "another Atalaya"):
        pass
