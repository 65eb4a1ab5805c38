import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources.base import Dropped, Fetched, Source
from ingest.sources.csv_columns import parse_map
from ingest.sources.file import FileSource
from ingest.sources.file_posts import FileOptions
from mentions.drops import Drop
from mentions.errors import UsageError
from mentions.records import Post

START = datetime(2026, 11, 16, 9, tzinfo=UTC)
DEADLINE = 20.0


class DrivenClock:
    """A clock whose sleepers sleep no time at all."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        """The time that was slept until."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def line(number: int) -> bytes:
    """One post of JSON Lines."""
    return b'{"id":"%d","text":"Lumbre","created_at":"2026-11-16T08:00:00Z"}\n' % number


def append(path: Path, content: bytes) -> None:
    """Write at the end of a file."""
    with path.open("ab") as file:
        file.write(content)


def run(check: Callable[[], Awaitable[None]]) -> None:
    """Run a check within its deadline."""

    async def within() -> None:
        await asyncio.wait_for(check(), DEADLINE)

    asyncio.run(within())


def ids(fetched: Fetched) -> list[str]:
    """Native ids of the posts."""
    return [item.native_id for item in fetched.items if isinstance(item, Post)]


async def close(reading: AsyncIterator[Fetched]) -> None:
    """Close a reader as a worker does."""
    await reading.aclose()  # type: ignore[attr-defined] # readers are generators


def test_it_is_a_polling_source() -> None:
    """The file source keeps the contract's attributes; two files differ by their shard."""
    source: Source = FileSource("a.jsonl", name="forum")
    assert (source.name, source.shard, source.source_class) == ("forum", "a.jsonl", "poll")
    assert FileSource("a.jsonl", shard="a").shard == "a"


def test_what_is_appended_is_read_once(tmp_path: Path) -> None:
    """A reader gives what stands in the file, then what is appended, each once, received now, complete to the look."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1) + line(2))

    async def check() -> None:
        clock = DrivenClock()
        reading = FileSource(str(path), name="forum").read(None, clock)
        first = await anext(reading)
        assert ids(first) == ["1", "2"]
        post = first.items[0]
        assert isinstance(post, Post)
        assert (post.source, post.received_at) == ("forum", START)
        assert (first.complete_until, first.holds, first.state) == (START, False, "live")
        append(path, line(3))
        second = await anext(reading)
        assert ids(second) == ["3"]
        assert second.complete_until == START + timedelta(seconds=1)
        third = await anext(reading)
        assert (third.items, third.cursor) == ((), None)
        await close(reading)

    run(check)


def test_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """Half a line waits for its end."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1) + line(2)[:20])

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        assert ids(await anext(reading)) == ["1"]
        assert ids(await anext(reading)) == []
        append(path, line(2)[20:])
        assert ids(await anext(reading)) == ["2"]
        await close(reading)

    run(check)


def test_a_cursor_resumes_where_it_stood(tmp_path: Path) -> None:
    """A new reader with the cursor gives what came after it, and neither loses nor repeats a line."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1) + line(2)[:9])

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        cursor = (await anext(reading)).cursor
        await close(reading)
        append(path, line(2)[9:] + line(3))
        again = FileSource(str(path)).read(cursor, DrivenClock())
        resumed = await anext(again)
        assert ids(resumed) == ["2", "3"]
        assert resumed.gaps == ()
        await close(again)

    run(check)


def test_a_long_file_is_read_in_parts(tmp_path: Path) -> None:
    """A large backlog comes in several steps, catching up, complete only with the last."""
    path = tmp_path / "posts.jsonl"
    append(path, b"".join(map(line, range(5_000))))

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        steps = [await anext(reading)]
        while steps[-1].state == "catching_up":
            steps.append(await anext(reading))
        assert len(steps) > 2
        assert [step.complete_until for step in steps] == [None] * (len(steps) - 1) + [START]
        assert [native_id for step in steps for native_id in ids(step)] == [str(n) for n in range(5_000)]
        await close(reading)

    run(check)


def test_rotation_by_renaming_loses_nothing(tmp_path: Path) -> None:
    """The renamed file is read to its end, unended last line included, before the new one, and there is no gap."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1))

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        assert ids(await anext(reading)) == ["1"]
        append(path, line(2) + line(3).strip())
        path.rename(tmp_path / "posts.jsonl.1")
        append(path, line(4))
        seen: list[str] = []
        while "4" not in seen:
            step = await anext(reading)
            assert step.gaps == ()
            seen += ids(step)
        assert seen == ["2", "3", "4"]
        await close(reading)

    run(check)


@pytest.mark.parametrize("after", [line(7), line(7) * 30], ids=["shorter", "longer"])
def test_a_file_cut_short_is_read_from_its_start_with_a_gap(tmp_path: Path, after: bytes) -> None:
    """A file overwritten in place, shorter or longer than it was, is read anew, with the gap since the last look."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1) * 10)

    async def check() -> None:
        clock = DrivenClock()
        reading = FileSource(str(path)).read(None, clock)
        await anext(reading)
        path.write_bytes(after)
        step = await anext(reading)
        assert set(ids(step)) == {"7"}
        (gap,) = step.gaps
        assert (gap.start, gap.end) == (START, START + timedelta(seconds=1))
        assert "cut short" in gap.why
        await close(reading)

    run(check)


def test_a_file_replaced_meanwhile_is_read_from_its_start_with_a_gap(tmp_path: Path) -> None:
    """A cursor of another file is not trusted, and the gap reaches from when it was made."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1))

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        cursor = (await anext(reading)).cursor
        await close(reading)
        path.unlink()
        append(path, line(8) + line(9))
        clock = DrivenClock()
        clock.moment += timedelta(hours=2)
        again = FileSource(str(path)).read(cursor, clock)
        step = await anext(again)
        assert ids(step) == ["8", "9"]
        assert [(gap.start, gap.end) for gap in step.gaps] == [(START, clock.moment)]
        await close(again)

    run(check)


def test_a_cursor_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """Foreign cursors start at the beginning instead of stopping the source."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1))

    async def check() -> None:
        reading = FileSource(str(path)).read("nonsense", DrivenClock())
        assert ids(await anext(reading)) == ["1"]
        await close(reading)

    run(check)


def test_a_missing_file_is_down_until_it_comes(tmp_path: Path) -> None:
    """Without its file the source is down and says why; it reads the file when it appears."""
    path = tmp_path / "posts.jsonl"

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        down = await anext(reading)
        assert (down.state, down.complete_until) == ("down", None)
        assert str(path) in down.detail
        append(path, b"")
        assert (await anext(reading)).state == "live"
        append(path, line(1))
        assert ids(await anext(reading)) == ["1"]
        await close(reading)

    run(check)


def test_a_file_that_cannot_be_followed_is_down(tmp_path: Path) -> None:
    """A folder or a compressed file is down with the reason."""
    packed = tmp_path / "posts.jsonl.gz"
    packed.write_bytes(gzip.compress(line(1)))

    async def check() -> None:
        for path, why in ((tmp_path, "folder"), (packed, "compressed")):
            reading = FileSource(str(path)).read(None, DrivenClock())
            down = await anext(reading)
            assert down.state == "down"
            assert why in down.detail
            await close(reading)

    run(check)


def test_a_line_that_never_ends_does_not_stop_the_rest(tmp_path: Path) -> None:
    """A record beyond the limit is one drop, however it arrives, and reading goes on behind it."""
    path = tmp_path / "posts.jsonl"
    append(path, line(1) + b"x" * 300_000)

    async def check() -> None:
        reading = FileSource(str(path), options=FileOptions(max_bytes=100_000)).read(None, DrivenClock())
        items = [item for _ in range(4) for item in (await anext(reading)).items]
        append(path, b"x" * 300_000 + b"\n" + line(2))
        while not any(isinstance(item, Post) and item.native_id == "2" for item in items):
            items += (await anext(reading)).items
        assert [item.reason for item in items if isinstance(item, Dropped)] == [Drop.TOO_LARGE]
        await close(reading)

    run(check)


def test_a_growing_table_keeps_its_header(tmp_path: Path) -> None:
    """CSV is read row by row by its header, also after a restart and with line ends within cells."""
    path = tmp_path / "posts.csv"
    append(path, b"\xef\xbb\xbfid;what;when\n1;Lumbre;2026-11-16 08:00\n")
    options = FileOptions(columns=parse_map("id=id,text=what,created_at=when"), time_zone="Europe/Madrid")

    async def check() -> None:
        reading = FileSource(str(path), options=options).read(None, DrivenClock())
        first = await anext(reading)
        assert (ids(first), len(first.items)) == (["1"], 1)
        append(path, b'2;"two\nli')
        assert ids(await anext(reading)) == []
        await close(reading)
        append(path, b'nes";2026-11-16 08:00\nragged\n')
        again = FileSource(str(path), options=options).read(first.cursor, DrivenClock())
        post, dropped = (await anext(again)).items
        assert isinstance(post, Post)
        assert (post.text, post.created_at) == ("two\nlines", datetime(2026, 11, 16, 7, tzinfo=UTC))
        assert isinstance(dropped, Dropped)
        await close(again)

    run(check)


def test_a_table_without_the_mapped_columns_is_down(tmp_path: Path) -> None:
    """A header that lacks a column makes the source say which, instead of dropping every row."""
    path = tmp_path / "posts.csv"
    append(path, b"a,b\n1,2\n")

    async def check() -> None:
        reading = FileSource(str(path)).read(None, DrivenClock())
        down = await anext(reading)
        assert down.state == "down"
        assert "no column is named text" in down.detail
        await close(reading)

    run(check)


def test_standard_input_is_read_as_it_comes_and_ends(tmp_path: Path) -> None:
    """A pipe gives its lines while it is open, and `done` with the unended last line when it is closed."""
    reading_end, writing_end = os.pipe()

    async def check() -> None:
        with os.fdopen(reading_end, "rb") as stdin:
            source = FileSource("-", stdin=stdin)
            reading = source.read(None, DrivenClock())
            os.write(writing_end, line(1) + line(2).strip())
            assert ids(await anext(reading)) == ["1"]
            os.close(writing_end)
            last = await anext(reading)
            assert (ids(last), last.state) == (["2"], "done")
            with pytest.raises(StopAsyncIteration):
                await anext(reading)

    run(check)


def test_an_idle_pipe_still_speaks() -> None:
    """While nothing comes, the reader yields empty results, so that heartbeats go on, and it can be closed."""
    reading_end, writing_end = os.pipe()

    async def check() -> None:
        with os.fdopen(reading_end, "rb") as stdin:
            reading = FileSource("-", stdin=stdin).read(None, DrivenClock())
            assert await anext(reading) == Fetched(complete_until=START)
            await close(reading)
        os.close(writing_end)

    run(check)


def test_wrong_options_are_refused_at_once() -> None:
    """A zone that does not exist is wrong configuration, not a source that is down."""
    with pytest.raises(UsageError):
        FileSource("x", options=FileOptions(time_zone="Mars/Olympus"))
