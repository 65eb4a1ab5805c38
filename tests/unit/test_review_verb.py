"""What `atalaya review` writes beside the review."""

from pathlib import Path

import pytest

from atalaya.verbs.review import draw
from mentions.errors import Unavailable
from tests.reviews import example_review


def test_each_chart_is_written_as_a_picture(tmp_path: Path) -> None:
    """`--charts` makes the folder and writes each chart into it as a PNG of 1920 by 1080."""
    folder = tmp_path / "new" / "charts"
    draw(example_review(), "es", folder)
    pictures = [path.read_bytes() for path in sorted(folder.glob("*.png"))]
    assert len(pictures) >= 5
    for picture in pictures:
        assert picture.startswith(b"\x89PNG")
        assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1920, 1080)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Where a file stands in the way the error names the place."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Unavailable, match="taken"):
        draw(example_review(), "en", tmp_path / "taken")
