"""The live list in the terminal."""

import io

import msgspec
import pytest

from atalaya.live_list import LiveList, printable
from mentions.codec import decode
from mentions.records import ScoredMention
from processors.report import BatchReport
from tests.unit.test_examples import FOLDER


@pytest.fixture
def mention() -> ScoredMention:
    """The invented scored mention of the examples."""
    event = decode((FOLDER / "scored.json").read_bytes())
    assert isinstance(event, ScoredMention)
    return event


def test_a_mention_is_one_line(mention: ScoredMention) -> None:
    """A mention is shown on one line with its brand, sign and author, however long its text is."""
    out = io.StringIO()
    post = msgspec.structs.replace(mention.post, text="line\nline\r\x1b[2J" + "x" * 500)
    LiveList(out).show(BatchReport(1, new=(msgspec.structs.replace(mention, post=post),)))
    (line,) = out.getvalue().splitlines()
    assert mention.brand[:10] in line
    assert "\x1b" not in line
    assert len(line) <= 160


def test_a_flood_is_summed_up(mention: ScoredMention) -> None:
    """Of a flood only a few lines a second are printed; the next second says how many more there were."""
    seconds = [0.0]
    out = io.StringIO()
    live = LiveList(out, lambda: seconds[0])
    live.show(BatchReport(1, new=(mention,) * 100))
    assert len(out.getvalue().splitlines()) == 8
    seconds[0] = 1.0
    live.show(BatchReport(2, new=(mention,)))
    assert "92 more" in out.getvalue()


def test_nothing_moves_the_cursor() -> None:
    """Control characters, line breaks and direction marks of a text become blanks."""
    assert printable("a\x1b[31mb\u202ec\r\nd\x00e") == "a [31mb c d e"
